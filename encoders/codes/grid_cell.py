"""Places on a plane by grids of several spacings, as the cells of the entorhinal cortex have them.

    (sin, cos) of 2 pi u_k . (x, y) / period, for each spacing and each axis u_k

Three axes 60 degrees apart make a hexagonal grid of period sqrt(3) / 2 spacing, two at right angles a square one. A
small spacing tells neighbours apart, a large one says where in the hall: Hafting, Fyhn, Molden, Moser and Moser,
"Microstructure of a spatial map in the entorhinal cortex" (2005). There is no edge, and the code is fixed for life.

Reading back starts from the last place: the nearest one with the phases of the largest spacing, from there that of the
next. It is right within half the largest spacing around the last place.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from encoders.codes.coordinates import coordinates
from encoders.codes.seen import FIELDS, seen_after
from encoders.codes.turn import angle_turns, sine_cosine
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

LARGEST_M = 1e9
"""Beyond this a coordinate is an error code."""

_NAMES = (("x",), ("y",))
_DTYPE = np.dtype([*FIELDS, ("place", "<f8", (2,))])
_AXES = {
    "hexagonal": ((1.0, 0.0), (0.5, math.sqrt(0.75)), (-0.5, math.sqrt(0.75))),
    "square": ((1.0, 0.0), (0.0, 1.0)),
}
_PERIOD = {"hexagonal": math.sqrt(0.75), "square": 1.0}
_AROUND = tuple((one, two) for one in (-1.0, 0.0, 1.0) for two in (-1.0, 0.0, 1.0))
"""Whole turns of the first two axes among which the nearest place is."""


class GridConfig(BaseModel):
    """The grids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scales_m: tuple[float, ...] = Field(default=(2.0, 8.0, 32.0), min_length=1, max_length=8)
    """Spacings of the grids in metres, 0.001 to 1,000,000; width is 6 for each, 4 on a square lattice."""
    lattice: Literal["hexagonal", "square"] = "hexagonal"

    @field_validator("scales_m")
    @classmethod
    def _in_range(cls, scales_m: tuple[float, ...]) -> tuple[float, ...]:
        if not all(1e-3 <= scale_m <= 1e6 for scale_m in scales_m):
            raise ValueError("scales_m must lie between 0.001 and 1,000,000")
        ordered = sorted(scales_m)
        if any(large > 1e5 * small for small, large in pairwise(ordered)):
            raise ValueError("each of scales_m may be at most 100,000 times the next smaller: float32 tells no finer")
        return scales_m


class GridEncoder:
    """See Encoder. Values: [x, y] in metres, as a list or by name, up to LARGEST_M.

    Read back as [x, y]. Resolution: metres, within half the largest spacing around the last place.
    """

    name = "grid"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = GridConfig(**config)
        self._axes = _AXES[self.config.lattice]
        self._periods_m = [scale_m * _PERIOD[self.config.lattice] for scale_m in sorted(self.config.scales_m)]
        self.width = 2 * len(self._axes) * len(self._periods_m)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        places = coordinates(values.tolist(), _NAMES, 2, LARGEST_M)
        sensed = ~np.isnan(places[:, 0])
        places = np.where(sensed[:, None], places, state["place"])
        codes = np.zeros((len(places), self.width), dtype=np.float32)
        for at, period_m, axis in self._channels():
            codes[:, at], codes[:, at + 1] = sine_cosine(_along(places, axis) / period_m)
        codes[~sensed] = 0.0
        after = seen_after(state, sensed)
        after["place"] = places
        return Encoded(codes, sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near the pairs lie to the unit circle."""
        wide = codes.astype(np.float64)
        places = state["place"].copy()
        for number in reversed(range(len(self._periods_m))):
            places = places + self._ahead(wide, places, number)
        away = np.zeros(len(codes))
        for at, _, _ in self._channels():
            sine, cosine = wide[:, at], wide[:, at + 1]
            away = np.maximum(away, np.abs(np.sqrt(sine * sine + cosine * cosine) - 1.0))
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(state["seen"] > 0).tolist():
            values[row] = [float(places[row, 0]), float(places[row, 1])]
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - away, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: metres on the plane, by the smallest spacing that is not lost in itself."""
        wide = deviation.astype(np.float64)
        each = 2 * len(self._axes)
        metres = np.zeros(len(wide))
        for number, period_m in reversed(list(enumerate(self._periods_m))):
            square = np.zeros(len(wide))
            for channel in range(each * number, each * (number + 1)):
                square = square + wide[:, channel] * wide[:, channel]
            finer = np.sqrt(square * (2.0 / len(self._axes))) * (period_m / (2.0 * math.pi))
            largest = period_m == self._periods_m[-1]
            metres = finer if largest else np.where(metres < 0.5 * period_m, np.minimum(metres, finer), metres)
        return np.where(state["seen"] > 0, metres, np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in metres on the plane, shared evenly by its directions; at most 1."""
        turns = np.array([math.pi / period_m for _, period_m, _ in self._channels()])
        return np.minimum(usable_sigma(sigma)[:, None] * np.repeat(turns, 2), 1.0).astype(np.float32)

    def resolution(self, state: State) -> Float64:
        """See Encoder: float32 tells 1e-7 of the smallest period apart, float64 1e-15 of the place."""
        size = np.maximum(np.abs(state["place"][:, 0]), np.abs(state["place"][:, 1]))
        return np.where(state["seen"] > 0, 1e-7 * self._periods_m[0] + 1e-15 * size, np.nan)

    def _channels(self) -> list[tuple[int, float, tuple[float, float]]]:
        """Of each pair: its first channel, its period and its axis."""
        pairs = [(period_m, axis) for period_m in self._periods_m for axis in self._axes]
        return [(2 * place, period_m, axis) for place, (period_m, axis) in enumerate(pairs)]

    def _ahead(self, codes: Float64, places: Float64, number: int) -> Float64:
        """float64[B, 2]: the shortest way from these places to one with the phases of this spacing."""
        period_m, count = self._periods_m[number], len(self._axes)
        first = 2 * count * number
        turns = [
            angle_turns(codes[:, first + 2 * place], codes[:, first + 2 * place + 1]) - _along(places, axis) / period_m
            for place, axis in enumerate(self._axes)
        ]
        turns = [turn - np.rint(turn) for turn in turns]
        best, shortest = np.zeros_like(places), np.full(len(places), np.inf)
        for one, two in _AROUND:
            ahead = [turns[0] + one, turns[1] + two]
            if count == 3:  # the third axis is the second less the first; its phase has the last word on the mean
                third = turns[2] + np.rint(ahead[1] - ahead[0] - turns[2])
                ahead.append(third)
            way = _fitted(ahead, self._axes) * period_m
            length = way[:, 0] * way[:, 0] + way[:, 1] * way[:, 1]
            nearer = length < shortest * (1.0 - 1e-9)
            best = np.where(nearer[:, None], way, best)
            shortest = np.where(nearer, length, shortest)
        return best


def _along(places: Float64, axis: tuple[float, float]) -> Float64:
    """float64[B]: places float64[B, 2] along an axis."""
    return places[:, 0] * axis[0] + places[:, 1] * axis[1]


def _fitted(ahead: list[Float64], axes: tuple[tuple[float, float], ...]) -> Float64:
    """float64[B, 2]: the way that fits these lengths along the axes best; evenly spread axes make it a mean."""
    x, y = np.zeros(len(ahead[0])), np.zeros(len(ahead[0]))
    for length, axis in zip(ahead, axes, strict=True):
        x, y = x + length * axis[0], y + length * axis[1]
    return np.stack([x, y], axis=1) * (2.0 / len(axes))
