"""A stream of events, a cue and its outcome in one tick, of which some turn out to matter later.

Letters: T ticks, D code channels, P pairs of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.state import Float32, Int64

CHANNELS = 64
"""D of cues and of outcomes."""
PAIRS = 8
"""P, pairs of each kind."""
KINDS = ("rewarded", "unrewarded", "surprising")
"""A reward follows, nothing follows, or the event itself was not foreseen; surprising pairs come SHOCKS times."""
REPEATS = 12
"""How often each rewarded and unrewarded pair comes."""
SHOCKS = 2
GAP = 60
"""Ticks from one pair to the next."""
DISTRACTION = 0.25
"""Chance that a tick without a pair brings another event, of which none comes twice."""
NOISE = 0.1
"""Length of what is added to each code, whose own length is 1."""
SHOCK_SIGMAS = 8.0
ALIKE = 0.5
"""Share of an old cue in each cue of what interferes."""


@dataclass(frozen=True)
class Pairs:
    """Cues and outcomes of one kind: unit codes, float32[P, D] each."""

    cues: Float32
    outcomes: Float32


@dataclass(frozen=True)
class Life:
    """T ticks: codes, float32[T, D], zeros where nothing came, and what drives modulation, float32[T] each."""

    cues: Float32
    outcomes: Float32
    surprise: Float32
    """Sigmas; about 1 while all is as expected."""
    reward: Float32


@dataclass(frozen=True)
class World:
    """What one seed lives through: pairs by kind, the life that teaches them, and one that interferes."""

    pairs: dict[str, Pairs]
    taught: Life
    interfering: Life


def world(seed: int, delay: int) -> World:
    """delay: ticks from a rewarded pair to its reward, below GAP."""
    generator = np.random.Generator(np.random.PCG64(seed))
    pairs = {kind: Pairs(_codes(generator, PAIRS), _codes(generator, PAIRS)) for kind in KINDS}
    taught = _life(generator, pairs, delay)
    others = {kind: Pairs(_alike(generator, of.cues), _codes(generator, PAIRS)) for kind, of in pairs.items()}
    return World(pairs, taught, _life(generator, others, delay))


def _life(generator: np.random.Generator, pairs: dict[str, Pairs], delay: int) -> Life:
    order = _order(generator)
    ticks = len(order) * GAP
    cues, outcomes = np.zeros((ticks, CHANNELS), np.float32), np.zeros((ticks, CHANNELS), np.float32)
    elsewhere = np.flatnonzero(generator.random(ticks) < DISTRACTION)
    cues[elsewhere], outcomes[elsewhere] = _codes(generator, len(elsewhere)), _codes(generator, len(elsewhere))
    surprise = np.abs(generator.normal(0.0, 1.0, ticks)).astype(np.float32)
    reward = np.zeros(ticks, np.float32)
    for number, (kind, place) in enumerate(order):
        tick = number * GAP
        cues[tick] = _noisy(generator, pairs[kind].cues[place])
        outcomes[tick] = _noisy(generator, pairs[kind].outcomes[place])
        if kind == "rewarded":
            reward[tick + delay] = 1.0
        if kind == "surprising":
            surprise[tick] = SHOCK_SIGMAS
    return Life(cues, outcomes, surprise, reward)


def _order(generator: np.random.Generator) -> list[tuple[str, int]]:
    """Kind and number of each pair, shuffled."""
    times = {"rewarded": REPEATS, "unrewarded": REPEATS, "surprising": SHOCKS}
    told = [(kind, place) for kind in KINDS for place in range(PAIRS) for _ in range(times[kind])]
    shuffled: Int64 = generator.permutation(len(told))
    return [told[number] for number in shuffled.tolist()]


def _codes(generator: np.random.Generator, count: int) -> Float32:
    """float32[count, D]: directions drawn from all alike, length 1."""
    drawn = generator.normal(0.0, 1.0, (count, CHANNELS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def _alike(generator: np.random.Generator, codes: Float32) -> Float32:
    """New codes that point to ALIKE where the old ones do: similar cues, other outcomes."""
    return (ALIKE * codes + (1 - ALIKE**2) ** 0.5 * _codes(generator, len(codes))).astype(np.float32)


def _noisy(generator: np.random.Generator, code: Float32) -> Float32:
    return (code + NOISE * _codes(generator, 1)[0]).astype(np.float32)
