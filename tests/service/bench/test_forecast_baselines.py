"""Baselines: causal, whole where cells are missing, and as good as theory says on streams of known make."""

from collections.abc import Callable

import numpy as np
import pytest

from service.bench.baselines.chosen import Chosen
from service.bench.baselines.contract import Forecaster
from service.bench.baselines.cross_lags import CrossLags
from service.bench.baselines.holt_winters import GRID, HoltWinters, Shares
from service.bench.baselines.last_value import LastValue
from service.bench.baselines.least_squares import LeastSquares
from service.bench.baselines.own_lags import OwnLags
from service.bench.baselines.seasonal import SeasonalValue
from service.bench.baselines.smoothing import ALPHAS, Smoothing

PERIOD = 8

MAKERS: dict[str, Callable[[int], Forecaster]] = {
    "last value": LastValue,
    "smoothing": lambda C: Smoothing(C, 0.4),
    "chosen smoothing": lambda C: Chosen([Smoothing(C, alpha) for alpha in ALPHAS], C, 50),
    "holt-winters": lambda C: HoltWinters(C, PERIOD, GRID[0]),
    "chosen holt-winters": lambda C: Chosen([HoltWinters(C, PERIOD, shares) for shares in GRID[:5]], C, 50),
    "seasonal value": lambda C: SeasonalValue(C, PERIOD),
    "own lags": lambda C: OwnLags(C, PERIOD, lags=5),
    "own lags alone": lambda C: OwnLags(C, lags=5, others=False),
    "cross lags": lambda C: CrossLags(C, PERIOD, lags=2),
    "cross lags without season": lambda C: CrossLags(C, lags=2),
}


def played(model: Forecaster, rows: np.ndarray) -> np.ndarray:
    """[T, C]: what was expected after each row."""
    return np.array([model.tick(row) for row in rows])


def drawn(ticks: int = 120, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 1, (ticks, channels)).cumsum(axis=0)


def ar1(ticks: int, share: float, seed: int = 1) -> np.ndarray:
    """x_t = share * x_{t-1} + noise of variance 1."""
    noise = np.random.default_rng(seed).normal(0, 1, ticks)
    for tick in range(1, ticks):
        noise[tick] += share * noise[tick - 1]
    return noise[:, None]


@pytest.mark.parametrize("name", MAKERS)
def test_what_comes_later_changes_no_expectation(name: str) -> None:
    rows, cut = drawn(), 70
    later = rows.copy()
    later[cut:] = np.random.default_rng(1).permutation(later[cut:])[:, ::-1] * 3
    before = played(MAKERS[name](3), rows)
    np.testing.assert_array_equal(before[:cut], played(MAKERS[name](3), later)[:cut])
    assert not np.array_equal(before[cut:], played(MAKERS[name](3), later)[cut:])


@pytest.mark.parametrize("name", MAKERS)
def test_missing_cells_leave_no_hole_in_what_is_expected(name: str) -> None:
    rows = drawn()
    holes = np.random.default_rng(2).random(rows.shape) < 0.3
    holes[:1] = False
    holes[40:55] = True
    expected = played(MAKERS[name](3), np.where(holes, np.nan, rows))
    assert np.isfinite(expected).all()
    assert np.abs(expected).max() < 20 * np.abs(rows).max()


@pytest.mark.parametrize("name", MAKERS)
def test_a_given_row_is_left_as_it_is_and_an_answer_is_its_receivers_own(name: str) -> None:
    model, row = MAKERS[name](3), np.array([1.0, np.nan, 2.0])
    kept = row.copy()
    first = model.tick(row)
    first_kept = first.copy()
    model.tick(np.array([5.0, 6.0, 7.0]))
    np.testing.assert_array_equal(row, kept)
    np.testing.assert_array_equal(first, first_kept)


