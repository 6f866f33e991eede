"""Last value: the next row is this one; missing cells keep their newest value."""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64


class LastValue:
    """See Forecaster.

    >>> model = LastValue(2)
    >>> model.tick(np.array([1.0, 2.0])), model.tick(np.array([3.0, np.nan]))
    (array([1., 2.]), array([3., 2.]))
    """

    def __init__(self, channels: int) -> None:
        """channels: C."""
        self._newest = np.full(channels, np.nan)

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        self._newest = np.where(np.isnan(row), self._newest, row)
        return self._newest.copy()
