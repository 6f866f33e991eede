"""What a tick's novelty is called from: a wave of B streams, numpy in and out."""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.novelty.judgement import Judgement
from plastic_core.novelty.kernel import level_rows, onset_rows
from plastic_core.novelty.memory import NoveltyMemory, NoveltySettings

REGIME_TICKS = 32
"""So many novel ticks more than others are a new regime, and told as such once."""


def judge(
    memory: NoveltyMemory,
    rows: Int64,
    x: Float32,
    error: Float32,
    sensed: Bool,
    used: Int64,
    settings: NoveltySettings,
    given: Int64 | None = None,
) -> Judgement:
    """Judge rows [B] of the pool by x, error float32[B, D] in codes, and take them in, in place.

    sensed: bool[B, D]. given, used: int64[B]; channels before `given` (None: 0) and from `used` on are left out.
    """
    first = np.zeros(len(rows), np.int64) if given is None else given
    onset, novelty = np.zeros(len(rows)), np.zeros(len(rows))
    onset_rows(
        rows,
        first,
        used,
        x,
        sensed,
        settings.short_ticks,
        settings.long_ticks,
        settings.opening,
        settings.refractory_ticks,
        memory.cells,
        memory.filled,
        memory.grain,
        memory.rarity,
        memory.counted,
        memory.unit,
        memory.means,
        memory.ticks,
        memory.peak,
        memory.since,
        onset,
    )
    before = memory.lasting[rows]
    level_rows(
        rows,
        first,
        used,
        x,
        error,
        sensed,
        settings.level_ticks,
        settings.widest,
        settings.horizon,
        settings.settled,
        1.0 - settings.threshold,
        settings.consolidation_ticks,
        settings.adoption_ticks,
        memory.ticks,
        memory.brief,
        memory.normal,
        memory.spread,
        memory.lived,
        memory.level,
        memory.levels,
        memory.edge,
        memory.run,
        memory.lasting,
        novelty,
    )
    regime = (before < REGIME_TICKS) & (memory.lasting[rows] >= REGIME_TICKS)
    return Judgement(novelty, onset, regime)
