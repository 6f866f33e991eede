"""Logarithm and exponential against numpy's, over the whole range of float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.codes.logarithm import exp, expm1, log, log1p

MAGNITUDES = np.concatenate([[5e-324, 1e-310, 1.0, np.nextafter(1.0, 0.0), 1.7e308], np.logspace(-307, 307, 20_001)])
EXPONENTS = np.concatenate(
    [[0.0, -0.0, 1e-300, -1e-12], np.linspace(-700.0, 700.0, 20_001), np.linspace(-1.0, 1.0, 999)]
)


def test_log_agrees_with_numpy() -> None:
    assert log(MAGNITUDES) == pytest.approx(np.log(MAGNITUDES), rel=1e-14, abs=1e-15)
    near = 1.0 + np.linspace(-0.4, 0.4, 9999)
    assert log(near) == pytest.approx(np.log(near), rel=1e-13, abs=1e-16)


def test_log1p_agrees_with_numpy() -> None:
    numbers = np.concatenate([[0.0], MAGNITUDES])
    assert log1p(numbers) == pytest.approx(np.log1p(numbers), rel=1e-14, abs=1e-322)


def test_exp_agrees_with_numpy() -> None:
    assert exp(EXPONENTS) == pytest.approx(np.exp(EXPONENTS), rel=1e-13)
    assert exp(np.array([-1e300, -800.0])).tolist() == [0.0, 0.0]
    assert np.isfinite(exp(np.array([1e300]))).all()


def test_expm1_agrees_with_numpy() -> None:
    assert expm1(EXPONENTS) == pytest.approx(np.expm1(EXPONENTS), rel=1e-13, abs=0.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=40), st.integers(0, 39))
def test_a_number_has_the_same_bits_in_any_batch(numbers: list[float], place: int) -> None:
    row = place % len(numbers)
    whole = np.array(numbers)
    for function in (log, log1p):
        assert function(whole)[row] == function(whole[row : row + 1])[0]
    small = np.clip(whole, 0.0, 600.0)
    for function in (exp, expm1):
        assert function(small)[row] == function(small[row : row + 1])[0]
