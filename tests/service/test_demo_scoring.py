"""Scores against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.demo import scoring

ALL = np.ones(5, dtype=np.bool_)
ACTUAL = np.array([1.0, 2.0, 4.0, 4.0, 3.0])
SERIES = arrays(np.float64, st.integers(3, 30), elements=st.floats(-100, 100))


def test_last_value() -> None:
    np.testing.assert_array_equal(scoring.last_value(ACTUAL), [math.nan, 1, 2, 4, 4])


def test_last_value_passes_over_missing_readings() -> None:
    gaps = np.array([math.nan, 2.0, math.nan, math.nan, 3.0])
    np.testing.assert_array_equal(scoring.last_value(gaps), [math.nan, math.nan, 2, 2, 2])


def test_smoothing() -> None:
    # levels: 1, 1.5, 2.75, 3.375
    np.testing.assert_array_equal(scoring.smoothed(ACTUAL, 0.5), [math.nan, 1, 1.5, 2.75, 3.375])


def test_smoothing_keeps_its_level_over_missing_readings() -> None:
    gaps = np.array([1.0, math.nan, 3.0, math.nan, math.nan])
    np.testing.assert_array_equal(scoring.smoothed(gaps, 0.5), [math.nan, 1, 1, 2, 2])


def test_relative_error() -> None:
    # counted with a prediction: 2, 4, 4, 3 of mean 3.25 and variance 0.6875; errors 1, 2, 0, -1, mean square 1.5
    assert scoring.relative_error(ACTUAL, scoring.last_value(ACTUAL), ALL) == pytest.approx(1.5 / 0.6875)


def test_relative_error_leaves_out_what_does_not_count() -> None:
    counted = np.array([False, False, True, True, True])
    # 4, 4, 3 of variance 2/9; errors 2, 0, -1, mean square 5/3
    assert scoring.relative_error(ACTUAL, scoring.last_value(ACTUAL), counted) == pytest.approx((5 / 3) / (2 / 9))


@pytest.mark.parametrize("constant", [0.0, 0.1, 25e9])
def test_a_sensor_that_does_not_change_has_no_score(constant: float) -> None:
    flat = np.full(5, constant)
    assert math.isnan(scoring.relative_error(flat, flat, ALL))


def test_knowing_the_mean_scores_one() -> None:
    assert scoring.relative_error(ACTUAL, np.full(5, ACTUAL.mean()), ALL) == pytest.approx(1.0)


def test_hindsight_takes_the_best_alpha() -> None:
    rng = np.random.default_rng(3)
    noise = 5.0 + rng.normal(size=400)
    counted = np.arange(400) >= 100
    alpha, error = scoring.best_smoothing(noise, counted)
    every = [scoring.relative_error(noise, scoring.smoothed(noise, candidate), counted) for candidate in scoring.ALPHAS]
    assert error == min(every)
    assert alpha == 0.1  # pure noise about a level: the calmest smoothing is best
    trend = np.arange(400.0)
    assert scoring.best_smoothing(trend, counted)[0] == 0.9


@given(SERIES, st.integers(0, 29), st.floats(-1e3, 1e3))
def test_predictions_never_use_their_own_reading_or_later_ones(series: scoring.Float64, at: int, other: float) -> None:
    at %= len(series)
    changed = series.copy()
    changed[at:] = other
    for predict in (scoring.last_value, lambda values: scoring.smoothed(values, 0.3)):
        np.testing.assert_array_equal(predict(series)[: at + 1], predict(changed)[: at + 1])


def test_symbols() -> None:
    actual = ["a", "a", "b", None, "b"]
    assert scoring.last_symbol(actual) == [None, "a", "a", "b", "b"]
    assert scoring.share_right(actual, scoring.last_symbol(actual), ALL) == pytest.approx(2 / 4)
    assert math.isnan(scoring.share_right([None] * 5, actual, ALL))


def test_peaks_are_apart_and_highest_first() -> None:
    times = np.arange(300.0)
    values = np.zeros(300)
    values[[10, 40, 150, 170, 290]] = [5.0, 9.0, 3.0, 2.0, 4.0]
    assert scoring.peaks(times, values, 60.0).tolist() == [40, 290, 150]


def test_of_equal_neighbours_the_first_is_the_peak() -> None:
    values = np.array([0.0, 2.0, 2.0, 2.0, 0.0])
    assert scoring.peaks(np.arange(5.0), values, 60.0).tolist() == [1]


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(0, 10)))
def test_peaks_keep_their_distance_and_hold_the_maximum(values: scoring.Float64) -> None:
    times = np.arange(float(len(values)))
    found = scoring.peaks(times, values, 20.0)
    assert all(np.diff(np.sort(found)) >= 20)
    assert (values.max() > 0) == (len(found) > 0)
    if len(found):
        assert values[found[0]] == values.max()
