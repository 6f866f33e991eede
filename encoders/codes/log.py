"""Numbers over many orders of magnitude: a step is a share of the value, not an amount.

code = sign(v) log1p(|v| / unit) / s,   s = decades log(10) / 8

Linear below `unit`, logarithmic above; codes end at 8 for unit * 10^decades. Fixed for life. Of such kind are byte
counts, latencies, concentrations, light. It is a bi-symmetric log transformation (Webber 2013).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.logarithm import expm1, log1p
from encoders.codes.number import read_numbers
from encoders.codes.scalar import LARGEST, REACH
from encoders.codes.seen import FIELDS, seen_after
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

ROUNDING = 1.01 * 2.0**-22
"""What float32 loses of a code below REACH, and the polynomials a little more."""

_DTYPE = np.dtype([*FIELDS, ("last", "<f8")])


class LogConfig(BaseModel):
    """What is small, and how far it goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: float = Field(default=1.0, ge=1e-30, le=1e30)
    """The smallest magnitude that matters, in the value's unit."""
    decades: float = Field(default=16.0, ge=1.0, le=60.0)
    """Powers of ten above `unit` that the codes reach; one is 8 / decades of code. What lies beyond comes back as the
    end."""


class LogEncoder:
    """See NumberEncoder. Values: int, float, and numbers as text; |value| <= LARGEST.

    Its resolution is a share of |value| + unit: 7e-8 for each of the decades.
    """

    name = "log"
    width = 1
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = LogConfig(**config)
        self.per_code = self.config.decades * math.log(10.0) / REACH
        """Natural logarithm that one unit of code stands for."""

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
        sensed = np.abs(numbers) <= LARGEST
        values = np.where(sensed, numbers, 0.0)
        after = seen_after(state, sensed)
        after["last"] = np.where(sensed, values, state["last"])
        return Encoded(self.compressed(values).astype(np.float32)[:, None], sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder."""
        return np.where(state["seen"] > 0, self.expanded(codes[:, 0].astype(np.float64)), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range."""
        values = self.decode_numbers(codes, state).astype(np.object_)
        unseen = state["seen"] == 0
        values[unseen] = None
        excess = np.maximum(np.abs(codes[:, 0]) - np.float32(REACH), np.float32(0.0))
        return Decoded(values, np.where(unseen, np.float32(0.0), 1.0 / (1.0 + excess)).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: around the last value."""
        wide = deviation[:, 0].astype(np.float64) * self.per_code * (np.abs(state["last"]) + self.config.unit)
        return np.where(state["seen"] > 0, wide, np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder: around the last value, at most the coded range."""
        steps = usable_sigma(sigma) / (self.per_code * (np.abs(state["last"]) + self.config.unit))
        return np.minimum(steps, REACH).astype(np.float32)[:, None]

    def resolution(self, state: State) -> Float64:
        """See Encoder: as a share of |value| + unit; holds within the coded range."""
        return np.where(state["seen"] > 0, self.share, np.nan)

    @property
    def share(self) -> float:
        """The largest error of a round trip as a share of |value| + unit."""
        return self.per_code * ROUNDING

    def compressed(self, values: Float64) -> Float64:
        """The equation: codes of finite numbers."""
        return np.clip(_signed(log1p(np.abs(values) / self.config.unit), values) / self.per_code, -REACH, REACH)

    def expanded(self, codes: Float64) -> Float64:
        """Its inverse."""
        size = expm1(np.minimum(np.abs(codes), REACH) * self.per_code)
        return _signed(size * self.config.unit, codes)


def _signed(size: Float64, like: Float64) -> Float64:
    return np.where(like < 0.0, -size, size)
