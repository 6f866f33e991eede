"""Faults injected into clean readings: noise, drop-outs, stuck and spiking sensors, each drawn from a seed.

Letters: T ticks, C channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plastic_core.state import Bool, Float64

SOUND, DROPPED, STUCK, SPIKING = range(4)
"""What is wrong with a reading; noise is on all of them and is no fault of one."""
WORDS = {DROPPED: "dropped", STUCK: "stuck", SPIKING: "spiking"}
KINDS = ("noise", "drop-outs", "stuck", "spikes", "together")
GAP_TICKS = 4.0
"""Mean length of a drop-out; lengths are geometric."""
HELD_TICKS = (6, 24)
"""Shortest and longest time for which a stuck sensor repeats its last sound reading."""
SPIKE_SIZES = (4.0, 8.0)
"""Smallest and largest height of a spike, in standard deviations of its channel; either sign, one tick long."""

Kinds = npt.NDArray[np.int8]
Int64 = npt.NDArray[np.int64]
Generator = np.random.Generator


@dataclass(frozen=True)
class Faulty:
    """A stream after its sensors were spoilt."""

    values: Float64
    """float64[T, C]: what the sensors say, NaN where they are silent."""
    kinds: Kinds
    """int8[T, C]: what is wrong with each reading."""


def spoilt(clean: Float64, spread: Float64, kind: str, rate: float, seed: int) -> Faulty:
    """Clean readings [T, C], all finite, with faults of one of KINDS.

    spread: float64[C], a channel's standard deviation. rate, in [0, 0.5]: share of all readings that are dropped, stuck
    or spiking, in runs that fall at random; of noise, its variance as a share of the channel's. "together" splits the
    rate evenly over all four.
    """
    if kind not in KINDS or not 0 <= rate <= 0.5:
        raise ValueError(f"faults are of {', '.join(KINDS)} and their rate within [0, 0.5]")
    generator = np.random.Generator(np.random.PCG64(seed))
    chosen = KINDS[:-1] if kind == KINDS[-1] else (kind,)
    share = rate / len(chosen)
    values, kinds = clean.copy(), np.zeros(clean.shape, np.int8)
    if "noise" in chosen:
        values += generator.normal(0.0, 1.0, clean.shape) * (np.sqrt(share) * spread)
    if "stuck" in chosen:
        _hold(values, kinds, share, generator)
    if "spikes" in chosen:
        _spike(values, kinds, spread, share, generator)
    if "drop-outs" in chosen:
        _drop(values, kinds, share, generator)
    return Faulty(values, kinds)


def _hold(values: Float64, kinds: Kinds, share: float, generator: Generator) -> None:
    """Runs that repeat the reading before them, in place."""

    def lengths() -> int:
        return int(generator.integers(*HELD_TICKS, endpoint=True))

    for channel in range(values.shape[1]):
        for start, end in _runs(kinds[:, channel] != SOUND, share, lengths, generator):
            values[start:end, channel] = values[start - 1, channel]
            kinds[start:end, channel] = STUCK


def _spike(values: Float64, kinds: Kinds, spread: Float64, share: float, generator: Generator) -> None:
    """Single readings far off, in place."""
    for channel in range(values.shape[1]):
        for start, end in _runs(kinds[:, channel] != SOUND, share, lambda: 1, generator):
            height = generator.uniform(*SPIKE_SIZES) * (1 if generator.random() < 0.5 else -1)
            values[start:end, channel] += height * spread[channel]
            kinds[start:end, channel] = SPIKING


def _drop(values: Float64, kinds: Kinds, share: float, generator: Generator) -> None:
    """Runs without a reading, in place."""

    def lengths() -> int:
        return int(generator.geometric(1.0 / GAP_TICKS))

    for channel in range(values.shape[1]):
        for start, end in _runs(kinds[:, channel] != SOUND, share, lengths, generator):
            values[start:end, channel] = np.nan
            kinds[start:end, channel] = DROPPED


def _runs(taken: Bool, share: float, lengths: Callable[[], int], generator: Generator) -> list[tuple[int, int]]:
    """(start, end) of runs that cover a share of T ticks, never beside each other nor beside ticks already taken.

    Fewer where there is no room left: each run is tried a hundred times.
    """
    free = ~taken
    free[:1] = False
    wanted, found = round(share * len(taken)), list[tuple[int, int]]()
    while wanted > 0:
        length = min(lengths(), wanted)
        for _ in range(100):
            start = int(generator.integers(1, max(len(taken) - length, 2)))
            if free[max(start - 1, 1) : start + length + 1].all():
                found.append((start, start + length))
                free[start : start + length] = False
                break
        else:
            return found
        wanted -= length
    return found
