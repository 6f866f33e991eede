"""How near to the truth, and how many of the faults were overridden.

Letters: T ticks, C channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from plastic_core.state import Bool, Float64
from service.bench.noise.faults import DROPPED, SOUND, SPIKING, STUCK, WORDS, Kinds

SIZE = 1.0
"""A stuck or spiking reading has to be found once it lies this many standard deviations from the truth."""
AFTER = 1
"""Ticks after a fault of the same channel in which an override counts for nothing, as it begins to trust again."""


def squared_error(believed: Float64, truth: Float64, spread: Float64, counted: Bool) -> float:
    """Mean over the counted ticks, bool[T], of ((believed - truth) / spread)^2; all [T, C], spread [C]."""
    return float(np.nanmean((((believed - truth) / spread)[counted]) ** 2))


def override_figures(overridden: Bool, kinds: Kinds, deviation: Float64, counted: Bool) -> dict[str, Any]:
    """Precision and recall of `overridden` [T, C] against stuck and spiking readings of the counted ticks.

    deviation: float64[T, C], distance of the reading from the truth in standard deviations of its channel. Precision:
    share of overridden readings that are stuck or spiking, by however little. Recall: share of the stuck and spiking
    readings at least SIZE away that were overridden. None where there is nothing to count.
    """
    faulty = (kinds == STUCK) | (kinds == SPIKING)
    said = overridden & counted[:, None]
    clear = said & (faulty | ~_just_after(kinds))
    large = faulty & (deviation >= SIZE) & counted[:, None]
    sound = counted[:, None] & (kinds == SOUND)
    return {
        "precision": _share(clear & faulty, clear),
        "recall": _share(said, large),
        **{f"recall_{WORDS[kind]}": _share(said, large & (kinds == kind)) for kind in (STUCK, SPIKING)},
        "faults": int(large.sum()),
        "false_share": _share(said, sound),
    }


def imputed_share(imputed: Bool, kinds: Kinds, counted: Bool) -> float | None:
    """Share of the readings dropped that the percept says were imputed."""
    return _share(imputed, (kinds == DROPPED) & counted[:, None])


def _just_after(kinds: Kinds) -> Bool:
    """Ticks up to AFTER behind a stuck or spiking reading."""
    faulty = (kinds == STUCK) | (kinds == SPIKING)
    near = np.zeros_like(faulty)
    for lag in range(1, AFTER + 1):
        near[lag:] |= faulty[:-lag]
    return near


def _share(said: Bool, among: Bool) -> float | None:
    return float((said & among).sum() / among.sum()) if among.any() else None
