"""Units that change without a word: values that make sense only after a well-known map.

A field's value v has jumped: it lies further than REACH spreads from the mean and REACH steps from the value before.
Maps g v + o that bring it back, within REACH spreads of the mean and SMOOTH steps of the value before, are suspected.
Those that do so for FLIPPED values in a row, each step of them as small as the field's own, are taken for the unit it
is in now, until a value makes sense without them or none of them does any longer. After PATIENCE values it is the
field's new unit, and the field is learned anew.

Letters: B fields, M maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from encoders.contract import Bool, Float64

REACH = 8.0
SMOOTH = 4.0
FLIPPED = 3
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
    """What is remembered of B fields whose values have jumped: float64[B] each, see encoders.watch.course."""

    latest: Float64
    mean: Float64
    spread: Float64
    step: Float64
    maps: Float64
    flipped: Float64


@dataclass(frozen=True)
class Followed:
    """B values as seen through the maps that are suspected."""

    maps: npt.NDArray[np.int64]
    """int64[B]: bits of MAPS; 0 where the value is taken as it was sent."""
    run: Float64
    """float64[B]: values in a row that some map brought back."""
    level: Float64
    """float64[B]: the value in the field's unit, by the first of the maps."""
    change: Float64
    """float64[B]: since the value before, in the field's unit."""


def followed(values: Float64, field: Suspect) -> Followed:
    """Hold float64[B] against what is remembered of their fields."""
    before = field.maps.astype(np.int64)
    near = REACH * field.spread
    mapped = _GAIN * values[:, None] + _OFFSET
    started = (before == 0)[:, None]
    previous = np.where(started, field.latest[:, None], _GAIN * field.latest[:, None] + _OFFSET)
    smooth: Bool = np.abs(mapped - previous) <= (SMOOTH * field.step)[:, None]
    smooth |= (field.flipped >= FLIPPED)[:, None]
    back: Bool = np.abs(mapped - field.mean[:, None]) <= near[:, None]
    fits = back & smooth & (started | ((before[:, None] & _BITS) != 0))
    fits &= ((np.abs(values - field.mean) > near) & (field.flipped < PATIENCE))[:, None]
    maps: npt.NDArray[np.int64] = np.bitwise_or.reduce(np.where(fits, _BITS, 0), axis=1)
    first = np.argmax(fits, axis=1)
    rows, found = np.arange(len(values)), maps > 0
    level = np.where(found, mapped[rows, first], values)
    change = np.where(found, mapped[rows, first] - previous[rows, first], values - field.latest)
    return Followed(maps, np.where(found, field.flipped + 1.0, 0.0), level, change)
