"""Moments as seconds since 1970 (UTC), out of what messages hold."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from encoders.schema.topic import TimeKey, TimeUnit

EARLIEST_S = -62_135_596_800.0
"""The start of year 1."""
LATEST_S = 253_402_300_799.0
"""The end of year 9999."""
SECONDS_PER: dict[TimeUnit, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHORTEST_ISO = len("2026-09-21T14:13")
_LONGEST_ISO = 48
_CLOCK = r"(?P<clock>\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?) ?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
_LAX = tuple(
    re.compile(day + _CLOCK)
    for day in (
        r"(?P<year>\d{4})[-/.]?(?P<month>\d\d)[-/.]?(?P<day>\d\d)[T ]",
        r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4}),? ",
    )
)
"""2026/09/21 14:13:20, 20260921T141320Z, 2026-09-21 14:13:20 UTC; and the day first: 21.09.2026 14:13:20."""
_ZONED = re.compile(r"(?:Z|UTC|GMT|:?\d\d(?:[.,]\d+)? ?[+-]\d\d(?::?\d\d)?)$")


def iso_seconds(text: str, zone: tzinfo = UTC) -> float:
    """Seconds since 1970 of a date and time, in ISO-8601 or near it; NaN for anything else.

    zone: of a time that names none.

    >>> iso_seconds("2026-09-21T16:13:20+02:00")
    1790000000.0
    >>> iso_seconds("21.09.2026 14:13:20")
    1790000000.0
    >>> iso_seconds("2026-09-21")
    nan
    """
    if len(text) < _SHORTEST_ISO - 2 or not text[0].isdigit():
        return math.nan
    try:
        if text[4] == "-" and text[10] in "T ":
            return moment_seconds(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        pass
    return _lax_seconds(text, zone)


def _lax_seconds(text: str, zone: tzinfo) -> float:
    """See iso_seconds, of the spellings in _LAX."""
    if len(text) > _LONGEST_ISO:
        return math.nan
    found = next((match for match in (form.fullmatch(text) for form in _LAX) if match), None)
    if found is None:
        return math.nan
    told = "" if found["zone"] is None else "Z" if found["zone"][0] in "ZUG" else found["zone"]
    strict = f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}T{found['clock'].replace(',', '.')}{told}"
    try:
        return moment_seconds(datetime.fromisoformat(strict), zone)
    except (ValueError, OverflowError):
        return math.nan


def moment_seconds(moment: datetime, zone: tzinfo = UTC) -> float:
    """Seconds since 1970 of a datetime; zone: of one that names none. NaN beyond the years 1 to 9999 in UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    seconds = (aware - _EPOCH).total_seconds()
    return seconds if EARLIEST_S <= seconds <= LATEST_S else math.nan


def moment(seconds: float) -> datetime:
    """The UTC datetime, to the microsecond; seconds lie within EARLIEST_S and LATEST_S."""
    return _EPOCH + timedelta(seconds=seconds)


def event_seconds(value: object, unit: TimeUnit, zone: tzinfo = UTC) -> float:
    """The event time that a message's time key holds; NaN where it is not one in this unit.

    Numbers may come as text. zone: of ISO-8601 times that name none. Beyond the years 1 to 9999 there is no time.
    """
    told = unit in ("iso", "iso-local")
    if told and isinstance(value, datetime):
        return moment_seconds(value, zone)
    if told and isinstance(value, str):
        return iso_seconds(value, zone)
    if told or isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        seconds = float(value) * SECONDS_PER[unit]
    except (OverflowError, ValueError):
        return math.nan
    return seconds if EARLIEST_S <= seconds <= LATEST_S else math.nan


def event_times(told: Sequence[object], key: TimeKey) -> npt.NDArray[np.float64]:
    """float64[K] of the values that K messages hold at their time key: `event_seconds` of each.

    Raises ValueError where the key names a zone that does not exist.
    """
    if key.unit in SECONDS_PER and set(map(type, told)) <= {int, float}:
        try:
            seconds = np.array(told, dtype=np.float64) * SECONDS_PER[key.unit]
        except OverflowError:
            pass
        else:
            return np.where((seconds >= EARLIEST_S) & (seconds <= LATEST_S), seconds, np.nan)
    zone = zone_named(key.zone)
    return np.array([event_seconds(value, key.unit, zone) for value in told], dtype=np.float64)


@cache
def zone_named(name: str) -> tzinfo:
    """The zone of that name in the time zone database. Raises ValueError."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(f"no time zone {name!r}: give one such as Europe/Berlin") from error


def is_zoned(text: str) -> bool:
    """Whether a date and time says in which zone it is.

    >>> is_zoned("2026-09-21T14:13:20+02:00"), is_zoned("2026-09-21 14:13:20")
    (True, False)
    """
    return _ZONED.search(text) is not None


def is_iso(text: str) -> bool:
    """Whether the text is a date with a time, as iso_seconds reads them."""
    return not math.isnan(iso_seconds(text))
