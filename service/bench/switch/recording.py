"""A stream whose regimes come, go and return, with the truth about them.

Letters: T ticks, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plastic_core.state import Float64
from service.bench.switch.families import CHANNELS, NOISE, Family

REGIMES = 3


@dataclass(frozen=True)
class Visit:
    """A stay in one regime: ticks [start, stop)."""

    start: int
    stop: int
    regime: int
    returned: bool
    """The regime was here before."""


@dataclass(frozen=True)
class Recording:
    """Rows, in units of their own for each channel, and what the oracle knew before each."""

    values: Float64
    """float64[T, C]."""
    oracle: Float64
    """float64[T, C]: the expectation of who knows the regime and its law."""
    noise: Float64
    """float64[C]: standard deviation of what remains: the oracle's error."""
    visits: tuple[Visit, ...]

    def excess(self, expected: Float64, *, blank: float = 0.0) -> Float64:
        """float64[T]: expected squared error above the oracle's, in units of the oracle's; the mean of the channels.

        expected: float64[T, C], of each row before it came; NaN is read as `blank`. No sampling error: given the past,
        E (x - p)^2 = noise^2 + (p - oracle)^2 exactly.
        """
        told = np.where(np.isfinite(expected), expected, blank)
        return (((told - self.oracle) / self.noise) ** 2).mean(axis=1)


def recorded(family: Family, *, seed: int, cycles: int, ticks: int) -> Recording:
    """REGIMES laws of a family in turn, A B C A B C ..., `cycles` times, and A once more.

    ticks: length of a visit; each is between 3/4 and 5/4 of it.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    laws = [family(generator) for _ in range(REGIMES)]
    visits = _visits(generator, cycles * REGIMES + 1, ticks)
    total = visits[-1].stop
    rows, oracle = np.zeros((total, CHANNELS)), np.zeros((total, CHANNELS))
    added = generator.normal(0.0, NOISE, (total, CHANNELS))
    last = before = np.zeros(CHANNELS)
    for visit in visits:
        for tick in range(visit.start, visit.stop):
            oracle[tick] = laws[visit.regime](last, before)
            rows[tick] = oracle[tick] + added[tick]
            last, before = rows[tick], last
    gain, offset = np.exp(generator.uniform(-3.0, 6.0, CHANNELS)), generator.uniform(-5.0, 5.0, CHANNELS)
    return Recording((rows + offset) * gain, (oracle + offset) * gain, NOISE * gain, visits)


def _visits(generator: np.random.Generator, count: int, ticks: int) -> tuple[Visit, ...]:
    lengths: Sequence[int] = generator.integers(ticks * 3 // 4, ticks * 5 // 4 + 1, count).tolist()
    found: list[Visit] = []
    start = 0
    for number, length in enumerate(lengths):
        found.append(Visit(start, start + length, number % REGIMES, number >= REGIMES))
        start += length
    return tuple(found)
