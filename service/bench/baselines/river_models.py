"""Methods of the River library, one model a channel: Holt-Winters, SNARIMAX, and linear regression on scaled lags.

The only file that knows River, which the extra `bench` installs. Settings that River asks for are chosen on the first
rows, as for our own methods. A model that diverges is reported as it is: from then on it expects infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from typing import Any, Protocol

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.chosen import Chosen
from service.bench.baselines.contract import Forecaster

LAGS = 12
RATES = (0.01, 0.001)
"""Learning rates of stochastic gradient descent to choose from; the first is River's own."""
SHARES = tuple(product((0.3, 0.6, 0.9), (0.01, 0.1), (0.1, 0.6)))
"""Alpha, beta and gamma of Holt-Winters to choose from."""


class One(Protocol):
    """A model of one channel that is told each value and foretells the next."""

    def tick(self, value: float) -> float:
        """The expectation of the next value; NaN before there is one."""
        ...


def installed() -> bool:
    """Whether River can be imported."""
    return find_spec("river") is not None


def holt_winters(channels: int, period: int, first: int) -> Forecaster:
    """River's HoltWinters, additive. period: rows of a season, 1 for none. first: rows for the choice of settings."""
    series: Any = import_module("river.time_series")

    def maker(alpha: float, beta: float, gamma: float) -> Callable[[], One]:
        season = {"gamma": gamma, "seasonality": period} if period > 1 else {}
        return lambda: _Series(series.HoltWinters(alpha=alpha, beta=beta, **season))

    return _chosen([maker(*shares) for shares in SHARES], channels, first)


def snarimax(channels: int, period: int, first: int) -> Forecaster:
    """River's SNARIMAX with 12 lags and the value a season before, differenced or not, with its own regressor."""
    series: Any = import_module("river.time_series")

    def maker(rate: float, differences: int) -> Callable[[], One]:
        season = {"m": period, "sp": 1} if period > 1 else {}
        return lambda: _Series(series.SNARIMAX(p=LAGS, d=differences, q=0, regressor=scaled_linear(rate), **season))

    return _chosen([maker(*setting) for setting in product(RATES, (0, 1))], channels, first)


def linear(channels: int, first: int) -> Forecaster:
    """River's LinearRegression behind its StandardScaler, on 12 own lags."""

    def maker(rate: float) -> Callable[[], One]:
        return lambda: _Lagged(scaled_linear(rate))

    return _chosen([maker(rate) for rate in RATES], channels, first)


def scaled_trees() -> Callable[[float], float]:
    """River's HalfSpaceTrees behind its MinMaxScaler: told each value, says how anomalous it is, in [0, 1]."""
    anomaly: Any = import_module("river.anomaly")
    preprocessing: Any = import_module("river.preprocessing")
    model: Any = preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=0)

    def told(value: float) -> float:
        score = float(model.score_one({"value": value}))
        model.learn_one({"value": value})
        return score

    return told


def adaptive_tree() -> Any:
    """HoeffdingAdaptiveTreeRegressor with River's settings: replaces branches whose error has drifted."""
    tree: Any = import_module("river.tree")
    return tree.HoeffdingAdaptiveTreeRegressor(seed=0)


def drift_detector() -> Any:
    """ADWIN with River's settings."""
    drift: Any = import_module("river.drift")
    return drift.ADWIN()


def scaled_linear(rate: float = RATES[0]) -> Any:
    """LinearRegression by stochastic gradient descent behind a StandardScaler."""
    linear_model: Any = import_module("river.linear_model")
    optim: Any = import_module("river.optim")
    preprocessing: Any = import_module("river.preprocessing")
    return preprocessing.StandardScaler() | linear_model.LinearRegression(optimizer=optim.SGD(rate))


def _chosen(makers: Sequence[Callable[[], One]], channels: int, first: int) -> Forecaster:
    return Chosen([_Channels([make() for _ in range(channels)]) for make in makers], channels, first)


class _Channels:
    """See Forecaster: one model a channel; a missing value is told as what was expected of it."""

    def __init__(self, models: Sequence[One]) -> None:
        self._models = models
        self._expected = [math.nan] * len(models)

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        for channel, value in enumerate(row.tolist()):
            self._expected[channel] = self._next(channel, value)
        return np.asarray(self._expected)

    def _next(self, channel: int, value: float) -> float:
        expected = self._expected[channel]
        told = expected if math.isnan(value) else value
        if math.isnan(told) or math.isinf(expected):
            return expected
        try:
            found = float(self._models[channel].tick(told))
        except (OverflowError, ValueError, ZeroDivisionError):
            return math.inf
        return found if math.isfinite(found) else math.inf


class _Series:
    """A forecaster of River's module time_series; while it gathers its first season it expects the last value."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def tick(self, value: float) -> float:
        """See One."""
        self._model.learn_one(value)
        try:
            return self._model.forecast(horizon=1)[0]
        except IndexError:
            return value


class _Lagged:
    """A regressor of River on the last values of its channel, newest first."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._lags: dict[int, float] = {}

    def tick(self, value: float) -> float:
        """See One."""
        if self._lags:
            self._model.learn_one(self._lags, value)
        self._lags = {0: value, **{lag + 1: old for lag, old in self._lags.items() if lag + 1 < LAGS}}
        return self._model.predict_one(self._lags)
