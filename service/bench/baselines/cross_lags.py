"""Recursive least squares across channels: all see the same lags of all, the values a season before, harmonics, 1.

Letters: C channels, L lags, Q features.
"""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.lags import Lags, Season
from service.bench.baselines.least_squares import LeastSquares
from service.bench.baselines.seasonal import SeasonalValue

LAGS = 6
FORGETTING = 0.9995


class CrossLags:
    """See Forecaster. Before it has learned anything it expects the last value."""

    def __init__(self, channels: int, period: int = 1, lags: int = LAGS, forgetting: float = FORGETTING) -> None:
        """period: rows of a season, 1 for none."""
        self._lags, self._season = Lags(lags, channels), Season(period)
        self._before = SeasonalValue(channels, period) if period > 1 else None
        count = channels * (lags + (period > 1)) + self._season.features + 1
        self._solved = LeastSquares(1, count, channels, forgetting)
        self._solved.weights[0, :channels] = np.eye(channels)
        self._features = np.zeros((1, count))
        self._expected = np.zeros(channels)

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        self._solved.learn(self._features, row[None])
        self._lags.take(row, self._expected)
        told = [self._lags.rows.reshape(-1), self._season.next(), np.ones(1)]
        if self._before is not None:
            told.insert(1, self._before.tick(self._lags.rows[0]))
        self._features = np.concatenate(told)[None]
        self._expected = self._solved.expect(self._features)[0]
        return self._expected.copy()
