"""The last rows without holes, and the time of day as harmonics: what regressions look at.

Letters: L lags, C channels.
"""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64

HARMONICS = 2
"""Sine and cosine of a season, and of half of it."""


class Lags:
    """The last L rows, newest first; a missing cell is what had been expected of it, 0 before anything came."""

    def __init__(self, lags: int, channels: int) -> None:
        """lags: L."""
        self.rows = np.zeros((lags, channels))
        """float64[L, C]."""

    def take(self, row: Float64, expected: Float64) -> None:
        """Make this row, float64[C], the newest; `expected` stands in for what is missing."""
        self.rows[1:] = self.rows[:-1]
        self.rows[0] = np.where(np.isnan(row), expected, row)


class Season:
    """Where in a season the next row lies, by counting rows."""

    def __init__(self, period: int) -> None:
        """period: rows of a season; 1 for none, and then there are no harmonics."""
        count = HARMONICS if period > 1 else 0
        angles = 2 * np.pi * np.arange(period)[:, None] * np.arange(1, count + 1) / period
        self._table = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        self._row = 0
        self.features = 2 * count
        """How many numbers `next` gives."""

    def next(self) -> Float64:
        """float64[features] of the row after the one counted now."""
        self._row = (self._row + 1) % len(self._table)
        return self._table[self._row]
