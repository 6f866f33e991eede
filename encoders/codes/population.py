"""A value as the activity of neurons that each prefer one: bell-shaped tuning curves side by side.

code[n] = exp(-((v - preferred[n]) / width)^2 / 2)

As in motor cortex (Georgopoulos, Schwartz and Kettner 1986). It is read by template matching, the most exact way that
there is where all neurons are equally noisy (Pouget, Zhang, Deneve and Latham 1998): beginning with the two loudest
neighbours, whose ratio alone tells a value, then least squares over all. Fixed for life.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from encoders.codes.logarithm import exp, log
from encoders.codes.number import read_numbers
from encoders.codes.seen import DTYPE, seen_after
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

_STEPS = 4
"""Steps of least squares; from the start that a code of its own gives, none would be needed."""
_FAINTEST = 1e-12
_SHARE = 1e-6
"""Resolution as a share of the range."""


class PopulationConfig(BaseModel):
    """The range, and who divides it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = Field(default=0.0, ge=-1e30, le=1e30)
    """The first neuron's preferred value."""
    high: float = Field(default=1.0, ge=-1e30, le=1e30)
    """The last one's."""
    neurons: int = Field(default=8, ge=3, le=64)
    """W: their preferred values are evenly spaced."""
    tuning: float = Field(default=1.0, ge=0.5, le=3.0)
    """Standard deviation of a tuning curve, as a multiple of the distance between two preferred values."""

    @model_validator(mode="after")
    def _in_order(self) -> PopulationConfig:
        if not self.high - self.low > 1e-9 * max(abs(self.low), abs(self.high)):
            raise ValueError(f"high must lie above low, and not only by rounding: {self.low} to {self.high}")
        return self


class PopulationEncoder:
    """See NumberEncoder. Values: int, float, and numbers as text, from low to high; one outside is not sensed."""

    name = "population"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = PopulationConfig(**config)
        self.width = self.config.neurons
        self._spacing = (self.config.high - self.config.low) / (self.width - 1)
        # the slope of all codes together, root of the sum of squares: nearly the same all over the range
        self._slope = math.sqrt(math.sqrt(math.pi) / (2.0 * self.config.tuning)) / self._spacing

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
        sensed = (numbers >= self.config.low) & (numbers <= self.config.high)
        places = np.where(sensed, numbers - self.config.low, 0.0) / self._spacing
        codes = np.empty((len(numbers), self.width), dtype=np.float32)
        for neuron in range(self.width):
            codes[:, neuron] = self._activity(places, neuron)
        codes[~sensed] = 0.0
        return Encoded(codes, sensed, seen_after(state, sensed))

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder."""
        return self._values(self._places(codes.astype(np.float64)), state)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is 1 minus the distance from the codes of the value."""
        wide = codes.astype(np.float64)
        places = self._places(wide)
        values = self._values(places, state).astype(np.object_)
        values[state["seen"] == 0] = None
        square = np.zeros(len(codes))
        for neuron in range(self.width):
            away = wide[:, neuron] - self._activity(places, neuron)
            square = square + away * away
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - np.sqrt(square), 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: that of the best estimate by so noisy neurons."""
        wide = deviation.astype(np.float64)
        square = np.zeros(len(deviation))
        for neuron in range(self.width):
            square = square + wide[:, neuron] * wide[:, neuron]
        return np.where(state["seen"] > 0, np.sqrt(square / self.width) / self._slope, np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: root mean square over the neurons, at most 1."""
        loud = np.minimum(usable_sigma(sigma) * (self._slope / math.sqrt(self.width)), 1.0)
        return np.repeat(loud.astype(np.float32)[:, None], self.width, axis=1)

    def resolution(self, state: State) -> Float64:
        """See Encoder."""
        ends = max(abs(self.config.low), abs(self.config.high))
        share = _SHARE * (self.config.high - self.config.low)
        return np.where(state["seen"] > 0, share + ends * 2.0**-50, np.nan)

    def _activity(self, places: Float64, neuron: int) -> Float64:
        """The equation, with values in distances between two preferred ones."""
        away = (places - neuron) / self.config.tuning
        return exp(-0.5 * away * away)

    def _values(self, places: Float64, state: State) -> Float64:
        values = np.clip(self.config.low + places * self._spacing, self.config.low, self.config.high)
        return np.where(state["seen"] > 0, values, np.nan)

    def _places(self, codes: Float64) -> Float64:
        """Where between the neurons, in [0, neurons - 1], the template lies that fits float64[B, W] best."""
        places = self._start(codes)
        for _ in range(_STEPS):
            along, steep = np.zeros(len(codes)), np.full(len(codes), _FAINTEST)
            for neuron in range(self.width):
                activity = self._activity(places, neuron)
                slope = activity * (neuron - places) / self.config.tuning**2
                along = along + slope * (codes[:, neuron] - activity)
                steep = steep + slope * slope
            places = np.clip(places + np.clip(along / steep, -0.5, 0.5), 0.0, self.width - 1.0)
        return places

    def _start(self, codes: Float64) -> Float64:
        """Where the ratio of the two loudest neighbours puts it: log(b / a) = (place - middle) / tuning^2."""
        rows = np.arange(len(codes))
        bounded = np.clip(codes, _FAINTEST, 1.0)
        left = (bounded[:, :-1] + bounded[:, 1:]).argmax(axis=1)
        ratio = log(bounded[rows, left + 1]) - log(bounded[rows, left])
        middle = left + 0.5
        return np.clip(middle + np.clip(ratio * self.config.tuning**2, -1.5, 1.5), 0.0, self.width - 1.0)
