"""A number by its rank among those that the stream sent first: equally many fall on each part of the code.

code = sqrt(3) (2 rank - 1) between the lowest and highest of them, mean 0 and deviation 1

For skewed and heavy-tailed values, whose few large ones would leave a scalar no room for the many small ones. The rank
runs linearly between KNOTS quantiles; values that came often hold the middle of their ranks. Beyond the ends the code
goes on linearly, a range of the values for each 2 sqrt(3), up to 8.

A map by ranks can only be replaced by an affine one with loss, and what the network has learned must stay true. So
the ranks are set once, after `warm_up` values, and hold for life; until then the code is that of `scalar`. Where the
one goes over into the other, `translation` tells the line through the quartiles: right for the middle of the values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.number import read_numbers
from encoders.codes.scalar import LARGEST, OPENING, REACH, TINIEST, ScalarEncoder
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

Int64 = npt.NDArray[np.int64]

KNOTS = 33
"""Quantiles kept: a rank is told to 1/32 whatever the values between are like."""

_LAST = KNOTS - 1
_HALF = math.sqrt(3.0)
"""The code of the highest value seen while warming up."""
_OPENED = ScalarEncoder()


class QuantileConfig(BaseModel):
    """How much is seen before ranks are given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warm_up: int = Field(default=64, ge=KNOTS, le=1024)
    """Values after which the ranks are set for life; the state holds so many."""


class QuantileEncoder:
    """See NumberEncoder and Rescaled. Values: int, float, and numbers as text; |value| <= LARGEST.

    A value beyond the coded range comes back as the end of that range. The field `ranked` of the state is 1 once the
    ranks are set.
    """

    name = "quantile"
    width = 1
    decodes: Decodes = "value"

    def __init__(self, **config: Any) -> None:
        self.config = QuantileConfig(**config)
        self.state_dtype: np.dtype[Any] = np.dtype(
            [
                ("version", "<i4"),
                ("ranked", "<i4"),
                ("count", "<i8"),
                ("opened", _OPENED.state_dtype),
                ("knots", "<f8", (KNOTS,)),
                ("kept", "<f8", (self.config.warm_up,)),
            ]
        )

    def initial(self, count: int) -> State:
        """See Encoder."""
        state: State = np.zeros(count, dtype=self.state_dtype)
        state["opened"] = _OPENED.initial(count)
        return state

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder."""
        return read_numbers(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = np.abs(numbers) <= LARGEST
        ranked = state["ranked"] > 0
        opened = _OPENED.encode_numbers(np.where(ranked, np.nan, numbers), state["opened"])
        codes = opened.codes
        if ranked.any():
            known = np.where(sensed, numbers, state["knots"][:, 0])
            by_rank = np.where(sensed, _codes(known, state["knots"]), 0.0).astype(np.float32)
            codes = np.where(ranked, by_rank, codes[:, 0])[:, None]
        warming = sensed & ~ranked
        after = state.copy()
        after["version"] = np.where(warming, opened.state["version"], state["version"])
        after["opened"] = opened.state
        done = self._kept(after, numbers, np.flatnonzero(warming))
        after["version"][done] = state["version"][done] + 1
        return Encoded(codes, sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder."""
        by_rank = _values(np.clip(codes[:, 0].astype(np.float64), -REACH, REACH), state["knots"])
        return np.where(state["ranked"] > 0, by_rank, _OPENED.decode_numbers(codes, state["opened"]))

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range."""
        values = self.decode_numbers(codes, state).astype(np.object_)
        values[state["version"] == 0] = None
        return Decoded(values, _OPENED.decode(codes, state["opened"]).confidence)

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: around the median, by half of the values that are nearest to it."""
        wide = deviation[:, 0].astype(np.float64) * self._usual_slope(state)
        return np.where(state["ranked"] > 0, wide, _OPENED.spread(deviation, state["opened"]))

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder: around the median, at most the coded range."""
        by_rank = np.minimum(usable_sigma(sigma) / self._usual_slope(state), REACH)
        opened = _OPENED.noise(sigma, state["opened"])
        return np.where(state["ranked"] > 0, by_rank.astype(np.float32), opened[:, 0])[:, None]

    def resolution(self, state: State) -> Float64:
        """See Encoder: where the values lie furthest apart; holds within the coded range."""
        knots = state["knots"]
        steepest = np.maximum((knots[:, 1:] - knots[:, :-1]).max(axis=1) * _LAST, _span(knots)) / (2.0 * _HALF)
        ends = np.maximum(np.abs(knots[:, 0]), np.abs(knots[:, -1])) + 3.0 * _span(knots)
        by_rank = steepest * 2.0**-21 + ends * 2.0**-50
        return np.where(state["ranked"] > 0, by_rank, _OPENED.resolution(state["opened"]))

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled: exact but for the one time when ranks are set."""
        gain, offset = _OPENED.translation(old["opened"], new["opened"])
        set_now = ((old["ranked"] != new["ranked"]) & (old["version"] > 0))[:, None]
        if not set_now.any():
            return gain, offset
        below, above = _quartiles(new["knots"])
        slope = (_codes(above, new["knots"]) - _codes(below, new["knots"])) / (above - below)
        level = _codes(below, new["knots"]) + slope * (old["opened"]["center"] - below)
        steep = np.clip(slope * old["opened"]["scale"], 0.0, LARGEST)
        return np.where(set_now, steep[:, None], gain), np.where(
            set_now, np.clip(level, -LARGEST, LARGEST)[:, None], offset
        )

    def _kept(self, after: State, numbers: Float64, rows: Int64) -> Int64:
        """Keep the values of these rows, and set the ranks of those that have enough, which it gives; in place."""
        after["kept"][rows, after["count"][rows]] = numbers[rows]
        after["count"][rows] += 1
        done = rows[after["count"][rows] == self.config.warm_up]
        if done.size:
            after["knots"][done] = _quantiles(np.sort(after["kept"][done], axis=1))
            after["ranked"][done] = 1
            after["kept"][done] = 0.0
        return done

    def _usual_slope(self, state: State) -> Float64:
        """Value per code between the quartiles."""
        below, above = _quartiles(state["knots"])
        return np.maximum((above - below) / _HALF, _span(state["knots"]) * 1e-9)


