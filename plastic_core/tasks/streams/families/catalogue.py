"""Every family by name: a new one is a function in this folder and a line below."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from plastic_core.tasks.streams.families.broken import faults, gaps
from plastic_core.tasks.streams.families.chaos import chaotic
from plastic_core.tasks.streams.families.contract import Family
from plastic_core.tasks.streams.families.events import bursty, categories, counters
from plastic_core.tasks.streams.families.memories import cues, motifs, regimes
from plastic_core.tasks.streams.families.smooth import coupled, drifting, periodic

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "bursty": bursty,
        "categories": categories,
        "chaotic": chaotic,
        "counters": counters,
        "coupled": coupled,
        "cues": cues,
        "drifting": drifting,
        "faults": faults,
        "gaps": gaps,
        "motifs": motifs,
        "periodic": periodic,
        "regimes": regimes,
    }
)
"""Name -> family."""
