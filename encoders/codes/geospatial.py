"""Places on the earth: the whole globe, a region and a few metres at once, the same everywhere, poles included.

    n = (cos lat cos lon, cos lat sin lon, sin lat)                          3 channels
    (sin, cos) of R n_i / s for i = 1..3 and each scale s, by default two:   6 channels a scale
    sqrt(finest R) and finest
    sign(altitude) log(1 + |altitude| / 10 m) / 2.8                          1 channel
    log(1 + metres since the last place / finest) / 2                        1 channel where asked for

with R = 6,371,008.8 m. n alone moves by 1e-6 in six metres, which nobody can learn from; the phases of the same three
axes do so visibly, and need no map with an edge: periodic codes of several scales, as in Hafting and others,
"Microstructure of a spatial map in the entorhinal cortex" (2005), in three dimensions. On a sphere, so distances are
off by up to 0.6 %. The code of a place is fixed for life.

Reading back: n gives the place to half a metre, each scale in turn makes it finer. That needs a code as it was written.
One that is off, as expectations are, shows it by lengths other than 1; what it is then less sure of than a scale's
period is taken from the last place seen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.coordinates import coordinates
from encoders.codes.logarithm import expm1, log1p
from encoders.codes.seen import FIELDS, seen_after
from encoders.codes.turn import angle_turns, sine_cosine
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

EARTH_M = 6_371_008.8
"""Mean radius."""
RESOLUTION_M = 0.01
"""Over ground, anywhere."""
KNEE_M, FOLDS = 10.0, 2.8
"""Altitudes are linear below the first and logarithmic above; there so many factors of e
move the code by 1."""
HIGHEST_M = 1e9
"""Beyond this an altitude is an error code."""
REACH = 8.0
DOUBT = 5.0
"""A direction is off by up to so many times what its length is off."""

_NAMES = (("lat", "latitude"), ("lon", "lng", "longitude"), ("alt", "altitude"))
_DTYPE = np.dtype([*FIELDS, ("high", "<i4"), ("place", "<f8", (3,))])


class GeospatialConfig(BaseModel):
    """How fine the code is, and whether it tells movement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finest_m: float = Field(default=10.0, ge=0.1, le=10_000.0)
    """Metres that turn the finest phases by a radian: a tenth of it is hardly seen, thirty times it is no longer."""
    scales: int = Field(default=2, ge=1, le=5)
    """Scales from the finest to that of the globe, evenly spaced; with more of them a code that is off reads better."""
    movement: bool = False
    """One channel more: how far the place is from the last one, which at a steady rate is the speed over ground."""


