"""Associations from cue to outcome that are learned when it turns out, later, that they mattered.

    E <- (1 - e) E + e x y^T                            what was just lived through stays eligible for a while
    H <- clip((1 - f |M|) H + g M E)                    the signal writes it, whenever it comes
    S <- (1 - l) S + k H,  H <- (1 - k) H               at rest: what was written moves to where no write fades it
    recalled = (H + S)^T x

The first two are the retroactive rule of rules.py (Miconi, Rawal, Clune and Stanley 2019, eq. 4), with forgetting by
writing alone, so that a tick with M = 0 leaves H as it is; the third is consolidation.py's `averaged`, which here takes
from H what it gives to S. The event of a tick is eligible at once: surprise credits what surprised.

Letters: C rows of the pool, B rows of a wave, D cue channels, K outcome channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Int64
from plastic_core.consolidation import averaged
from plastic_core.modulation.association_kernel import recall_rows, tick_rows
from plastic_core.rules import BOUND


class Association(NamedTuple):
    """What a stream associates, one row a stream; a part that a Memory can hold."""

    eligibility: Float32
    """E, float32[C, D, K]."""
    fast: Float32
    """H, float32[C, D, K] in [-BOUND, BOUND]."""
    slow: Float32
    """S, float32[C, D, K]."""
    writes: Int64
    """int64[C]: ticks in which H was written."""
    skipped: Int64
    """int64[C]: ticks in which it was not, since M was 0."""


@dataclass(frozen=True)
class AssociationSettings:
    """How associations are written, kept and moved."""

    eligible_ticks: float = 30.0
    """1/e, time constant of E: how late a reward may come."""
    gain: float = 8.0
    """g: what M = 1 writes of E. An event is eligible with e at first: at once it is worth g e."""
    fade: float = 0.02
    """f in [0, 1]: share of H that a write with |M| = 1 forgets."""
    slow_gain: float = 0.9
    """k in [0, 1]: share of H that moves to S at rest."""
    slow_fade: float = 0.0
    """l in [0, 1]: share of S that rest forgets."""

    def __post_init__(self) -> None:
        shares = (self.fade, self.slow_gain, self.slow_fade)
        if self.eligible_ticks < 1 or self.gain < 0 or not all(0 <= share <= 1 for share in shares):
            raise ValueError("association settings: eligible_ticks >= 1, gain >= 0, shares within [0, 1]")


@dataclass(frozen=True)
class Associations:
    """D cue channels to K outcome channels; holds no stream's state. A row's result hangs on no other row."""

    cues: int
    """D."""
    outcomes: int
    """K."""
    settings: AssociationSettings = AssociationSettings()

    def initial(self, count: int) -> Association:
        """A pool of `count` streams that associate nothing yet."""
        shape = (count, self.cues, self.outcomes)
        return Association(
            eligibility=np.zeros(shape, np.float32),
            fast=np.zeros(shape, np.float32),
            slow=np.zeros(shape, np.float32),
            writes=np.zeros(count, np.int64),
            skipped=np.zeros(count, np.int64),
        )

    def tick(self, memory: Association, rows: Int64, cue: Float32, outcome: Float32, signal: Float32) -> None:
        """Live through one tick, in place.

        rows: int64[B], all different. cue: x, float32[B, D], what was there. outcome: y, float32[B, K], what came with
        it; zeros where nothing did. signal: M, float32[B] in [-1, 1].
        """
        settings = self.settings
        tick_rows(
            rows,
            cue,
            outcome,
            signal,
            np.float32(1 / settings.eligible_ticks),
            np.float32(settings.gain),
            np.float32(settings.fade),
            np.float32(BOUND),
            memory.eligibility,
            memory.fast,
        )
        wrote = signal != 0
        memory.writes[rows] += wrote
        memory.skipped[rows] += ~wrote

    def recall(self, memory: Association, rows: Int64, cue: Float32) -> Float32:
        """float32[B, K]: the outcome that cues x, float32[B, D], bring to mind; zeros where they mean nothing."""
        found = np.zeros((len(rows), self.outcomes), np.float32)
        recall_rows(rows, cue, memory.fast, memory.slow, found)
        return found

    def rest(self, memory: Association, rows: Int64) -> None:
        """Consolidate, in place: what H came to moves to S. What is recalled stays the same with slow_fade 0."""
        gain = np.float32(self.settings.slow_gain)
        memory.slow[rows] = averaged(memory.slow[rows], memory.fast[rows], np.float32(self.settings.slow_fade), gain)
        memory.fast[rows] *= np.float32(1) - gain
