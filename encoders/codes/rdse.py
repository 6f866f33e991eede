"""Numbers as windows on an endless row of random numbers: near values share entries, far ones nothing.

The random distributed scalar encoder of hierarchical temporal memory (Purdy 2016, "Encoding Data for HTM Systems"),
with real entries: a value in bucket b = floor(v / resolution) has the W entries b, b + 1, ..., b + W - 1, entry j
always in channel j mod W. The next bucket replaces one entry; within a bucket that entry moves along to its successor:

    code[j mod W] = h(j) for b < j < b + W,   code[b mod W] = h(b) + (v / resolution - b) (h(b + W) - h(b))

So codes of values n buckets apart agree in W - n channels, and codes further apart than W buckets are unrelated. h is a
hash: there is no table that could grow, the range is open, and the code of a value is the same for life.

Codes are read by trying all buckets within W of the places where the stream has lately been.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.number import read_numbers
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

Int64 = npt.NDArray[np.int64]

PLACES = 4
"""Places that a stream remembers, further apart than W buckets; the one unused for longest makes room."""
FURTHEST = 2.0**48
"""Buckets on either side of zero."""

_DTYPE = np.dtype(
    [("version", "<i4"), ("seen", "<i4"), ("clock", "<i8"), ("used", "<i8", (PLACES,)), ("bucket", "<i8", (PLACES,))]
)


class RdseConfig(BaseModel):
    """How near is near."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolution: float = Field(default=1.0, ge=1e-30, le=1e30)
    """Width of a bucket, in the value's unit."""
    channels: int = Field(default=16, ge=4, le=64)
    """W: values so many buckets apart have nothing in common any more."""
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    """Which random numbers."""


class RdseEncoder:
    """See NumberEncoder. Values: int, float, and numbers as text; |value| <= resolution * 2^48."""

    name = "rdse"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = RdseConfig(**config)
        self.width = self.config.channels
        self._size = math.sqrt(3.0 / self.width)
        """Entries are spread evenly over [-size, size], so a code is about as long as 1."""

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder."""
        return read_numbers(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        with np.errstate(over="ignore", invalid="ignore"):
            places = numbers / self.config.resolution
        sensed = np.abs(places) <= FURTHEST
        places = np.where(sensed, places, 0.0)
        bucket = np.floor(places).astype(np.int64)
        entries = self._entries(bucket[:, None] + np.arange(self.width + 1))
        entries[:, 0] = _between(entries[:, 0], entries[:, -1], places - np.floor(places))
        rows = np.arange(len(bucket))
        codes = np.empty((len(bucket), self.width), dtype=np.float32)
        for ahead in range(self.width):
            codes[rows, (bucket + ahead) % self.width] = entries[:, ahead]
        codes[~sensed] = 0.0
        return Encoded(codes, sensed, _remembered(bucket, sensed, state, self.width))

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: nearest to the code among all values near places where the stream has been."""
        return self._nearest(codes, state)[0]

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is 1 minus the distance from the code of the value."""
        numbers, distance = self._nearest(codes, state)
        values = numbers.astype(np.object_)
        values[state["seen"] == 0] = None
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - distance, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: the buckets after which codes differ so much; an entry that is replaced counts 2 / W."""
        wide = deviation.astype(np.float64)
        square = np.zeros(len(deviation))
        for channel in range(self.width):
            square = square + wide[:, channel] * wide[:, channel]
        return np.where(state["seen"] > 0, 0.5 * self.width * square * self.config.resolution, np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: root mean square over the channels, at most that of unrelated codes."""
        buckets = np.minimum(usable_sigma(sigma) / self.config.resolution, self.width)
        loud = np.sqrt(2.0 * buckets) / self.width
        return np.repeat(loud.astype(np.float32)[:, None], self.width, axis=1)

    def resolution(self, state: State) -> Float64:
        """See Encoder: one bucket, most often far better."""
        return np.where(state["seen"] > 0, self.config.resolution, np.nan)

    def _entries(self, places: Int64) -> Float64:
        """h: entries of the endless row, within [-size, size]."""
        bits = _mixed(places.astype(np.uint64) ^ _mixed(np.array([self.config.seed], dtype=np.uint64)))
        return ((bits >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0) * self._size

    def _nearest(self, codes: Float32, state: State) -> tuple[Float64, Float64]:
        """Values whose codes are nearest, and how far from them they lie; NaN where nothing was ever seen."""
        wide = codes.astype(np.float64)
        best, found = np.full(len(codes), np.inf), np.full(len(codes), np.nan)
        filled = int(np.count_nonzero(state["used"], axis=1).max(initial=0))  # slots fill from the first on
        for slot in range(filled):
            square, places = self._nearest_to(wide, state["bucket"][:, slot])
            better = (state["used"][:, slot] > 0) & (square < best)
            best, found = np.where(better, square, best), np.where(better, places, found)
        return found * self.config.resolution, np.sqrt(best)

    def _nearest_to(self, codes: Float64, bucket: Int64) -> tuple[Float64, Float64]:
        """Least squared distance to codes of values within W buckets, and where it is, in buckets."""
        reach = self.width
        ahead = np.arange(-reach, 2 * reach + 1)
        rows = np.arange(len(bucket))
        entries = self._entries(bucket[:, None] + ahead)
        given = codes[rows[:, None], (bucket[:, None] + ahead) % reach]  # as if it held each of these entries
        missed = np.square(given - entries)
        first, last = slice(0, 2 * reach + 1), slice(reach, 3 * reach + 1)
        way = entries[:, last] - entries[:, first]
        share = np.clip((given[:, first] - entries[:, first]) / np.where(way == 0.0, 1.0, way), 0.0, 1.0)
        square = np.square(given[:, first] - _between(entries[:, first], entries[:, last], share))
        for start in range(1, reach):
            square = square + missed[:, start : start + 2 * reach + 1]
        choice = square.argmin(axis=1)
        return square[rows, choice], bucket - reach + choice + share[rows, choice]


def _between(start: Float64, end: Float64, share: Float64) -> Float64:
    return start + share * (end - start)


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """64 bits of which each depends on all given ones: the step of SplitMix64 (Steele, Lea and Flood 2014)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _remembered(bucket: Int64, sensed: Bool, state: State, reach: int) -> State:
    """The state after these buckets: a place within `reach` moves along, another takes the slot unused for longest."""
    after = state.copy()
    rows = np.flatnonzero(sensed)
    used, places = state["used"][rows], state["bucket"][rows]
    near = (used > 0) & (np.abs(places - bucket[rows, None]) <= reach)
    known: Bool = np.logical_or.reduce(near, axis=1)
    newest: Int64 = np.where(near, -used, 0).argmin(axis=1)
    oldest: Int64 = used.argmin(axis=1)
    slot = np.where(known, newest, oldest)
    clock = state["clock"][rows] + 1
    after["clock"][rows] = clock
    after["used"][rows, slot] = clock
    after["bucket"][rows, slot] = bucket[rows]
    after["seen"] = state["seen"] | sensed
    after["version"] = after["seen"]
    return after
