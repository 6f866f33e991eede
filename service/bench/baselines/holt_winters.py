"""Holt-Winters: level, trend and season, all additive, each learned by exponential smoothing.

The error-correction form of Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 8.3:
with e the error of the row, level += trend + alpha e, trend += beta e, season += gamma e. Missing cells have no error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from plastic_core.state import Float64


@dataclass(frozen=True)
class Shares:
    """What the error of a row moves at once; in [0, 1]."""

    alpha: float
    """Of the level."""
    beta: float
    """Of the trend a row."""
    gamma: float
    """Of the season's value at this row."""


GRID = tuple(
    Shares(alpha, alpha * relative, (1 - alpha) * gamma)
    for alpha, relative, gamma in product((0.2, 0.4, 0.6, 0.8, 0.95), (0.0, 0.02, 0.1), (0.1, 0.3, 0.6))
)
"""Shares to choose from; beta and gamma within the usual bounds of beta <= alpha and gamma <= 1 - alpha."""


class HoltWinters:
    """See Forecaster. Level starts at the first value, trend and season at nothing."""

    def __init__(self, channels: int, period: int, shares: Shares) -> None:
        """period: rows of a season; 1 for none."""
        self._shares = shares if period > 1 else Shares(shares.alpha, shares.beta, 0.0)
        self._level = np.full(channels, np.nan)
        self._trend = np.zeros(channels)
        self._season = np.zeros((period, channels))
        self._phase = 0

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        shares, season = self._shares, self._season
        base = np.where(np.isnan(self._level), row, self._level)
        error = row - (base + self._trend + season[self._phase])
        error[np.isnan(error)] = 0.0
        self._level = base + self._trend + shares.alpha * error
        self._trend += shares.beta * error
        season[self._phase] += shares.gamma * error
        self._phase = (self._phase + 1) % len(season)
        return self._level + self._trend + season[self._phase]