@pytest.mark.parametrize("name", ["own lags", "cross lags"])
def test_regressions_find_the_best_there_is_for_an_autoregression(name: str) -> None:
    rows = ar1(6000, share=0.6)
    expected = played(MAKERS[name](1), rows)
    error = np.mean((rows[1001:] - expected[1000:-1]) ** 2)
    assert error == pytest.approx(1.0, abs=0.06), "the noise itself, variance 1, cannot be foretold"
    last = np.mean((rows[1001:] - rows[1000:-1]) ** 2)
    assert last == pytest.approx(2 / (1 + 0.6), abs=0.1)


def test_regression_across_channels_sees_what_drives_a_channel() -> None:
    driver = np.random.default_rng(3).normal(0, 1, 2000)
    rows = np.stack([driver, np.concatenate([[0.0], 0.8 * driver[:-1]])], axis=1)
    for name in ("own lags", "cross lags"):
        expected = played(MAKERS[name](2), rows)
        assert np.mean((rows[501:, 1] - expected[500:-1, 1]) ** 2) < 1e-3
    alone = played(OwnLags(2, lags=5, others=False), rows)
    assert np.mean((rows[501:, 1] - alone[500:-1, 1]) ** 2) > 0.6


def test_seasonal_methods_know_a_pure_season() -> None:
    rows = np.tile(np.random.default_rng(4).normal(0, 1, (PERIOD, 2)), (60, 1))
    tolerances = {"seasonal value": 0.0, "chosen holt-winters": 0.02, "own lags": 0.1, "cross lags": 0.1}
    for name, tolerance in tolerances.items():
        expected = played(MAKERS[name](2), rows)
        np.testing.assert_allclose(expected[300:-1], rows[301:], atol=tolerance, err_msg=name)


def test_smoothing_is_the_textbook_sum() -> None:
    rows = drawn(30, 1)
    level = rows[0, 0]
    for value in rows[1:, 0]:
        level = 0.4 * value + 0.6 * level
    assert played(Smoothing(1, 0.4), rows)[-1, 0] == pytest.approx(level)


def test_holt_winters_without_season_is_holt() -> None:
    rows = drawn(40, 1)
    level, trend = rows[0, 0], 0.0
    for value in rows[1:, 0]:
        error = value - level - trend
        level, trend = level + trend + 0.5 * error, trend + 0.1 * error
    assert played(HoltWinters(1, 1, Shares(0.5, 0.1, 0.3)), rows)[-1, 0] == pytest.approx(level + trend)


def test_the_chosen_setting_is_the_best_of_the_first_rows_for_each_channel() -> None:
    steps = np.random.default_rng(5).normal(0, 1, (300, 2))
    rows = np.stack([steps[:, 0].cumsum(), steps[:, 1]], axis=1)  # a walk wants the last value, noise the mean
    expected = played(Chosen([Smoothing(2, 1.0), Smoothing(2, 0.02)], 2, 200), rows)
    np.testing.assert_array_equal(expected[200:, 0], played(Smoothing(2, 1.0), rows)[200:, 0])
    np.testing.assert_array_equal(expected[200:, 1], played(Smoothing(2, 0.02), rows)[200:, 1])


def test_least_squares_without_forgetting_is_ridge_regression() -> None:
    generator = np.random.default_rng(6)
    features, targets = generator.normal(0, 1, (50, 4)), generator.normal(0, 1, (50, 2))
    solved = LeastSquares(1, 4, 2, forgetting=1.0)
    for x, y in zip(features, targets, strict=True):
        solved.learn(x[None], y[None])
    ridge = np.linalg.solve(features.T @ features + np.eye(4), features.T @ targets)
    np.testing.assert_allclose(solved.weights[0], ridge, rtol=1e-9)


def test_features_that_say_nothing_new_wind_nothing_up() -> None:
    generator = np.random.default_rng(7)
    solved = LeastSquares(1, 3, 1, forgetting=0.9)
    for _ in range(20_000):
        x = generator.normal()
        solved.learn(np.array([[x, x, 0.0]]), np.array([[2.0 * x]]))
    np.testing.assert_allclose(solved.expect(np.array([[1.0, 1.0, 0.0]])), [[2.0]], atol=1e-6)
    assert np.abs(solved.weights).max() < 10
