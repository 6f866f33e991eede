"""Recursive least squares for each channel: its own lags, the newest of the others, day harmonics, 1.

Letters: C channels, L lags, Q features.
"""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.lags import Lags, Season
from service.bench.baselines.least_squares import LeastSquares

LAGS = 24
FORGETTING = 0.999


class OwnLags:
    """See Forecaster. Before it has learned anything it expects the last value."""

    def __init__(
        self, channels: int, period: int = 1, lags: int = LAGS, forgetting: float = FORGETTING, *, others: bool = True
    ) -> None:
        """period: rows of a season, 1 for none. others: look at the newest values of the other channels as well."""
        self._features = OwnLagFeatures(channels, period, lags, others=others)
        self._solved = LeastSquares(channels, self._features.count, 1, forgetting)
        self._solved.weights[:, 0] = 1.0
        self._expected = np.zeros(channels)

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        self._solved.learn(self._features.matrix, row[:, None])
        self._features.take(row, self._expected)
        self._expected = self._solved.expect(self._features.matrix)[:, 0]
        return self._expected.copy()


class OwnLagFeatures:
    """What each channel looks at: its lags, newest first, the others' newest values, harmonics of the next row, 1."""

    def __init__(self, channels: int, period: int, lags: int, *, others: bool) -> None:
        """See OwnLags."""
        self._lags, self._season = Lags(lags, channels), Season(period)
        others_count = channels - 1 if others else 0
        self.count = lags + others_count + self._season.features + 1
        """Q."""
        self.matrix = np.zeros((channels, self.count))
        """float64[C, Q]; all zero before the first row, so that nothing is learned from it."""
        everyone = np.tile(np.arange(channels), (channels, 1))
        self._others = everyone[~np.eye(channels, dtype=np.bool_)].reshape(channels, -1)[:, :others_count]

    def take(self, row: Float64, expected: Float64) -> None:
        """Look at this row, float64[C]; `expected`, float64[C], stands in for missing cells."""
        self._lags.take(row, expected)
        rows, L, S = self._lags.rows, len(self._lags.rows), self._season.features
        self.matrix[:, :L] = rows.T
        self.matrix[:, L : self.count - S - 1] = rows[0][self._others]
        self.matrix[:, self.count - S - 1 : -1] = self._season.next()
        self.matrix[:, -1] = 1.0
