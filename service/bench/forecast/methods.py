"""The baselines by the names under which the command reports them."""

from __future__ import annotations

from collections.abc import Callable

from service.bench.baselines import river_models
from service.bench.baselines.chosen import Chosen
from service.bench.baselines.contract import FarForecaster, Forecaster
from service.bench.baselines.cross_lags import CrossLagFeatures, CrossLags
from service.bench.baselines.holt_winters import GRID, HoltWinters
from service.bench.baselines.last_value import LastValue
from service.bench.baselines.own_lags import FORGETTING, LAGS, OwnLagFeatures, OwnLags
from service.bench.baselines.seasonal import SeasonalValue
from service.bench.baselines.smoothing import ALPHAS, Smoothing
from service.bench.forecast.delayed import FarLastValue, FarSeasonalValue, LateLeastSquares, OneAhead

Makers = dict[str, Callable[[], FarForecaster]]

CROSS_FORGETTING = (0.9995, 1.0)
"""Factors by which regressions across channels forget: the best for changing and for steady streams."""


def season_rows(rows_a_day: int, first: int) -> int:
    """Rows of the season that baselines may use: a day, where the first part holds two; else 1, none."""
    return rows_a_day if 2 <= rows_a_day <= first // 2 else 1


def methods(channels: int, period: int, first: int, horizon: int) -> Makers:
    """All baselines that make sense. period: rows of a season, 1 for none. first: rows on which settings are chosen."""
    return _next_row(channels, period, first) if horizon == 1 else _far(channels, period, horizon)


def _next_row(C: int, period: int, first: int) -> Makers:
    found: dict[str, Callable[[], Forecaster]] = {
        "last value": lambda: LastValue(C),
        "exponential smoothing": lambda: Chosen([Smoothing(C, alpha) for alpha in ALPHAS], C, first),
        "holt-winters": lambda: Chosen([HoltWinters(C, period, shares) for shares in GRID], C, first),
        "rls own lags": lambda: OwnLags(C, period),
    }
    if period > 1:
        found["seasonal value"] = lambda: SeasonalValue(C, period)
    for forgetting in CROSS_FORGETTING:
        found[f"rls cross lags {forgetting:g}"] = lambda forgetting=forgetting: CrossLags(
            C, period, forgetting=forgetting
        )
    if river_models.installed():
        found["river holt-winters"] = lambda: river_models.holt_winters(C, period, first)
        found["river snarimax"] = lambda: river_models.snarimax(C, period, first)
        found["river linear"] = lambda: river_models.linear(C, first)
    return {name: lambda make=make: OneAhead(make()) for name, make in found.items()}


def _far(C: int, period: int, horizon: int) -> Makers:
    found: Makers = {
        "last value": lambda: FarLastValue(C, horizon),
        "rls own lags": lambda: LateLeastSquares(OwnLagFeatures(C, period, LAGS, others=True), C, horizon, FORGETTING),
    }
    if period > 1:
        found["seasonal value"] = lambda: FarSeasonalValue(C, period, horizon)
    for forgetting in CROSS_FORGETTING:
        found[f"rls cross lags {forgetting:g}"] = lambda forgetting=forgetting: LateLeastSquares(
            CrossLagFeatures(C, period), C, horizon, forgetting
        )
    return found
