"""What a stream remembers of what was normal, so that it can say what is new. Equations: README.md of this package.

Letters: C rows of the pool, D channels, K cells, F = 2 features of a channel, R bins of rarity, L bins of the level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Float64, Int64
from plastic_core.new_codes import FURTHEST, bounded, held

FEATURES = 2
"""F: the value itself, and its short mean less its long one; for the level: the value, and the error's size."""
RARITY_BINS = 48
"""R: half octaves of distance, from 2^-16 to 2^8 code units."""
LEVEL_BINS = 128
"""L: eighths of a sigma, from 0 on."""


@dataclass(frozen=True)
class NoveltySettings:
    """How long is remembered what, in sensed ticks where not said otherwise."""

    cells: int = 128
    """K: how many visited values a channel keeps apart."""
    short_ticks: float = 32.0
    long_ticks: float = 256.0
    """Time constants of two means of the value; how far they lie apart is judged beside the value itself."""
    refractory_ticks: int = 150
    """Ticks after an onset in which only one that is stronger is told."""
    opening: int = 8
    """Ticks of a channel that are not counted: everything is new in them."""
    level_ticks: float = 16.0
    """Time constant of the short means that are held against what is normal."""
    widest: int = 3
    """How many of the furthest features of a tick make its level."""
    horizon: float = 20_000.0
    """Time constant of what is normal: slow memory."""
    settled: int = 100
    """Ticks before which the level is not told."""
    threshold: float = 0.995
    """Novelty from which on what is lived through does not count as normal."""
    consolidation_ticks: int = 2000
    """So many novel ticks more than others make what is lived through the new normal."""
    adoption_ticks: float = 256.0
    """Time constant with which it is then taken over."""

    def __post_init__(self) -> None:
        counts = (self.short_ticks, self.long_ticks, self.level_ticks, self.horizon, self.adoption_ticks)
        whole = (self.widest, self.refractory_ticks, self.consolidation_ticks)
        if self.cells < 4 or min(counts) < 1 or min(whole) < 1 or min(self.opening, self.settled) < 0:
            raise ValueError("novelty settings: cells >= 4, opening and settled >= 0, all other counts of ticks >= 1")
        if not 0 < self.threshold < 1:
            raise ValueError("novelty settings: threshold within (0, 1)")


class NoveltyMemory(NamedTuple):
    """One row a stream; codes of channels in use, zero elsewhere."""

    cells: Float32
    """float32[C, D, F, K]: visited values in rising order, of which `filled` count."""
    filled: Int64
    """int64[C, D, F]."""
    grain: Float32
    """float32[C, D, F]: least distance of two cells, once all are filled; what lies nearer to one is no new cell."""
    rarity: Float32
    """float32[C, D, F, R]: how often a distance to the nearest cell fell into each bin, in `unit`."""
    counted: Float32
    """float32[C, D, F]: distances counted, those below the first bin too."""
    unit: Float32
    """float32[C, D]: code units in which the bins are, within [0.5, 1)."""
    means: Float32
    """float32[C, D, 2]: short and long mean of the value."""
    ticks: Int64
    """int64[C, D]: ticks of the channel that were judged."""
    brief: Float32
    """float32[C, D, F]: short means of the value and of the error's size."""
    normal: Float32
    """float32[C, D, F]: what these are while all is normal."""
    spread: Float32
    """float32[C, D, F]: variance about it."""
    lived: Int64
    """int64[C, D]: ticks that counted as normal."""
    level: Float32
    """float32[C, L]: how often the level fell into each bin."""
    levels: Float32
    """float32[C]: levels counted."""
    edge: Float32
    """float32[C]: the level from which on novelty reaches the threshold."""
    run: Int64
    """int64[C]: novel ticks in a row, up to now."""
    lasting: Int64
    """int64[C]: novel ticks more than others, at least 0."""
    peak: Float32
    """float32[C] in (0, 1]: likelihood of the last onset that was told; 1 for none of late."""
    since: Int64
    """int64[C]: ticks since then."""


def blank(count: int, width: int, settings: NoveltySettings) -> NoveltyMemory:
    """A pool of `count` streams to which everything is new."""

    def zeros(*shape: int) -> Float32:
        return np.zeros((count, *shape), np.float32)

    def none(*shape: int) -> Int64:
        return np.zeros((count, *shape), np.int64)

    return NoveltyMemory(
        cells=zeros(width, FEATURES, settings.cells),
        filled=none(width, FEATURES),
        grain=zeros(width, FEATURES),
        rarity=zeros(width, FEATURES, RARITY_BINS),
        counted=zeros(width, FEATURES),
        unit=np.full((count, width), 0.5, np.float32),
        means=zeros(width, 2),
        ticks=none(width),
        brief=zeros(width, FEATURES),
        normal=zeros(width, FEATURES),
        spread=zeros(width, FEATURES),
        lived=none(width),
        level=zeros(LEVEL_BINS),
        levels=zeros(),
        edge=zeros(),
        run=none(),
        lasting=none(),
        peak=np.ones(count, np.float32),
        since=none(),
    )


def retell(memory: NoveltyMemory, rows: Int64, gain: Float64, offset: Float64) -> None:
    """Tell what rows [B] remember in new codes, new = gain * old + offset (both float64[B, D]), in place.

    Distances are told by their unit: whole octaves of it move the counts by bins, the rest stays in `unit`. Channels
    never judged stay as they are.
    """
    gain, offset = bounded(gain, offset, memory.ticks[rows] > 0)
    memory.cells[rows, :, 0] = held(memory.cells[rows, :, 0] * gain[..., None] + offset[..., None], FURTHEST)
    memory.cells[rows, :, 1] = held(memory.cells[rows, :, 1] * gain[..., None], FURTHEST)
    for array in (memory.brief, memory.normal):
        array[rows, :, 0] = held(array[rows, :, 0] * gain + offset, FURTHEST)
        array[rows, :, 1] = held(array[rows, :, 1] * gain, FURTHEST)
    memory.spread[rows] = held(memory.spread[rows] * (gain * gain)[..., None], FURTHEST)
    memory.grain[rows] = held(memory.grain[rows] * gain[..., None], FURTHEST)
    memory.means[rows] = held(memory.means[rows] * gain[..., None] + offset[..., None], FURTHEST)
    mantissa, octaves = np.frexp(memory.unit[rows] * gain)
    memory.unit[rows] = np.where(mantissa > 0, mantissa, 0.5)
    for b, d in zip(*np.nonzero(np.where(mantissa > 0, octaves, 0)), strict=True):
        for counts in memory.rarity[rows[b], d]:
            _move(counts, 2 * int(octaves[b, d]))


def _move(counts: Float32, bins: int) -> None:
    """Move counts [R] by whole bins, in place; what leaves below is near enough to be forgotten, above stays on top."""
    places = np.minimum(np.arange(RARITY_BINS) + bins, RARITY_BINS - 1)
    kept = places >= 0
    moved = np.bincount(places[kept], counts[kept].astype(np.float64), RARITY_BINS)
    counts[:] = moved


def accept(memory: NoveltyMemory, rows: Int64, settings: NoveltySettings) -> None:
    """Someone says that what these rows live through is normal: it is taken over from the next tick on, in place."""
    memory.lasting[rows] = settings.consolidation_ticks + 1
