"""Streams that a few lags or a clock explain: periodic, coupled, drifting.

Letters: T ticks, C channels.
"""

from __future__ import annotations

import math

import numpy as np

from plastic_core.tasks.streams.families.contract import Float64, Generator, Stream, plain

SHORTEST, LONGEST = 4.0, 64.0
"""Periods, ticks."""


def periodic(generator: Generator, ticks: int, channels: int) -> Stream:
    """One to three periods shared by all channels, each channel with phases and a shape of its own, and noise."""
    return plain(waves(generator, ticks, channels) + noise(generator, ticks, channels))


def waves(generator: Generator, ticks: int, channels: int) -> Float64:
    """The clean part of `periodic`: sines, some of them squeezed towards a square wave."""
    count = int(generator.integers(1, 4))
    periods = np.exp(generator.uniform(np.log(SHORTEST), np.log(LONGEST), count))
    phases = generator.uniform(0, 2 * np.pi, (count, channels))
    sizes = generator.uniform(0.2, 1.0, (count, channels))
    squeeze = np.exp(generator.uniform(-1, 1.5, (count, channels)))
    turns = 2 * np.pi * np.arange(ticks)[:, None, None] / periods[:, None] + phases
    return (sizes * np.tanh(squeeze * np.sin(turns)) / np.tanh(squeeze)).sum(1)


def noise(generator: Generator, ticks: int, channels: int) -> Float64:
    """White, of a size between .02 and .3, one for the stream."""
    white: Float64 = generator.standard_normal((ticks, channels))
    return math.exp(generator.uniform(math.log(0.02), math.log(0.3))) * white


def coupled(generator: Generator, ticks: int, channels: int) -> Stream:
    """Sensors of one machine: each reads a mix of few hidden processes, up to three ticks late, with noise."""
    return plain(readings(generator, ticks, channels))


def readings(generator: Generator, ticks: int, channels: int) -> Float64:
    """See `coupled`: more sensors than hidden processes, so that one sensor tells of another."""
    causes = max(1, channels // 3)
    late = int(generator.integers(1, 4))
    hidden = oscillators(generator, ticks + late, causes)
    delays = generator.integers(0, late + 1, channels)
    loads = generator.standard_normal((channels, causes))
    rows = np.arange(ticks)[:, None] + late - delays
    return (hidden[rows] * loads).sum(2) + noise(generator, ticks, channels)


def oscillators(generator: Generator, ticks: int, count: int) -> Float64:
    """[T, count]: autoregressions of second order with a damped rotation each, driven by noise, about unit."""
    radius = generator.uniform(0.8, 0.99, count)
    turn = 2 * np.pi / np.exp(generator.uniform(np.log(5), np.log(80), count))
    first, second = 2 * radius * np.cos(turn), -radius * radius
    return autoregression(first, second, generator.standard_normal((ticks + 100, count)))[100:]


def autoregression(first: Float64, second: Float64, pushes: Float64) -> Float64:
    """y_t = first y_{t-1} + second y_{t-2} + pushes_t, [T, C], scaled to a standard deviation of one."""
    told = np.zeros((len(pushes) + 2, pushes.shape[1]))
    for t, push in enumerate(pushes):
        told[t + 2] = first * told[t + 1] + second * told[t] + push
    return told[2:] / (told[2:].std(0) + 1e-9)


def drifting(generator: Generator, ticks: int, channels: int) -> Stream:
    """A periodic or coupled stream whose offset wanders and whose gain slowly changes."""
    made = readings if generator.random() < 0.5 else waves
    steps = generator.standard_normal((ticks, channels)) * generator.uniform(0.2, 2.0, channels) / ticks**0.5
    trend = generator.standard_normal(channels) * np.linspace(0, 2, ticks)[:, None]
    gain = np.exp(np.cumsum(generator.standard_normal((ticks, channels)), 0) * 0.5 / ticks**0.5)
    return plain(gain * made(generator, ticks, channels) + np.cumsum(steps, 0) + trend)
