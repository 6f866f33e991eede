"""Units that change without a word: values that make sense only after a well-known map.

A field's value v has jumped: further than REACH steps from the value before, and further than their span beyond all
values seen. Maps u = g v + o that bring it back, to within SMOOTH steps of the value before and among the values seen
(MARGIN of their span more on either side), are suspected, unless so many values would be brought back that it says
nothing: the shorter of both windows must be at most TELLING of |v - u|, and for a factor of the value before. If a map
does so for FLIPPED different values in a row, and their steps are ALIKE times shorter or longer than usual at most,
then that is the unit the field is in now; a level or load that has changed by such a factor goes on by other steps. So
it stays until a value makes sense without the maps or with none of them. After PATIENCE values it is the field's new
unit, and the field is learned anew.

Letters: B fields, M maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from encoders.contract import Bool, Float32, Float64

REACH = 8.0
SMOOTH = 4.0
FLIPPED = 4
ALIKE = 3.0
MARGIN = 0.25
TELLING = 0.25
PATIENCE = 4096

FACTORS = (1000.0, 100.0, 60.0, 3.6, 2.54, 25.4, 14.503774, 1.609344, 2.204623, 3.28084)
"""Milli and kilo; percent, bar and kPa, m and cm; minutes; m/s and km/h; inch and cm, mm; psi and bar; mile and km;
pound and kg; foot and m."""
_TEMPERATURES = ((5 / 9, -160 / 9), (9 / 5, 32.0), (1.0, -273.15), (1.0, 273.15))
"""degF to degC, degC to degF, K to degC, degC to K."""
MAPS: tuple[tuple[float, float], ...] = (
    *_TEMPERATURES,
    *((factor, 0.0) for factor in FACTORS),
    *((1.0 / factor, 0.0) for factor in FACTORS),
)
"""[M] gain and offset: value in the field's unit = gain * value as sent + offset. M <= 24: float32 holds their bits."""

_GAIN: Float64 = np.array([gain for gain, _ in MAPS])
_OFFSET: Float64 = np.array([offset for _, offset in MAPS])
_BITS = np.array([1 << place for place in range(len(MAPS))], dtype=np.int64)


@dataclass(frozen=True)
class Suspect:
    """What is remembered of B fields whose values have jumped: float32[B] each, see encoders.watch.course."""

    low: Float32
    high: Float32
    step: Float32
    maps: Float32
    flipped: Float32
    strides: Float32


@dataclass(frozen=True)
class Followed:
    """B values as seen through the maps that are suspected."""

    maps: npt.NDArray[np.int64]
    """int64[B]: bits of MAPS; 0 where the value is taken as it was sent."""
    run: Float32
    """float32[B]: different values in a row that some map brought back."""
    strides: Float32
    """float32[B]: sum of the steps between these, in the field's unit."""
    level: Float64
    """float64[B]: the value in the field's unit, by the first of the maps."""
    change: Float64
    """float64[B]: since the value before, in the field's unit."""


def followed(values: Float64, latest: Float64, field: Suspect) -> Followed:
    """Hold float64[B] against the values before them, float64[B], and what is remembered of their fields."""
    before = field.maps.astype(np.int64)
    low, high = field.low.astype(np.float64), field.high.astype(np.float64)
    margin = MARGIN * (high - low)
    mapped = _GAIN * values[:, None] + _OFFSET
    started: Bool = before == 0
    previous = np.where(started[:, None], latest[:, None], _GAIN * latest[:, None] + _OFFSET)
    smooth: Bool = np.abs(mapped - previous) <= (SMOOTH * field.step)[:, None]
    smooth |= (field.flipped >= FLIPPED)[:, None]
    fits = smooth & (mapped >= (low - margin)[:, None]) & (mapped <= (high + margin)[:, None])
    fits &= np.where(started[:, None], _telling(values, mapped, latest, field), (before[:, None] & _BITS) != 0)
    strange = ((values < low - margin) | (values > high + margin)) & (field.flipped < PATIENCE)
    fits &= strange[:, None]
    maps: npt.NDArray[np.int64] = np.bitwise_or.reduce(np.where(fits, _BITS, 0), axis=1)
    first = np.argmax(fits, axis=1)
    rows, found = np.arange(len(values)), maps > 0
    level = np.where(found, mapped[rows, first], values)
    change = np.where(found, mapped[rows, first] - previous[rows, first], values - latest)
    stride = np.where(started, 0.0, np.abs(change))
    run = np.where(found, field.flipped + (values != latest), 0.0).astype(np.float32)
    strides = np.where(found, field.strides + stride, 0.0).astype(np.float32)
    return Followed(maps, run, strides, level, change)


def _telling(values: Float64, mapped: Float64, latest: Float64, field: Suspect) -> Bool:
    """bool[B, M]: whether few enough values would be brought back by a map for one that is to mean something."""
    window = np.minimum((1.0 + 2.0 * MARGIN) * (field.high - field.low), 2.0 * SMOOTH * field.step)
    way = np.abs(values[:, None] - mapped)
    way = np.where(_OFFSET == 0.0, np.minimum(way, np.abs(latest)[:, None]), way)
    return window[:, None] <= TELLING * way
