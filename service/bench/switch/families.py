"""Families of laws by which several channels move on together; one draw is one regime.

A law says what the next values should be, from the last two rows: the oracle's answer, which nobody can better, since
what is added to it is white noise. Values are near one in size, in every regime.

Letters: C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from plastic_core.state import Float64

CHANNELS = 4
NOISE = 0.3
"""Standard deviation of what is added to each channel at each tick."""
LONGEST_ROOT = 0.97
"""No law rings longer than this many shares of the amplitude a tick."""

Law = Callable[[Float64, Float64], Float64]
"""(last row, the one before), float64[C] each -> the expected next row, float64[C]."""
Family = Callable[[np.random.Generator], Law]


def oscillators(generator: np.random.Generator) -> Law:
    """Each channel swings with a period of its own and is pulled by the others: vector AR(2).

    Periods within [4, 24] ticks, damping within [.85, .95] a tick, couplings within [-.4, .4]; drawn anew until the
    largest root is no longer than LONGEST_ROOT.
    """
    while True:
        damping = generator.uniform(0.85, 0.95, CHANNELS)
        turn = 2 * np.pi / generator.uniform(4.0, 24.0, CHANNELS)
        near = np.diag(2 * damping * np.cos(turn)) + _couplings(generator, 0.4)
        far = np.diag(-(damping**2))
        if _longest_root(near, far) <= LONGEST_ROOT:
            return _linear(near, far)


def coupling(generator: np.random.Generator) -> Law:
    """Two channels move the same way in every regime; how, and in which sense, they move the other two changes.

    The followers' own past says little: what a regime is shows only across channels.
    """
    near, far = np.zeros((CHANNELS, CHANNELS)), np.zeros((CHANNELS, CHANNELS))
    for leader, period in ((0, 7.0), (1, 17.0)):
        near[leader, leader], far[leader, leader] = 2 * 0.9 * np.cos(2 * np.pi / period), -(0.9**2)
    for follower in (2, 3):
        near[follower, follower] = 0.3
        near[follower, :2] = generator.choice((-1.0, 1.0), 2) * generator.uniform(0.4, 0.9, 2)
    return _linear(near, far)


def maps(generator: np.random.Generator) -> Law:
    """A nonlinear map: each channel is a bent mixture of all, which no weights on the last rows can say."""
    mixing = generator.normal(0.0, 1.0, (CHANNELS, CHANNELS))
    shift = generator.uniform(-1.0, 1.0, CHANNELS)
    keep = generator.uniform(-0.3, 0.3, CHANNELS)
    return lambda last, _before: keep * last + 1.2 * np.tanh(mixing @ last + shift)


def _couplings(generator: np.random.Generator, size: float) -> Float64:
    drawn = generator.uniform(-size, size, (CHANNELS, CHANNELS))
    np.fill_diagonal(drawn, 0.0)
    return drawn


def _linear(near: Float64, far: Float64) -> Law:
    return lambda last, before: near @ last + far @ before


def _longest_root(near: Float64, far: Float64) -> float:
    """Largest modulus of the eigenvalues of the companion matrix."""
    size = len(near)
    companion = np.block([[near, far], [np.eye(size), np.zeros((size, size))]])
    return float(np.abs(np.linalg.eigvals(companion)).max())


FAMILIES: Mapping[str, Family] = MappingProxyType({"oscillators": oscillators, "coupling": coupling, "maps": maps})
"""Name -> family; a new family is one function and one line here."""
