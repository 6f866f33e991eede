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
        self._features = CrossLagFeatures(channels, period, lags)
        self._solved = LeastSquares(1, self._features.count, channels, forgetting)
        self._solved.weights[0, :channels] = np.eye(channels)
        self._expected = np.zeros(channels)

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        self._solved.learn(self._features.matrix, row[None])
        self._features.take(row, self._expected)
        self._expected = self._solved.expect(self._features.matrix)[0]
        return self._expected.copy()


class CrossLagFeatures:
    """What every channel looks at: lags of all, newest first, all a season before the next row, its harmonics, 1."""

    def __init__(self, channels: int, period: int, lags: int = LAGS) -> None:
        """See CrossLags."""
        self._lags, self._season = Lags(lags, channels), Season(period)
        self._before = SeasonalValue(channels, period) if period > 1 else None
        self.count = channels * (lags + (period > 1)) + self._season.features + 1
        """Q."""
        self.matrix = np.zeros((1, self.count))
        """float64[1, Q]; all zero before the first row, so that nothing is learned from it."""

    def take(self, row: Float64, expected: Float64) -> None:
        """Look at this row, float64[C]; `expected`, float64[C], stands in for missing cells."""
        self._lags.take(row, expected)
        before = [] if self._before is None else [self._before.tick(self._lags.rows[0])]
        told = [self._lags.rows.reshape(-1), *before, self._season.next(), np.ones(1)]
        self.matrix[0] = np.concatenate(told)
