"""The best of several settings of a method, chosen for each channel on the first rows and kept from then on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.contract import Forecaster


class Chosen:
    """See Forecaster. Until `first` rows are over, each channel follows the candidate with the least loss so far.

    Each choice looks at rows that are already known: nothing is tuned on what is still to be expected.
    """

    def __init__(self, candidates: Sequence[Forecaster], channels: int, first: int) -> None:
        """first: rows on which the candidates compete, by squared error."""
        self._candidates: list[Forecaster] = list(candidates)
        self._expected = np.full((len(self._candidates), channels), np.nan)
        self._losses = np.zeros((len(self._candidates), channels))
        self._best = np.zeros(channels, np.int64)
        self._left = first

    def tick(self, row: Float64) -> Float64:
        """See Forecaster."""
        if self._left > 0:
            self._compete(row)
        for place, candidate in enumerate(self._candidates):
            self._expected[place] = candidate.tick(row)
        return self._expected[self._best, np.arange(len(row))]

    def _compete(self, row: Float64) -> None:
        known = ~np.isnan(row) & ~np.isnan(self._expected[0])
        with np.errstate(over="ignore", invalid="ignore"):
            losses = self._losses + np.where(known, (self._expected - row) ** 2, 0.0)
        self._losses = np.where(np.isnan(losses), np.inf, losses)
        self._best = np.argmin(self._losses, axis=0)
        self._left -= 1
        if self._left == 0:
            self._keep_the_chosen()

    def _keep_the_chosen(self) -> None:
        """Candidates that no channel follows need not be lived through any longer."""
        kept, self._best = np.unique(self._best, return_inverse=True)
        self._candidates = [self._candidates[place] for place in kept.tolist()]
        self._expected = self._expected[kept]
