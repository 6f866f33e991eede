"""The clock head: a plastic memory keyed by the time of day, which recalls what a channel is like at an hour.

The day is a circle of K places, K = `places`. A moment between two places has the key k with the shares of these two,
and the memory H of a channel learns by the error-modulated (delta) rule (Widrow and Hoff 1960),

    H <- H + rate (x - H.k) k / |k|^2

where rate shrinks with the visits of a place, to `rate` a visit: at first the mean of the days, later of the last few.
Recalled is H.k at the moment of the next tick. A place is visited for as long as the hand stands there, however many
ticks that brings; so days are remembered alike at a second and at an hour between ticks.

Letters: B streams, C rows of the pool, D channels, K places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Float64, Int64

NEVER = 1e18
"""Later than any time: no tick had one yet."""


class ClockMemory(NamedTuple):
    """What is remembered of days, and when it was; arrays of a pool."""

    profile: Float32
    """H, float32[C, D, K]."""
    visits: Float32
    """float32[C, D, K]: how often each place was visited, in whole passages of the hand; 0: never."""
    moment: Float64
    """float64[C]: time of the last tick that had one, seconds; NEVER before."""
    interval: Float64
    """float64[C]: the last positive time between ticks, seconds; 0 before."""


@dataclass(frozen=True)
class ClockSettings:
    """How the clock head learns."""

    period_s: float = 86_400.0
    """One turn of the hand."""
    places: int = 24
    """K."""
    rate: float = 0.1
    """Share of its error that a place removes in one visit, after the first 1 / rate."""

    def __post_init__(self) -> None:
        if not (self.period_s > 0 and self.places >= 2 and 0 < self.rate <= 1):
            raise ValueError("clock settings: period_s > 0, places >= 2, rate within (0, 1]")


class Hands(NamedTuple):
    """What the clock says of a wave, and where its hand stands."""

    moment: Float64
    """float64[B]: time of this tick, seconds; NaN where unknown."""
    interval: Float64
    """float64[B]: the last positive time between ticks, this one included, seconds; 0 before there is one."""
    now: Float64
    """float64[B] in [0, K): at this tick; -1 where no time is known."""
    ahead: Float64
    """float64[B] in [0, K): at the next tick, if it comes after the same interval; -1 where that is not known."""
    share: Float32
    """float32[B] in [0, 1]: the part of a visit that lies between the last tick and this one."""


def initial(count: int, width: int, settings: ClockSettings) -> ClockMemory:
    """No day lived through yet."""
    shape = (count, width, settings.places)
    return ClockMemory(np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.full(count, NEVER), np.zeros(count))


def looked_at(memory: ClockMemory, rows: Int64, times: Float64, settings: ClockSettings) -> Hands:
    """The clock at a tick of rows [B], times float64[B] (NaN: unknown); changes nothing.

    The next tick is taken to come after the same interval.
    """
    passed = times - memory.moment[rows]
    interval = np.where(passed > 0, passed, memory.interval[rows])
    known, place_s = np.isfinite(times), settings.period_s / settings.places
    now = _turned(np.where(known, times, 0.0), settings)
    ahead = _turned(np.where(known, times + interval, 0.0), settings)
    share = np.minimum(interval / place_s, 1.0).astype(np.float32)
    return Hands(
        times,
        interval,
        np.where(known, now, -1.0),
        np.where(known & (interval > 0), ahead, -1.0),
        np.where(interval > 0, share, np.float32(1)),
    )


def keep(memory: ClockMemory, rows: Int64, hands: Hands) -> None:
    """The tick is over: remember when it was, in place."""
    memory.interval[rows] = hands.interval
    memory.moment[rows] = np.where(np.isfinite(hands.moment), hands.moment, memory.moment[rows])


def _turned(seconds: Float64, settings: ClockSettings) -> Float64:
    """Position of the hand in [0, K)."""
    turn = np.mod(seconds, settings.period_s) / settings.period_s * settings.places
    return np.where(turn < settings.places, turn, 0.0)
