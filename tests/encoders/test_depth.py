"""Depth images: what is nearest, and where nothing came back."""

from __future__ import annotations

import numpy as np
import pytest

from encoders.catalogue import CatalogueError, build
from encoders.codes.depth import DepthEncoder
from tests.contracts.encoder_examples.signals import known_features

ENCODER = DepthEncoder(grid=2)


def test_cells_are_harmonic_means_of_what_came_back() -> None:
    depth = [[1.0, 4.0, 0.0, 0.0], [np.nan, -1.0, None, np.inf], [2.0, 2.0, 500.0, 500.0], [2.0, 2.0, 0.01, 500.0]]
    told = ENCODER.told(known_features(ENCODER, depth))
    cells = [[1.6, 100.0], [2.0, 4.0 / (3.0 / 500.0 + 10.0)]]
    assert np.array(told["depth_m"]) == pytest.approx(np.array(cells), rel=1e-6)
    assert told["echoes"] == pytest.approx(10.0 / 16.0)


def test_near_is_high_and_far_is_low() -> None:
    assert known_features(ENCODER, [[0.05]])[:4].tolist() == [2.0] * 4
    assert known_features(ENCODER, [[1000.0]])[:4] == pytest.approx([-2.0] * 4)
    assert known_features(ENCODER, [[float(np.sqrt(10.0))]])[0] == pytest.approx(0.0, abs=1e-12)


def test_far_must_be_beyond_near() -> None:
    for name in ("depth", "laser"):
        with pytest.raises(CatalogueError, match="more than near_m"):
            build(name, {"near_m": 2.0, "far_m": 1.0})
