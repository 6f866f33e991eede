"""Seasonal value: the next row is the one a season before it; missing cells keep what was expected of them."""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64


class SeasonalValue:
    """See Forecaster. Where a season ago nothing had come yet, the newest value stands in.

    >>> model = SeasonalValue(1, period=2)
    >>> [float(model.tick(np.array([value]))[0]) for value in (1.0, 2.0, 3.0)]
    [1.0, 1.0, 2.0]
    """

    def __init__(self, channels: int, period: int) -> None:
        """period: rows of a season."""
        self._season = np.full((period, channels), np.nan)
        self._newest = np.full(channels, np.nan)
        self._phase = 0

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        season = self._season
        season[self._phase] = np.where(np.isnan(row), season[self._phase], row)
        self._newest = np.where(np.isnan(row), self._newest, row)
        self._phase = (self._phase + 1) % len(season)
        return self.ahead(1)[0]

    def ahead(self, count: int) -> Float64:
        """float64[count, C]: the next rows."""
        due = self._season[(self._phase + np.arange(count)) % len(self._season)]
        return np.where(np.isnan(due), self._newest, due)