class GeospatialEncoder:
    """See Encoder. Values: [latitude, longitude] or [latitude, longitude, altitude] in degrees and metres.

    The same by name: lat, lon, alt. |latitude| <= 90, longitude from -180 to 360, |altitude| <= HIGHEST_M.

    Read back as such a list, with an altitude if the last place had one, and a longitude from -180 to 180. Resolution:
    metres over ground; an altitude is right to a millionth of itself and 10 m.
    """

    name = "geospatial"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = GeospatialConfig(**config)
        scales, finest_m = self.config.scales, self.config.finest_m
        self._scales_m = [finest_m * (EARTH_M / finest_m) ** (k / scales) for k in reversed(range(scales))]
        self._altitude = 3 + 6 * scales
        self.width = self._altitude + (2 if self.config.movement else 1)
        self.relative = self.config.movement

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        numbers = coordinates(values.tolist(), _NAMES, 2, HIGHEST_M)
        latitude, longitude, altitude = numbers[:, 0], numbers[:, 1], numbers[:, 2]
        sensed: Bool = (np.abs(latitude) <= 90.0) & (longitude >= -180.0) & (longitude <= 360.0)
        high = sensed & ~np.isnan(altitude)
        place = _on_sphere(np.where(sensed, latitude, 0.0), np.where(sensed, longitude, 0.0))
        codes = np.zeros((len(values), self.width))
        codes[:, :3] = place
        for number, scale_m in enumerate(self._scales_m):
            for axis in range(3):
                at = 3 + 6 * number + 2 * axis
                codes[:, at], codes[:, at + 1] = sine_cosine(place[:, axis] * (EARTH_M / (2.0 * math.pi * scale_m)))
        codes[:, self._altitude] = _compressed(np.where(high, altitude, 0.0))
        if self.config.movement:
            moved_m = np.where(state["seen"] > 0, EARTH_M * _length(place - state["place"]), 0.0)
            codes[:, self._altitude + 1] = np.minimum(0.5 * log1p(moved_m / self.config.finest_m), REACH)
        codes[~sensed] = 0.0
        after = seen_after(state, sensed)
        after["high"] = np.where(sensed, high, state["high"])
        after["place"] = np.where(sensed[:, None], place, state["place"])
        return Encoded(codes.astype(np.float32), sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near n lies to the sphere and the phases to the unit circle."""
        wide = codes.astype(np.float64)
        away, length = self._off(wide), _length(wide[:, :3])
        lost = length < 1e-3
        unit = np.where(lost[:, None], state["place"], wide[:, :3] / np.where(lost, 1.0, length)[:, None])
        metres, last, doubt_m = EARTH_M * unit, EARTH_M * state["place"], DOUBT * EARTH_M * away
        for number, scale_m in enumerate(self._scales_m):
            unsure = (doubt_m > math.pi * scale_m) & (_length(metres - last) <= doubt_m)
            metres = np.where(unsure[:, None], last, metres)
            period_m, first = 2.0 * math.pi * scale_m, 3 + 6 * number
            for axis in range(3):
                phase = angle_turns(wide[:, first + 2 * axis], wide[:, first + 2 * axis + 1])
                ahead = phase - metres[:, axis] / period_m
                metres[:, axis] += (ahead - np.rint(ahead)) * period_m
            doubt_m = DOUBT * scale_m * away
        flat = np.sqrt(metres[:, 0] * metres[:, 0] + metres[:, 1] * metres[:, 1])
        columns = [360.0 * angle_turns(metres[:, 2], flat), 360.0 * angle_turns(metres[:, 1], metres[:, 0])]
        columns.append(_expanded(wide[:, self._altitude]))
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(state["seen"] > 0).tolist():
            values[row] = [float(column[row]) for column in columns[: 3 if state["high"][row] else 2]]
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - away, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: metres over ground, by the finest scale whose turns are not lost in the next coarser one."""
        wide = deviation.astype(np.float64)
        metres = EARTH_M * _length(wide[:, :3])
        for number, scale_m in enumerate(self._scales_m):
            finer = np.zeros(len(wide))
            for channel in range(3 + 6 * number, 9 + 6 * number):
                finer = finer + wide[:, channel] * wide[:, channel]
            metres = np.where(metres < math.pi * scale_m, np.minimum(metres, scale_m * np.sqrt(finer)), metres)
        return np.where(state["seen"] > 0, metres, np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in metres over ground, shared evenly by the axes; at most 1, none for the altitude."""
        codes = np.zeros((len(sigma), self.width))
        axis_m = usable_sigma(sigma)[:, None] * math.sqrt(1.0 / 3.0)
        codes[:, :3] = np.minimum(axis_m / EARTH_M, 1.0)
        for number, scale_m in enumerate(self._scales_m):
            codes[:, 3 + 6 * number : 9 + 6 * number] = np.minimum(axis_m * (math.sqrt(0.5) / scale_m), 1.0)
        return codes.astype(np.float32)

    def resolution(self, state: State) -> Float64:
        """See Encoder."""
        return np.where(state["seen"] > 0, RESOLUTION_M, np.nan)

    def _off(self, codes: Float64) -> Float64:
        """float64[B]: how far n and the phases are from length 1 at most."""
        away = np.abs(_length(codes[:, :3]) - 1.0)
        for at in range(3, self._altitude, 2):
            sine, cosine = codes[:, at], codes[:, at + 1]
            away = np.maximum(away, np.abs(np.sqrt(sine * sine + cosine * cosine) - 1.0))
        return away


def _on_sphere(latitude: Float64, longitude: Float64) -> Float64:
    """Unit vectors float64[B, 3] of degrees."""
    sine, cosine = sine_cosine(latitude / 360.0)
    east, north = sine_cosine(longitude / 360.0)
    return np.stack([cosine * north, cosine * east, sine], axis=1)


def _length(vectors: Float64) -> Float64:
    """float64[B] of float64[B, 3]."""
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    return np.sqrt(x * x + y * y + z * z)


def _compressed(altitude: Float64) -> Float64:
    """The altitude's code; it stays below REACH up to HIGHEST_M."""
    size = log1p(np.abs(altitude) / KNEE_M) / FOLDS
    return np.where(altitude < 0.0, -size, size)


def _expanded(codes: Float64) -> Float64:
    """The altitude of its code."""
    size = KNEE_M * expm1(FOLDS * np.minimum(np.abs(codes), REACH))
    return np.where(codes < 0.0, -size, size)
