"""Attitudes as the first two columns of their rotation matrix, and positions beside them.

    codes = (1 - 2 (yy + zz), 2 (xy + wz), 2 (xz - wy)), (2 (xy - wz), 1 - 2 (xx + zz), 2 (yz + wx)),
            and where asked for sign(p) log(1 + |p| / scale) of the three coordinates p

of the unit quaternion (x, y, z, w). q and -q are one attitude and have one code, and near attitudes have near codes
everywhere, which no code of fewer than five numbers can: Zhou, Barnes, Lu, Yang and Li, "On the continuity of rotation
representations in neural networks" (2019). Any six numbers are read back by Gram and Schmidt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.coordinates import coordinates
from encoders.codes.logarithm import expm1, log1p
from encoders.codes.seen import DTYPE, seen_after
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

SHORTEST, LONGEST = 0.5, 2.0
"""Lengths of a quaternion that is sensed; it is normalised."""
LARGEST_M = 1e9
"""Beyond this a coordinate is an error code."""
RESOLUTION_RAD = 1e-6
REACH = 8.0

_PLACE = (("x",), ("y",), ("z",))
_TINY = 1e-9


class PoseConfig(BaseModel):
    """What a value holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: Literal["xyzw", "wxyz"] = "xyzw"
    """Of a quaternion in a list; read back in the same order."""
    position: bool = False
    """Values begin with a position [x, y, z] in metres."""
    scale_m: float = Field(default=1.0, ge=1e-3, le=1e6)
    """Positions are linear within this and logarithmic beyond; what lies further than 2900 of it comes back as that."""


