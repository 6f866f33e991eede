"""When a learner is as good as the oracle again, and when as good as it ever becomes.

Letters: T ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from plastic_core.state import Float64
from service.bench.switch.recording import Recording, Visit

WITHIN = 0.1
"""Recovered: expected squared error at most this share above the oracle's; settled: above the learner's own floor."""
WINDOW = 40
"""Ticks over which that holds in the mean, from the tick of recovery on."""
FLOOR_SHARE = 0.25
"""Last part of a visit, from which the learner's own floor is taken."""

FIGURES = ("recover_new", "recover_return", "recovered_new", "recovered_return", "settle_new", "settle_return", "mse")
HEADS = ("new", "return", "new %", "return %", "settle", "again", "mse")
"""FIGURES in a table's narrow columns."""


@dataclass(frozen=True)
class Stay:
    """How a learner did in one visit; ticks count from its first, its length stands for never."""

    recover: int
    """Ticks until the expected error is within 10 % of the oracle's."""
    recovered: bool
    settle: int
    """Ticks until it is within 10 % of what the learner comes to at the visit's end."""


def stay(excess: Float64, visit: Visit) -> Stay:
    """excess: float64[T], see Recording.excess."""
    own = excess[visit.start : visit.stop]
    floor = float(own[-max(int(len(own) * FLOOR_SHARE), 1) :].mean())
    ahead = np.convolve(own, np.full(WINDOW, 1 / WINDOW), "valid")
    recover, settle = (_first(ahead <= level, len(own)) for level in (WITHIN, WITHIN * (1 + floor) + floor))
    return Stay(recover, recover < len(own), settle)


def figures(recordings: Sequence[Recording], excesses: Sequence[Float64]) -> dict[str, float]:
    """FIGURES over the visits of all recordings but each one's very first, where nothing was known.

    Medians of ticks, shares of visits in which the oracle was reached, and the mean squared error, in oracle's errors.
    """
    new: list[Stay] = []
    back: list[Stay] = []
    errors: list[Float64] = []
    for recording, excess in zip(recordings, excesses, strict=True):
        for visit in recording.visits[1:]:
            (back if visit.returned else new).append(stay(excess, visit))
        errors.append(excess[recording.visits[1].start :])
    return {
        "recover_new": median(told.recover for told in new),
        "recover_return": median(told.recover for told in back),
        "recovered_new": fmean(told.recovered for told in new),
        "recovered_return": fmean(told.recovered for told in back),
        "settle_new": median(told.settle for told in new),
        "settle_return": median(told.settle for told in back),
        "mse": 1 + float(np.mean(np.concatenate(errors))),
    }


def _first(holds: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], otherwise: int) -> int:
    places = np.flatnonzero(holds)
    return int(places[0]) if len(places) else otherwise
