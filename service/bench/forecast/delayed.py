"""Baselines that look H rows ahead, in the honest order: what a forecast should have been is known H rows later.

Letters: C channels, H steps ahead, Q features.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.contract import Forecaster
from service.bench.baselines.last_value import LastValue
from service.bench.baselines.least_squares import LeastSquares
from service.bench.baselines.seasonal import SeasonalValue


class OneAhead:
    """See FarForecaster, with H = 1: any Forecaster."""

    def __init__(self, model: Forecaster) -> None:
        self._model = model

    def tick(self, row: Float64) -> Float64:
        """See FarForecaster."""
        return self._model.tick(row)[None]


class FarLastValue:
    """See FarForecaster: nothing will change."""

    def __init__(self, channels: int, horizon: int) -> None:
        """horizon: H."""
        self._model, self._horizon = LastValue(channels), horizon

    def tick(self, row: Float64) -> Float64:
        """See FarForecaster."""
        return np.tile(self._model.tick(row), (self._horizon, 1))


class FarSeasonalValue:
    """See FarForecaster: each row will be the one a season before it."""

    def __init__(self, channels: int, period: int, horizon: int) -> None:
        """period: rows of a season. horizon: H."""
        self._model, self._horizon = SeasonalValue(channels, period), horizon

    def tick(self, row: Float64) -> Float64:
        """See FarForecaster."""
        self._model.tick(row)
        return self._model.ahead(self._horizon)


class Features(Protocol):
    """What regressions look at: OwnLagFeatures or CrossLagFeatures."""

    matrix: Float64
    """float64[G, Q] after the newest row: a regression for each channel, or one for all."""

    def take(self, row: Float64, expected: Float64) -> None:
        """Look at this row, float64[C]; `expected`, float64[C], stands in for missing cells."""
        ...


class LateLeastSquares:
    """See FarForecaster: one regression straight to all H rows, learned when the last of them has come.

    At row t the features of row t - H meet the rows t - H + 1 to t; the weights so found look ahead from row t.
    """

    def __init__(self, features: Features, channels: int, horizon: int, forgetting: float) -> None:
        """features: before any row. Before anything is learned the last value is expected, C. horizon: H."""
        groups, count = features.matrix.shape
        self._features, self._horizon, self._channels = features, horizon, channels
        self._solved = LeastSquares(groups, count, horizon * channels // groups, forgetting)
        self._solved.weights[:] = _last_value_weights(groups, channels, horizon, count)
        self._seen: deque[Float64] = deque(maxlen=horizon)
        self._labels: deque[Float64] = deque(maxlen=horizon)
        self._expected = np.zeros((horizon, channels))

    def tick(self, row: Float64) -> Float64:
        """See FarForecaster."""
        self._labels.append(row)
        if len(self._seen) == self._horizon:
            self._solved.learn(self._seen[0], self._targets())
        self._features.take(row, self._expected[0])
        self._seen.append(self._features.matrix.copy())
        found = self._solved.expect(self._features.matrix)
        self._expected = self._by_step(found)
        return self._expected.copy()

    def _targets(self) -> Float64:
        """float64[G, K] of the last H rows, channel by channel."""
        return np.ascontiguousarray(np.stack(self._labels, axis=1).reshape(len(self._features.matrix), -1))

    def _by_step(self, found: Float64) -> Float64:
        """float64[H, C] of float64[G, K]."""
        return np.ascontiguousarray(found.reshape(self._channels, self._horizon).T)


def _last_value_weights(groups: int, channels: int, horizon: int, count: int) -> Float64:
    """float64[G, Q, K]: 1 from a channel's newest value to each of its outputs."""
    weights = np.zeros((groups, count, channels // groups, horizon))
    for channel in range(channels // groups):
        weights[:, channel, channel] = 1.0
    return weights.reshape(groups, count, -1)
