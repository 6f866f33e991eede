"""The episodic head: a plastic memory of single moments, which recalls what followed those that were like this one.

Each tick is written once and whole, one-shot and Hebbian: its key is the course up to it, its value what came next. A
key is never stored; for each lag a it is remembered how far apart the course now and the course a ticks ago have been
of late,

    d_a = mean of (x_t - x_{t-a})^2 over the channels sensed now, for a joint head, or of one channel, for an own head
    D_a <- lambda D_a + (1 - lambda) d_a

and each lag weighs by a kernel of that distance, Student's instead of Gauss's, which needs no exponential:

    k_a = (1 + D_a / (8 tau s))^-8            s = spread sqrt(change / (spread + 3 change))

Recalled of each channel is where alike moments went to and, by the last head of either kind, how far they moved,

    recalled = (sum_a k_a x_{t-a+1} + doubt x_t) / (sum_a k_a + doubt)
    moved    = sum_a k_a (x_{t-a+1} - x_{t-a}) / (sum_a k_a + doubt)

so that a stream without alike moments recalls its level, and no movement. s is the stream's own measure of near and
far, from the running mean of d_1 (change: how far it goes in a tick) and of all d_a (spread: how far apart are moments
that have nothing to do with each other): their geometric mean where ticks are fast, half the spread where nothing goes
on from tick to tick. By it a head works at any size of the codes and any pace of the ticks; a fixed s = 1 does as well
where codes vary by about one, and takes all that is much smaller for the same.

A head is a pair (lambda, tau): lambda 0 compares moments alone, .9 courses of some ten ticks. Joint heads know what all
channels did; own heads find alike moments where other channels have nothing to do with this one. It is the method of
analogues (Lorenz 1969, J. Atmos. Sci. 26) as kernel regression (Nadaraya 1964; Watson 1964), and attention to a
stream's own past with nothing trained.

Letters: C rows of the pool, D channels, M lags, J joint heads, O own heads, P of them with lambda above 0, H = J + O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.new_codes import held
from plastic_core.readout import LARGEST_CODE

JOINT, OWN = 0, 1
"""Kinds of heads, as `EpisodeMemory.moved` has them."""

LENGTHS = 64
"""M is a multiple of this: sums over lags are folded in four, in four again, and in four again."""


class EpisodeMemory(NamedTuple):
    """The last M percepts, and how far apart their courses were; arrays of a pool."""

    ring: Float32
    """x, float32[C, D, M]: percepts; that of tick n lies at M - 1 - n % M, so that lags lie in rising order."""
    distance: Float32
    """D, float32[C, J, M]: of lag a at a - 1. Before its birth a stream is taken to have perceived 0."""
    own_distance: Float32
    """float32[C, D, P, M]: the same of the own heads that keep one."""
    change: Float32
    """float32[C]: running mean of d_1, code^2."""
    spread: Float32
    """float32[C]: running mean of d_a over the lags lived through, code^2."""
    own_change: Float32
    """float32[C, D]: the same of each channel alone."""
    own_spread: Float32
    """float32[C, D]."""
    lived: Int64
    """int64[C]: ticks written."""
    recalled: Float32
    """float32[C, D, H]: where moments like the last one went to, codes; joint heads first."""
    moved: Float32
    """float32[C, D, 2]: how far they moved, codes, by the last of the JOINT and of the OWN heads; 0 without one."""


@dataclass(frozen=True)
class EpisodeSettings:
    """What the episodic head compares. A head is (lambda, tau).

    lambda: factor by which a tick of the course fades, in [0, 1). tau: squared distance that counts as near, in units
    of s, above 0.
    """

    joint: tuple[tuple[float, float], ...] = ((0.0, 0.05), (0.6, 0.05), (0.9, 0.15), (0.97, 0.2))
    """Heads that compare all channels."""
    own: tuple[tuple[float, float], ...] = ((0.0, 0.05), (0.8, 0.1))
    """Heads that compare one channel; those with lambda 0 come first, for they keep no distances."""
    length: int = 512
    """M, ticks remembered."""
    horizon_ticks: float = 1000.0
    """Time constant of `change` and `spread`."""
    doubt: float = 0.003
    """Weight of the level beside what is recalled; a perfect match weighs 1."""

    def __post_init__(self) -> None:
        heads = (*self.joint, *self.own)
        lasting = [keep > 0 for keep, _ in self.own]
        ranges = (
            (all(0 <= keep < 1 and tau > 0 for keep, tau in heads), "heads: lambda within [0, 1), tau > 0"),
            (lasting == sorted(lasting), "own heads of lambda 0 come first"),
            (self.length >= LENGTHS and self.length % LENGTHS == 0, f"length: a multiple of {LENGTHS}"),
            (self.horizon_ticks >= 1, "horizon_ticks >= 1"),
            (self.doubt > 0, "doubt > 0"),
        )
        for holds, wanted in ranges:
            if not holds:
                raise ValueError(f"episode settings: {wanted}")

    @property
    def heads(self) -> int:
        """H."""
        return len(self.joint) + len(self.own)

    @property
    def lasting(self) -> int:
        """P."""
        return sum(keep > 0 for keep, _ in self.own)

    @property
    def keep(self) -> Float32:
        """lambda, float32[H]."""
        return np.asarray([keep for keep, _ in (*self.joint, *self.own)], np.float32)

    @property
    def sharpness(self) -> Float32:
        """1 / (8 tau), float32[H]."""
        return np.asarray([1 / (8 * tau) for _, tau in (*self.joint, *self.own)], np.float32)


def initial(count: int, width: int, settings: EpisodeSettings) -> EpisodeMemory:
    """Nothing lived through yet."""
    heads, length = settings.heads, settings.length

    def zeros(*shape: int) -> Float32:
        return np.zeros((count, *shape), np.float32)

    return EpisodeMemory(
        ring=zeros(width, length),
        distance=zeros(len(settings.joint), length),
        own_distance=zeros(width, settings.lasting, length),
        change=zeros(),
        spread=zeros(),
        own_change=zeros(width),
        own_spread=zeros(width),
        lived=np.zeros(count, np.int64),
        recalled=zeros(width, heads),
        moved=zeros(width, 2),
    )


def episodes_in_new_codes(memory: EpisodeMemory, rows: Int64, gain: Float64, offset: Float64) -> dict[str, Float32]:
    """The arrays that change, for `rows`, with codes gain * old + offset, [B, D]; names as in EpisodeMemory.

    Channels never sensed must come with gain 1 and offset 0. What is near stays near for own heads, and for joint ones
    where all channels in use have one gain; otherwise their distances are told by the mean of gain^2, each channel by
    its share in them over the ring. That is true of their mean alone: until courses were compared anew, lags weigh a
    little wrongly.
    """
    past, born = _by_age(memory, rows)
    middle = (past * born).sum(axis=2, keepdims=True) / np.maximum(born.sum(axis=2, keepdims=True), 1)
    apart = ((past - middle) ** 2 * born).sum(axis=2)
    stepped = (np.diff(past, axis=2) ** 2 * born[:, :, 1:]).sum(axis=2)
    wider, faster, squared = _mean_square(gain, apart), _mean_square(gain, stepped), gain * gain
    scale, shift = gain[:, :, None], offset[:, :, None]
    limit, square = LARGEST_CODE, 4 * LARGEST_CODE**2
    told = {
        "ring": (memory.ring[rows] * scale + shift, limit),
        "distance": (memory.distance[rows] * wider[:, None, None], square),
        "own_distance": (memory.own_distance[rows] * squared[:, :, None, None], square),
        "change": (memory.change[rows] * faster, square),
        "spread": (memory.spread[rows] * wider, square),
        "own_change": (memory.own_change[rows] * squared, square),
        "own_spread": (memory.own_spread[rows] * squared, square),
        "recalled": (memory.recalled[rows] * scale + shift, limit),
        "moved": (memory.moved[rows] * scale, 2 * limit),
    }
    return {name: held(values, most) for name, (values, most) in told.items()}


def _by_age(memory: EpisodeMemory, rows: Int64) -> tuple[Float64, Float64]:
    """Percepts [B, D, M], newest first, and 1 where they were lived, [B, 1, M]."""
    length, lived = memory.ring.shape[2], memory.lived[rows]
    age = np.arange(length, dtype=np.int64)
    places: Int64 = (age - lived[:, None]) % length
    past = np.take_along_axis(memory.ring[rows], places[:, None, :], axis=2).astype(np.float64)
    born: Bool = age < lived[:, None]
    return past, born[:, None, :].astype(np.float64)


def _mean_square(gain: Float64, share: Float64) -> Float64:
    """[B]: mean of gain^2 over the channels by their share [B, D]; 1 where no channel has one."""
    total = share.sum(axis=1)
    return np.where(total > 0, (gain * gain * share).sum(axis=1) / np.where(total > 0, total, 1.0), 1.0)
