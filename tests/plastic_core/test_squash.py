"""The kernels' tanh."""

import numpy as np

from plastic_core.squash import squash


def test_is_tanh_to_single_precision_everywhere() -> None:
    x = np.concatenate([np.linspace(-12, 12, 200_001), np.geomspace(1e-38, 1e6, 2_001)]).astype(np.float32)
    for given in (x, -x):
        found = given.copy()
        squash(found)
        assert np.abs(found - np.tanh(given.astype(np.float64))).max() < 4e-7
        assert np.abs(found).max() <= 1


def test_keeps_relative_precision_near_zero() -> None:
    x = np.geomspace(1e-30, 1e-2, 1_001).astype(np.float32)
    found = x.copy()
    squash(found)
    np.testing.assert_allclose(found, np.tanh(x.astype(np.float64)), rtol=1e-6)


def test_what_is_no_number_stays_none() -> None:
    x = np.array([np.nan, np.inf, -np.inf], np.float32)
    squash(x)
    assert np.isnan(x[0])
    assert x[1:].tolist() == [1, -1]
