"""Inertial measurement: how hard and in which direction it accelerates, how fast it turns, where magnetic north is.

    of acceleration and magnetic field v:  2 log(1 + |v| / k) / log(1 + 1000),  v / (|v| + k)        4 channels each
    of each rate of rotation r:            sign(r) 2 log(1 + |r| / k) / log(1 + 1000)                3 channels

with k a thousandth of the range, so 2 is its end; a sensor at rest and one that falls are as far apart as one that is
shaken gently and hard. The direction fades where there is next to nothing to point. Fixed for life. Splitting a vector
into size and direction keeps the attitude (gravity) readable under shocks; logarithms follow Weber and Fechner.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.coordinates import coordinates
from encoders.codes.logarithm import expm1, log1p
from encoders.codes.seen import DTYPE, seen_after
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

SHARE = 1000.0
"""Sizes are linear below this part of the range and logarithmic above."""
LARGEST = 1e36
"""Beyond this a number is an error code; its square still fits float64."""
REACH = 8.0

_G = 9.80665
_ACCELERATION = {"m/s2": 1.0 / _G, "g": 1.0, "mg": 1e-3}
_RATE = {"rad/s": 1.0, "deg/s": math.pi / 180.0, "mdeg/s": math.pi / 180_000.0}
_FIELD = {"uT": 1.0, "mT": 1e3, "T": 1e6, "G": 100.0, "mG": 0.1}
_STEEPNESS = 2.0 / math.log1p(SHARE)
_NAMES = tuple((name,) for name in ("ax", "ay", "az", "gx", "gy", "gz", "mx", "my", "mz"))


class ImuConfig(BaseModel):
    """Units and ranges of the sensor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    magnetometer: bool = False
    """Values have nine numbers."""
    accel_unit: Literal["m/s2", "g", "mg"] = "m/s2"
    gyro_unit: Literal["rad/s", "deg/s", "mdeg/s"] = "rad/s"
    magnet_unit: Literal["uT", "mT", "T", "G", "mG"] = "uT"
    accel_range_g: float = Field(default=16.0, ge=1e-3, le=1e6)
    gyro_range_rad_s: float = Field(default=35.0, ge=1e-3, le=1e6)
    """2000 degrees a second."""
    magnet_range_ut: float = Field(default=1000.0, ge=1e-3, le=1e9)


class ImuEncoder:
    """See Encoder. Values: [ax, ay, az, gx, gy, gz], with magnetometer [..., mx, my, mz], as a list or by name.

    Read back as such a list in the same units. Resolution: a number's error as a share of its vector's size and a
    thousandth of its range. Values beyond the range have codes too; those 1e9 ranges away come back as that.
    """

    name = "imu"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = ImuConfig(**config)
        told = self.config
        self._accel = told.accel_range_g / _ACCELERATION[told.accel_unit] / SHARE
        self._gyro = told.gyro_range_rad_s / _RATE[told.gyro_unit] / SHARE
        self._magnet = told.magnet_range_ut / _FIELD[told.magnet_unit] / SHARE
        self._numbers = 9 if told.magnetometer else 6
        self.width = 11 if told.magnetometer else 7

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=DTYPE)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        numbers = coordinates(values.tolist(), _NAMES[: self._numbers], self._numbers, LARGEST)
        sensed = ~np.isnan(numbers[:, 0])
        numbers = np.where(sensed[:, None], numbers, 0.0)
        parts = [_vector_codes(numbers[:, :3], self._accel), _compressed(numbers[:, 3:6], self._gyro)]
        if self.config.magnetometer:
            parts.append(_vector_codes(numbers[:, 6:], self._magnet))
        return Encoded(np.concatenate(parts, axis=1).astype(np.float32), sensed, seen_after(state, sensed))

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how well the directions' lengths fit the sizes."""
        wide = codes.astype(np.float64)
        accel, away = _vectors(wide[:, :4], self._accel)
        parts = [accel, _expanded(wide[:, 4:7], self._gyro)]
        if self.config.magnetometer:
            magnet, further = _vectors(wide[:, 7:], self._magnet)
            parts.append(magnet)
            away = np.maximum(away, further)
        numbers = np.concatenate(parts, axis=1)
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(state["seen"] > 0).tolist():
            values[row] = numbers[row].tolist()
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - away, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: its numbers have no one unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: its numbers have no one unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder."""
        return np.where(state["seen"] > 0, 2e-6, np.nan)


def _vector_codes(vectors: Float64, knee: float) -> Float64:
    """float64[B, 4]: size and fading direction of float64[B, 3]."""
    size = _length(vectors)
    return np.concatenate([_compressed(size[:, None], knee), vectors / (size + knee)[:, None]], axis=1)


def _vectors(codes: Float64, knee: float) -> tuple[Float64, Float64]:
    """The vectors float64[B, 3] of float64[B, 4], and how far their directions are from the length that they had."""
    size = np.maximum(_expanded(codes[:, :1], knee)[:, 0], 0.0)
    length = _length(codes[:, 1:])
    away = np.abs(length - size / (size + knee))
    return codes[:, 1:] * (size / np.where(length > 0.0, length, 1.0))[:, None], away


def _compressed(numbers: Float64, knee: float) -> Float64:
    size = np.minimum(_STEEPNESS * log1p(np.abs(numbers) / knee), REACH)
    return np.where(numbers < 0.0, -size, size)


def _expanded(codes: Float64, knee: float) -> Float64:
    size = knee * expm1(np.minimum(np.abs(codes), REACH) / _STEEPNESS)
    return np.where(codes < 0.0, -size, size)


def _length(vectors: Float64) -> Float64:
    """float64[B] of float64[B, 3]."""
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    return np.sqrt(x * x + y * y + z * z)
