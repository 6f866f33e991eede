"""What is said of a tick's novelty."""

from __future__ import annotations

from dataclasses import dataclass

from plastic_core.arrays import Bool, Float64


@dataclass(frozen=True)
class Judgement:
    """How new a tick is to each of B streams."""

    novelty: Float64
    """float64[B] in [0, 1): how unlikely a level so far from what is normal is, by the stream's own past; it lasts as
    long as what is abnormal does. 0 until there is a past."""
    onset: Float64
    """float64[B] in [0, 1): that something unseen begins here; 0 while a stronger onset is recent."""
    regime: Bool
    """bool[B]: what is novel has lasted long enough to be called a new regime; said at its first such tick."""
