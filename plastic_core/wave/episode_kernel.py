"""The episodic head's writing and recall, only over the channels in use, compiled. Equations: episodes.py.

Loops over lags are elementwise and sums are folded in a fixed order, so that a stream's bits hang neither on its batch
nor on the machine, and all of it is vectorised.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.compiled import compiled, inlined
from plastic_core.episodes import JOINT, OWN, EpisodeMemory, EpisodeSettings
from plastic_core.wave.contract import Told

SMALLEST_DISTANCE = np.float32(1e-12)
"""Code^2, added to every d_a: a constant stream would end in numbers too small for fast arithmetic."""
SMALLEST_SCALE = np.float32(1e-6)
"""Code^2, added to s: courses a thousandth of a code unit apart are always alike."""
SMALLEST_ROOT = np.float32(1e-3)
"""Of a weight, before it is raised to the eighth power: nothing beside the doubt, and no number too small either."""


class EpisodeRates(NamedTuple):
    """EpisodeSettings as the kernel takes them; keep and sharpness of the joint heads, then of the own ones."""

    keep: Float32
    sharpness: Float32
    joint: int
    lasting: int
    horizon: np.float32
    doubt: np.float32


class Scratch(NamedTuple):
    """What a row of the wave is worked out in."""

    past: Float32
    """float32[D, M + 1]: percepts of the channels, by how many ticks ago."""
    apart: Float32
    """d, float32[M]: of the channel at hand; at last the mean over the channels."""
    total: Float32
    """float32[M]: its sum over the channels sensed."""
    lived: Float32
    """float32[M]: 1 for lags lived through, else 0."""
    passing: Float32
    """float32[M]: distances of a head that keeps none."""
    weights: Float32
    """k, float32[M]."""
    sums: Float32
    """float32[M / 4]."""


def rates_of(settings: EpisodeSettings) -> EpisodeRates:
    """The settings in the kernel's types."""
    return EpisodeRates(
        keep=settings.keep,
        sharpness=settings.sharpness,
        joint=len(settings.joint),
        lasting=settings.lasting,
        horizon=np.float32(settings.horizon_ticks),
        doubt=np.float32(settings.doubt),
    )


@inlined
def folded(left: Float32, right: Float32, sums: Float32) -> np.float32:
    """Sum of products [M], M a multiple of 64, folded in four thrice; sums [M / 4] is scratch.

    Faster over so many than `lanes.dot`, whose lanes wait for each other.
    """
    n = len(sums)
    for k in range(n):
        sums[k] = (left[k] * right[k] + left[k + n] * right[k + n]) + (
            left[k + 2 * n] * right[k + 2 * n] + left[k + 3 * n] * right[k + 3 * n]
        )
    for _ in range(2):
        n //= 4
        for k in range(n):
            sums[k] = (sums[k] + sums[k + n]) + (sums[k + 2 * n] + sums[k + 3 * n])
    total = np.float32(0)
    for k in range(n):
        total += sums[k]
    return total


@inlined
def _by_lag(ring: Float32, newest: int, past: Float32) -> None:
    """Lay a ring [M] out in past [1 .. M]: the percepts 1 .. M ticks ago."""
    recent, older = ring[newest:], ring[:newest]
    ahead, behind = past[1 : 1 + len(recent)], past[1 + len(recent) :]
    for k in range(len(recent)):
        ahead[k] = recent[k]
    for k in range(len(older)):
        behind[k] = older[k]


@inlined
def _measured(
    apart: Float32, lived: Float32, sums: Float32, fresh: np.float32, known: int, change: Float32, spread: Float32
) -> None:
    """Take d [M] into change [1] and spread [1]."""
    change[0] += fresh * (apart[0] - change[0])
    spread[0] += fresh * (folded(apart, lived, sums) / np.float32(known) - spread[0])


@inlined
def _scale(change: Float32, spread: Float32) -> np.float32:
    """Work out s from change [1] and spread [1]."""
    if spread[0] <= np.float32(0):
        return SMALLEST_SCALE
    return spread[0] * np.sqrt(change[0] / (spread[0] + np.float32(3) * change[0])) + SMALLEST_SCALE


@inlined
def _weighed(
    distance: Float32, keep: np.float32, sharpness: np.float32, apart: Float32, lived: Float32, weights: Float32
) -> None:
    """Move distance [M] on by this tick's d [M]; weights [M] become k, 0 where lived [M] is."""
    one = np.float32(1)
    fade = one - keep
    for k in range(len(distance)):
        near = keep * distance[k] + fade * apart[k]  # exact for keep 0 and 1, unlike a step towards d
        distance[k] = near
        root = max(one / (one + near * sharpness), SMALLEST_ROOT)
        root *= root
        root *= root
        weights[k] = root * root * lived[k]


