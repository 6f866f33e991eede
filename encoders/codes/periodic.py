"""Values on a circle (angles, hours of the day, phases): its two ends are neighbours.

codes = (sin, cos) of 2 pi h (v - origin) / period, for each harmonic h

The first harmonic tells where on the circle a value lies, the finer ones where exactly. They are Fourier features, as
those of moments in `datetime`. Fixed for life.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from encoders.codes.number import read_numbers
from encoders.codes.scalar import LARGEST
from encoders.codes.seen import DTYPE, seen_after
from encoders.codes.turn import angle_turns, sine_cosine
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

_TURN = 1e-7
"""Error of a decoded phase, in turns of the finest harmonic; float32 tells 1e-8 apart."""
_STEEPEST = 16
"""Each harmonic tells the turns of the next apart, even where an expectation is off by a thirtieth of a turn."""


class PeriodicConfig(BaseModel):
    """The circle, and how finely it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    period: float = Field(default=360.0, ge=1e-12, le=1e12)
    """Once around, in the value's unit: 360, 2 pi, 24."""
    low: float = Field(default=0.0, ge=-1e15, le=1e15)
    """Decoded values lie within [low, low + period): 0, or -180."""
    origin: float = Field(default=0.0, ge=-1e15, le=1e15)
    """The value with phase 0: the first codes are 0 and 1 there."""
    harmonics: tuple[int, ...] = Field(default=(1, 4, 16), min_length=1, max_length=8)
    """Turns that each pair of codes makes within a period: 1, and then rising, each at most 16 times the one before."""

    @field_validator("harmonics")
    @classmethod
    def _rising(cls, harmonics: tuple[int, ...]) -> tuple[int, ...]:
        pairs = pairwise(harmonics)
        if harmonics[0] != 1 or any(not low < high <= _STEEPEST * low for low, high in pairs):
            raise ValueError(f"begin with 1 and rise, at most {_STEEPEST} times each: such as 1, 4, 16")
        return harmonics


class PeriodicEncoder:
    """See NumberEncoder. Values: int, float, and numbers as text; |value| <= LARGEST, wrapped into the period.

    Its resolution is a distance on the circle.
    """

    name = "periodic"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = PeriodicConfig(**config)
        self.width = 2 * len(self.config.harmonics)
        self._finest = self.config.period / self.config.harmonics[-1]

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=DTYPE)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder."""
        return read_numbers(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = np.abs(numbers) <= LARGEST
        phase = self._phase(np.where(sensed, numbers, 0.0))
        codes = np.empty((len(numbers), self.width), dtype=np.float32)
        for place, harmonic in enumerate(self.config.harmonics):
            codes[:, 2 * place], codes[:, 2 * place + 1] = sine_cosine(harmonic * phase)
        codes[~sensed] = 0.0
        return Encoded(codes, sensed, seen_after(state, sensed))

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: of the turns of a finer harmonic the one nearest to what the coarser ones say."""
        pairs = codes.astype(np.float64)
        phase = np.zeros(len(codes))
        for place, harmonic in enumerate(self.config.harmonics):
            ahead = angle_turns(pairs[:, 2 * place], pairs[:, 2 * place + 1]) - harmonic * phase
            phase = phase + (ahead - np.rint(ahead)) / harmonic
        return np.where(state["seen"] > 0, self._wrapped(self.config.origin + phase * self.config.period), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near the pairs lie to the unit circle."""
        values = self.decode_numbers(codes, state).astype(np.object_)
        values[state["seen"] == 0] = None
        pairs = codes.astype(np.float64)
        away = np.zeros(len(codes))
        for place in range(len(self.config.harmonics)):
            sine, cosine = pairs[:, 2 * place], pairs[:, 2 * place + 1]
            away = np.maximum(away, np.abs(np.sqrt(sine * sine + cosine * cosine) - 1.0))
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - away, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: by the finest harmonic."""
        sine, cosine = deviation[:, -2].astype(np.float64), deviation[:, -1].astype(np.float64)
        radians = np.sqrt(sine * sine + cosine * cosine)  # the sine takes what the cosine does not
        return np.where(state["seen"] > 0, radians * self._finest / (2.0 * math.pi), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: root mean square over each pair, at most 1."""
        turns = np.minimum(usable_sigma(sigma) / self.config.period, 1.0)
        slopes = math.sqrt(2.0) * math.pi * np.repeat(np.array(self.config.harmonics, dtype=np.float64), 2)
        return np.minimum(turns[:, None] * slopes, 1.0).astype(np.float32)

    def resolution(self, state: State) -> Float64:
        """See Encoder: along the circle."""
        ends = self.config.period + abs(self.config.low) + abs(self.config.origin)
        return np.where(state["seen"] > 0, _TURN * self._finest + ends * 2.0**-50, np.nan)

    def _phase(self, values: Float64) -> Float64:
        """Turns since the origin, within (-2, 2); the remainders are exact, and so the same in any batch."""
        period = self.config.period
        return (np.fmod(values, period) - math.fmod(self.config.origin, period)) / period

    def _wrapped(self, values: Float64) -> Float64:
        """Within [low, low + period)."""
        low, period = self.config.low, self.config.period
        turns = np.floor((values - low) / period)
        values = values - turns * period
        values = np.where(values < low, values + period, values)
        return np.where(values >= low + period, low, values)