class PoseEncoder:
    """See Encoder. Values: a quaternion as a list of four or by name (x, y, z, w), of length 0.5 to 2.

    With position: a list of seven, position first, or {"position": ..., "orientation": ...}. Read back as a list, the
    quaternion with unit length and w >= 0. Resolution: radians of rotation; a coordinate is right to a millionth of
    itself and scale_m.
    """

    name = "pose"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = PoseConfig(**config)
        self.width = 9 if self.config.position else 6
        self._names = tuple((letter,) for letter in self.config.order)
        self._columns = [self.config.order.index(letter) for letter in "xyzw"]

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=DTYPE)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        parts = [_parts(value) if self.config.position else (None, value) for value in values.tolist()]
        told = coordinates([attitude for _, attitude in parts], self._names, 4, 2.0 * LONGEST)[:, self._columns]
        square = told[:, 0] * told[:, 0] + told[:, 1] * told[:, 1] + told[:, 2] * told[:, 2] + told[:, 3] * told[:, 3]
        length = np.sqrt(square)
        sensed = (length >= SHORTEST) & (length <= LONGEST)
        codes = np.zeros((len(parts), self.width))
        if self.config.position:
            places = coordinates([place for place, _ in parts], _PLACE, 3, LARGEST_M)
            sensed = sensed & ~np.isnan(places[:, 0])
            codes[:, 6:] = self._compressed(np.where(sensed[:, None], places, 0.0))
        codes[:, :6] = _columns(np.where(sensed[:, None], told, 0.0) / np.where(sensed, length, 1.0)[:, None])
        codes[~sensed] = 0.0
        return Encoded(codes.astype(np.float32), sensed, seen_after(state, sensed))

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near the two columns are to unit length and a right angle."""
        wide = codes.astype(np.float64)
        first, second = wide[:, :3], wide[:, 3:6]
        away = np.maximum(np.abs(_length(first) - 1.0), np.abs(_length(second) - 1.0))
        away = np.maximum(away, np.abs(_dot(first, second)))
        told = _quaternion(*_orthonormal(first, second))
        columns = [told["xyzw".index(letter)] for letter in self.config.order]
        if self.config.position:
            places = self._expanded(wide[:, 6:])
            columns = [places[:, 0], places[:, 1], places[:, 2], *columns]
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(state["seen"] > 0).tolist():
            values[row] = [float(column[row]) for column in columns]
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - away, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: radians of rotation; a turn moves the two columns by sqrt(4/3) of it, on the mean."""
        wide = deviation.astype(np.float64)
        square = _dot(wide[:, :3], wide[:, :3]) + _dot(wide[:, 3:6], wide[:, 3:6])
        return np.where(state["seen"] > 0, np.sqrt(0.75 * square), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in radians of rotation; at most 1, none for the position."""
        codes = np.zeros((len(sigma), self.width), dtype=np.float32)
        codes[:, :6] = np.minimum(math.sqrt(2.0 / 9.0) * usable_sigma(sigma), 1.0)[:, None]
        return codes

    def resolution(self, state: State) -> Float64:
        """See Encoder."""
        return np.where(state["seen"] > 0, RESOLUTION_RAD, np.nan)

    def _compressed(self, places: Float64) -> Float64:
        size = np.minimum(log1p(np.abs(places) / self.config.scale_m), REACH)
        return np.where(places < 0.0, -size, size)

    def _expanded(self, codes: Float64) -> Float64:
        size = self.config.scale_m * expm1(np.minimum(np.abs(codes), REACH))
        return np.where(codes < 0.0, -size, size)


def _parts(value: object) -> tuple[object, object]:
    """Position and attitude of a value that holds both; None and None where it does not."""
    if isinstance(value, Mapping):
        told = cast("Mapping[object, object]", value)
        return told.get("position"), told.get("orientation")
    if isinstance(value, np.ndarray):
        array = cast("np.ndarray[Any, Any]", value)
        return (array[:3], array[3:]) if array.shape == (7,) else (None, None)
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return (items[:3], items[3:]) if len(items) == 7 else (None, None)
    return None, None


def _columns(told: Float64) -> Float64:
    """float64[B, 6]: the first two columns of the rotation matrices of unit quaternions float64[B, 4], x first."""
    x, y, z, w = told[:, 0], told[:, 1], told[:, 2], told[:, 3]
    first = [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)]
    second = [2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)]
    return np.stack([*first, *second], axis=1)


def _orthonormal(first: Float64, second: Float64) -> tuple[Float64, Float64, Float64]:
    """The right-handed frame that begins along `first` and leans towards `second`; some frame where they tell none."""
    length = _length(first)
    one = np.where((length > _TINY)[:, None], first / np.maximum(length, _TINY)[:, None], [1.0, 0.0, 0.0])
    rest = second - _dot(one, second)[:, None] * one
    flat = _length(rest) <= _TINY * np.maximum(_length(second), 1.0)
    steep = np.abs(one[:, 2]) > 0.9
    across = _cross(one, np.where(steep[:, None], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]))
    rest = np.where(flat[:, None], across, rest)
    two = rest / _length(rest)[:, None]
    return one, two, _cross(one, two)


def _quaternion(one: Float64, two: Float64, three: Float64) -> list[Float64]:
    """x, y, z, w >= 0, float64[B] each, of a frame's three columns; by the largest, never small."""
    half = (two[:, 2] - three[:, 1], three[:, 0] - one[:, 2], one[:, 1] - two[:, 0])
    both = (two[:, 0] + one[:, 1], three[:, 0] + one[:, 2], three[:, 1] + two[:, 2])
    a, b, c = one[:, 0], two[:, 1], three[:, 2]
    squares = np.stack([1.0 + a - b - c, 1.0 - a + b - c, 1.0 - a - b + c, 1.0 + a + b + c], axis=1)
    rows = [
        (squares[:, 0], both[0], both[1], half[0]),
        (both[0], squares[:, 1], both[2], half[1]),
        (both[1], both[2], squares[:, 2], half[2]),
        (half[0], half[1], half[2], squares[:, 3]),
    ]
    largest = squares.argmax(axis=1)
    told: list[Float64] = [np.choose(largest, [row[place] for row in rows]) for place in range(4)]
    length = np.sqrt(told[0] * told[0] + told[1] * told[1] + told[2] * told[2] + told[3] * told[3])
    signed = np.where(told[3] < 0.0, -length, length)
    return [part / signed + 0.0 for part in told]


def _dot(left: Float64, right: Float64) -> Float64:
    """float64[B] of float64[B, 3] each."""
    return left[:, 0] * right[:, 0] + left[:, 1] * right[:, 1] + left[:, 2] * right[:, 2]


def _length(vectors: Float64) -> Float64:
    """float64[B] of float64[B, 3]."""
    return np.sqrt(_dot(vectors, vectors))


def _cross(left: Float64, right: Float64) -> Float64:
    """float64[B, 3]."""
    (a, b, c), (d, e, f) = left.T, right.T
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=1)