@inlined
def _went(past: Float32, weights: Float32, weight: np.float32, doubt: np.float32, sums: Float32) -> np.float32:
    """Where moments alike went to, of a channel's percepts [M + 1]; weight: of all lags and the doubt."""
    return (folded(weights, past[:-1], sums) + doubt * past[0]) / weight


@inlined
def _moved(
    past: Float32, went: np.float32, weights: Float32, weight: np.float32, doubt: np.float32, sums: Float32
) -> np.float32:
    """By how much they moved: where they went to, less where they were."""
    return went - (folded(weights, past[1:], sums) + doubt * past[0]) / weight


@inlined
def _recall_own(
    r: int,
    c: int,
    sensed: bool,
    fresh: np.float32,
    known: int,
    rates: EpisodeRates,
    memory: EpisodeMemory,
    work: Scratch,
    past: Float32,
) -> None:
    """The own heads of a channel, after `work.apart` was filled with its d."""
    one, zero = np.float32(1), np.float32(0)
    change, spread = memory.own_change[r, c : c + 1], memory.own_spread[r, c : c + 1]
    if sensed and known > 0:
        _measured(work.apart, work.lived, work.sums, fresh, known, change, spread)
    scale = _scale(change, spread)
    heads = len(rates.keep)
    passing = heads - rates.lasting
    for h in range(rates.joint, heads):
        distance, keep = work.passing, zero
        if h >= passing:
            distance = memory.own_distance[r, c, h - passing]
            keep = rates.keep[h] if sensed else one
        _weighed(distance, keep, rates.sharpness[h] / scale, work.apart, work.lived, work.weights)
        weight = folded(work.weights, work.lived, work.sums) + rates.doubt
        went = _went(past, work.weights, weight, rates.doubt, work.sums)
        memory.recalled[r, c, h] = went
        if h == heads - 1:
            memory.moved[r, c, OWN] = _moved(past, went, work.weights, weight, rates.doubt, work.sums)


@compiled
def _scratch(channels: int, length: int) -> Scratch:
    return Scratch(
        np.empty((channels, 1 + length), np.float32),
        np.empty(length, np.float32),
        np.empty(length, np.float32),
        np.empty(length, np.float32),
        np.zeros(length, np.float32),
        np.empty(length, np.float32),
        np.empty(length // 4, np.float32),
    )


@compiled
def recall_rows(told: Told, rates: EpisodeRates, memory: EpisodeMemory) -> None:
    """Take the percept of this tick into memory and recall what followed moments like it, for all rows.

    Of the channels [given, used): the input where one was sensed, else what is imagined, which is remembered but moves
    no distance. Where nothing was sensed the distances stay as they are, so the course before goes on counting; only
    own heads of lambda 0, which have none, compare what is imagined.
    """
    one, zero = np.float32(1), np.float32(0)
    length, most = memory.ring.shape[2], 0
    for b in range(len(told.rows)):
        most = max(most, told.used[b] - told.given[b])
    work = _scratch(most, length)
    apart, total, lived, weights, sums = work.apart, work.total, work.lived, work.weights, work.sums
    for b in range(len(told.rows)):
        r, first, end = told.rows[b], told.given[b], told.used[b]
        ticks = memory.lived[r]
        known, newest = int(min(ticks, length)), (length - ticks % length) % length
        fresh = max(one / np.float32(max(ticks, 1)), one / rates.horizon)
        for k in range(length):
            lived[k] = one if k < known else zero
            total[k] = zero
        sensed = 0
        for c in range(first, end):
            past = work.past[c - first]
            _by_lag(memory.ring[r, c], newest, past)
            x = told.x[b, c] if told.sensed[b, c] else told.mixed[b, c]
            past[0] = x
            memory.ring[r, c, (newest - 1) % length] = x
            for k in range(length):
                apart[k] = (x - past[1 + k]) * (x - past[1 + k]) + SMALLEST_DISTANCE
            if told.sensed[b, c]:
                sensed += 1
                for k in range(length):
                    total[k] += apart[k]
            _recall_own(r, c, told.sensed[b, c], fresh, known, rates, memory, work, past)
        memory.lived[r] = ticks + 1
        share = one / np.float32(max(sensed, 1))
        for k in range(length):
            apart[k] = total[k] * share
        change, spread = memory.change[r : r + 1], memory.spread[r : r + 1]
        if sensed > 0 and known > 0:
            _measured(apart, lived, sums, fresh, known, change, spread)
        scale = _scale(change, spread)
        for h in range(rates.joint):
            keep = rates.keep[h] if sensed > 0 else one
            _weighed(memory.distance[r, h], keep, rates.sharpness[h] / scale, apart, lived, weights)
            weight = folded(weights, lived, sums) + rates.doubt
            for c in range(first, end):
                past = work.past[c - first]
                went = _went(past, weights, weight, rates.doubt, sums)
                memory.recalled[r, c, h] = went
                if h == rates.joint - 1:
                    memory.moved[r, c, JOINT] = _moved(past, went, weights, weight, rates.doubt, sums)