def _quantiles(ordered: Float64) -> Float64:
    """float64[B, KNOTS], evenly spaced in rank, of float64[B, n] in order."""
    place = np.arange(KNOTS) * ((ordered.shape[1] - 1) / _LAST)
    low = np.minimum(np.floor(place).astype(np.int64), ordered.shape[1] - 2)
    return ordered[:, low] + (place - low) * (ordered[:, low + 1] - ordered[:, low])


def _codes(values: Float64, knots: Float64) -> Float64:
    """The equation: codes of finite numbers."""
    rows = np.arange(len(values))
    below: Int64 = np.count_nonzero(knots < values[:, None], axis=1)
    passed: Int64 = np.count_nonzero(knots <= values[:, None], axis=1)
    left = np.clip(passed - 1, 0, _LAST - 1)
    start, end = knots[rows, left], knots[rows, left + 1]
    with np.errstate(over="ignore"):
        between = left + (values - start) / np.where(end > start, end - start, 1.0)
        rank = np.where(passed > below, 0.5 * (below + passed - 1), between)
        inside = _HALF * (2.0 * rank / _LAST - 1.0)
        lower, upper = knots[:, 0] - values, values - knots[:, -1]
        beyond = _HALF * (1.0 + 2.0 * np.maximum(lower, upper) / _span(knots))
    return np.clip(np.where(lower > 0.0, -beyond, np.where(upper > 0.0, beyond, inside)), -REACH, REACH)


def _values(codes: Float64, knots: Float64) -> Float64:
    """Its inverse."""
    rows = np.arange(len(codes))
    rank = np.clip(0.5 * (codes / _HALF + 1.0), 0.0, 1.0) * _LAST
    left = np.minimum(np.floor(rank).astype(np.int64), _LAST - 1)
    start, end = knots[rows, left], knots[rows, left + 1]
    beyond = 0.5 * np.maximum(np.abs(codes) / _HALF - 1.0, 0.0) * _span(knots)
    return start + (rank - left) * (end - start) + np.where(codes < 0.0, -beyond, beyond)


def _span(knots: Float64) -> Float64:
    """From the lowest to the highest, or what a scalar would take for the range where they are the same."""
    size = np.abs(knots[:, 0])
    alone = np.where(size == 0.0, 1.0, np.maximum(OPENING * size, TINIEST))
    return np.where(knots[:, -1] > knots[:, 0], knots[:, -1] - knots[:, 0], alone)


def _quartiles(knots: Float64) -> tuple[Float64, Float64]:
    """Two values between which half of them lie; the ends of the range where those are the same."""
    below, above = knots[:, _LAST // 4], knots[:, 3 * _LAST // 4]
    apart = above > below
    return np.where(apart, below, knots[:, 0]), np.where(apart, above, knots[:, 0] + _span(knots))
