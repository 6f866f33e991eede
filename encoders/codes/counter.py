"""A count that only ever grows: by how much it has grown since the last reading, and whether it began anew.

codes = clip((increment - center) / scale, -8, 8), 1 where it began anew and else 0

A count below the last one has wrapped around at 2^wrap_bits, if that is known and less than half of it would have been
counted since; else it began anew, and its value is what was counted since (as Prometheus' `increase` has it). center
and scale are those of the increments, as `scalar` estimates them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes import changes
from encoders.codes.number import read_numbers
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State

_MOST_RESETS = np.iinfo(np.int32).max


class CounterConfig(BaseModel):
    """Where it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wrap_bits: Literal[16, 32, 64] | None = None
    """Bits of the sender's register; None where a smaller count always is a new beginning. Counts from 2^53 on lose
    their last digits."""


class CounterEncoder:
    """See NumberEncoder and Rescaled. Values: int, float, and numbers as text, from 0 to LARGEST_VALUE, or to the wrap.

    A code is read as the last count and the increment on top. The state counts the new beginnings (`resets`). Of a
    first count the increment is unknown: its codes are zero.
    """

    name = "counter"
    width = 2
    decodes: Decodes = "value"
    relative = True
    state_dtype: np.dtype[Any] = changes.DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = CounterConfig(**config)
        bits = self.config.wrap_bits
        self._wrap = 0.0 if bits is None else 2.0**bits

    def initial(self, count: int) -> State:
        """See Encoder."""
        return changes.initial(count)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder."""
        return read_numbers(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = (numbers >= 0.0) & (numbers <= (self._wrap or changes.LARGEST_VALUE))
        counts = np.where(sensed, numbers, state["last"])
        increments, anew = self._increments(counts, state)
        codes = np.zeros((len(counts), self.width), dtype=np.float32)
        codes[:, 0], after = changes.coded(increments, counts, sensed, state)
        codes[:, 1] = anew
        after["resets"] = np.minimum(state["resets"].astype(np.int64) + anew, _MOST_RESETS)
        return Encoded(codes, sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: growth is never negative."""
        growth = np.maximum(changes.CHANGES.decode_numbers(codes, state["changes"]), 0.0)
        counts = np.where(codes[:, 1] > 0.5, 0.0, state["last"]) + growth
        return np.where(counts >= self._wrap, counts - self._wrap, counts) if self._wrap else counts

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range, and where it is unsure of a reset."""
        values = self.decode_numbers(codes, state).astype(np.object_)
        values[state["version"] == 0] = None
        doubt = np.minimum(np.abs(codes[:, 1]), np.abs(codes[:, 1] - np.float32(1.0)))
        within = changes.CHANGES.decode(codes, state["changes"]).confidence
        return Decoded(values, (within / (1.0 + doubt)).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder."""
        return changes.spread(deviation, state)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder."""
        loud = np.zeros((len(sigma), self.width), dtype=np.float32)
        loud[:, 0] = changes.noise(sigma, state)
        return loud

    def resolution(self, state: State) -> Float64:
        """See Encoder; holds within the coded range."""
        return changes.resolution(state) + self._wrap * 2.0**-50

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled."""
        gain, offset = changes.translation(old, new)
        return np.hstack([gain, np.ones_like(gain)]), np.hstack([offset, np.zeros_like(offset)])

    def _increments(self, counts: Float64, state: State) -> tuple[Float64, Bool]:
        """What was counted since the last reading, and whether it began anew."""
        growth = counts - state["last"]
        around = growth + self._wrap
        fallen = (growth < 0.0) & (state["version"] > 0)
        wrapped = fallen & (around >= 0.0) & (around < 0.5 * self._wrap)
        anew = fallen & ~wrapped
        return np.where(wrapped, around, np.where(anew, counts, growth)), anew
