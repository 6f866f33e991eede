"""Chaotic maps and flows: short memory, but nothing that is linear predicts them.

Letters: T ticks, C channels, K copies of a system.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from plastic_core.tasks.streams.families.contract import Float64, Generator, Stream, plain

SETTLING = 100
"""Ticks before the first, on the way to the attractor."""
SMALLEST_SCALE = 1e-9
"""Of a coordinate that came to rest."""
NOISE = 0.01
"""Of the sensors, in standard deviations."""
ESCAPED = 1e3
"""A state beyond this left the attractor: it starts again."""


def chaotic(generator: Generator, ticks: int, channels: int) -> Stream:
    """Logistic or Hénon maps, or Lorenz' flow, sampled; systems of one kind, all coordinates as channels."""
    made = SYSTEMS[int(generator.integers(len(SYSTEMS)))](generator, ticks, channels)
    unit = (made - made.mean(0)) / (made.std(0) + SMALLEST_SCALE)
    white: Float64 = generator.standard_normal((ticks, channels))
    return plain(unit + NOISE * white)


def logistic(generator: Generator, ticks: int, channels: int) -> Float64:
    """One map a channel, x <- r x (1 - x), r in the chaotic range (May 1976)."""
    r = generator.uniform(3.6, 4.0, (channels, 1))
    return _lived(lambda x: r * x * (1 - x), generator.uniform(0.2, 0.8, (channels, 1)), ticks, channels)


def henon(generator: Generator, ticks: int, channels: int) -> Float64:
    """(x, y) <- (1 - a x^2 + y, b x), two channels a map (Hénon 1976)."""
    copies = -(-channels // 2)
    a, b = generator.uniform(1.2, 1.4, copies), generator.uniform(0.25, 0.3, copies)

    def step(state: Float64) -> Float64:
        x, y = state.T
        return np.stack([1 - a * x * x + y, b * x], 1)

    return _lived(step, generator.uniform(-0.1, 0.1, (copies, 2)), ticks, channels)


def lorenz(generator: Generator, ticks: int, channels: int) -> Float64:
    """Lorenz' flow (1963), three channels a system, a reading every .05 to .15 of its time."""
    copies, pace = -(-channels // 3), generator.uniform(0.05, 0.15)
    inner = 12

    def slope(state: Float64) -> Float64:
        x, y, z = state.T
        return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], 1)

    def step(state: Float64) -> Float64:
        for _ in range(inner):  # midpoint rule
            state = state + pace / inner * slope(state + pace / inner / 2 * slope(state))
        return state

    start = generator.uniform(-1, 1, (copies, 3))
    start[:, 2] += 25
    return _lived(step, start, ticks, channels)


def _lived(step: Callable[[Float64], Float64], state: Float64, ticks: int, channels: int) -> Float64:
    """[T, C]: the coordinates of K systems, state [K, coordinates], those beyond C left out."""
    start, rows = state, list[Float64]()
    for _ in range(ticks + SETTLING):
        state = step(state)
        state = np.where((np.abs(state) < ESCAPED).all(1, keepdims=True), state, start)
        rows.append(state.ravel()[:channels])
    return np.array(rows[SETTLING:])


SYSTEMS: tuple[Callable[[Generator, int, int], Float64], ...] = (logistic, henon, lorenz)
