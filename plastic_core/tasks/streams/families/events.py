"""Streams made of events: bursts, counters, categories.

Letters: T ticks, C channels, S states.
"""

from __future__ import annotations

import numpy as np

from plastic_core.tasks.streams.families.contract import Generator, Stream, plain
from plastic_core.tasks.streams.families.smooth import noise, waves


def bursty(generator: Generator, ticks: int, channels: int) -> Stream:
    """Silence, and now and then a burst of the stream's own shape, in all channels, larger or smaller."""
    length = int(generator.integers(6, 30))
    age = np.arange(length)[:, None]
    decay = np.exp(-age / generator.uniform(1.5, length / 2, channels))
    shape = generator.standard_normal(channels) * decay * np.cos(age * generator.uniform(0, 2, channels))
    starts = generator.random(ticks + length) < 1 / generator.uniform(1.5 * length, 4 * length)
    sizes = np.where(starts, generator.uniform(0.5, 1.5, len(starts)), 0)
    told = np.stack([np.convolve(sizes, shape[:, c])[length : length + ticks] for c in range(channels)], 1)
    return plain(told + 0.3 * noise(generator, ticks, channels))


def counters(generator: Generator, ticks: int, channels: int) -> Stream:
    """What was counted since the last tick: Poisson numbers whose rate goes with periods that channels share."""
    base = np.exp(generator.uniform(np.log(0.5), np.log(30), channels))
    rate = base * np.exp(0.7 * waves(generator, ticks, channels))
    return plain(np.sqrt(generator.poisson(np.minimum(rate, 1e6))))  # the root makes the noise the same at every rate


def categories(generator: Generator, ticks: int, channels: int) -> Stream:
    """One state at a time, a channel each, that follows from the last one or two states by chance (Markov)."""
    states = max(channels, 2)
    order = int(generator.integers(1, 3))
    sharp = generator.uniform(0.5, 3.0)
    chances = np.exp(sharp * generator.standard_normal((states,) * (order + 1)))
    ladder = np.cumsum(chances / chances.sum(-1, keepdims=True), -1)
    past, told = (0,) * order, np.zeros((ticks, states))
    for t, luck in enumerate(generator.random(ticks)):
        state = min(int((ladder[past] < luck).sum()), states - 1)
        told[t, state], past = 1, (*past[1:], state)
    return plain(told[:, :channels])
