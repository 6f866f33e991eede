"""Streams whose sensors fail: nothing sensed for a while, stuck, spiking. The truth goes on meanwhile.

Letters: T ticks, C channels.
"""

from __future__ import annotations

import numpy as np

from plastic_core.tasks.streams.families.contract import Bool, Generator, Stream
from plastic_core.tasks.streams.families.smooth import coupled

SHORTEST, LONGEST = 3, 30
"""Ticks of an outage, and of being stuck."""
SPIKE = 6.0
"""Standard deviations."""


def gaps(generator: Generator, ticks: int, channels: int) -> Stream:
    """Coupled sensors that fall silent in turns; asked: what they would have said, which others may tell."""
    truth = coupled(generator, ticks, channels).truth
    sensed = ~_stretches(generator, ticks, channels, generator.uniform(0.05, 0.3))
    return Stream(truth, ~sensed, sensed)


def faults(generator: Generator, ticks: int, channels: int) -> Stream:
    """Coupled sensors that get stuck or spike; asked: the truth behind what they say then."""
    truth = coupled(generator, ticks, channels).truth
    stuck = _stretches(generator, ticks, channels, generator.uniform(0.02, 0.1))
    spiking = generator.random((ticks, channels)) < generator.uniform(0, 0.04)
    read, height = truth.copy(), SPIKE * truth.std(0)
    for t in range(1, ticks):
        read[t] = np.where(stuck[t], read[t - 1], truth[t])
    read = np.where(spiking, read + height * generator.choice([-1, 1], (ticks, channels)), read)
    return Stream(truth, stuck | spiking, None, read)


def _stretches(generator: Generator, ticks: int, channels: int, share: float) -> Bool:
    """[T, C]: stretches of SHORTEST to LONGEST ticks that cover about this share, each channel's its own."""
    starts = generator.random((ticks, channels)) < 2 * share / (SHORTEST + LONGEST)
    lengths = generator.integers(SHORTEST, LONGEST + 1, (ticks, channels))
    left, covered = np.zeros(channels, np.int64), np.zeros((ticks, channels), np.bool_)
    for t in range(ticks):
        left = np.where(starts[t], np.maximum(left, lengths[t]), left - 1)
        covered[t] = left > 0
    return covered
