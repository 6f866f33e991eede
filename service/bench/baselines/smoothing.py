"""Simple exponential smoothing: the next row is a level that takes in a share of every row."""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64

ALPHAS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Shares to choose from; 1 is the last value."""


class Smoothing:
    """See Forecaster. level += alpha * (value - level), from the first value on.

    >>> model = Smoothing(1, alpha=0.5)
    >>> model.tick(np.array([0.0])), model.tick(np.array([1.0]))
    (array([0.]), array([0.5]))
    """

    def __init__(self, channels: int, alpha: float) -> None:
        """alpha: in (0, 1]."""
        self._alpha = alpha
        self._level = np.full(channels, np.nan)

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        moved = self._level + self._alpha * (row - self._level)
        level = np.where(np.isnan(self._level), row, moved)
        self._level = np.where(np.isnan(row), self._level, level)
        return self._level.copy()
