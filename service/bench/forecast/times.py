"""Times as CSV files write them, read column by column, since one cell may not say which number is the day."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from encoders.instant import iso_seconds, moment_seconds
from plastic_core.state import Float64

DAY_S = 86_400.0

_UNITS = ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (math.inf, 1e-9))
"""Numbers below the first are counted in the second, seconds: up to the year 5138 nothing is mistaken."""
_CLOCK = r"(?:[T ](?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?)?"
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<one>\d\d?)[-/.](?P<two>\d\d?)" + _CLOCK)
_YEAR_LAST = re.compile(r"(?P<one>\d\d?)(?P<sign>[-/.])(?P<two>\d\d?)[-/.](?P<year>\d{4})" + _CLOCK)


def seconds_of(cells: Sequence[str]) -> Float64:
    """float64[T], seconds since 1970 (UTC where no zone is named); NaN for what is no time, and for an empty cell.

    Numbers are seconds, milliseconds, micro- or nanoseconds by the size of the median. Of 3/4/2010 the month comes
    first, unless another cell shows that it cannot, or the sign is a dot.

    >>> seconds_of(["2010-01-01 00:00:00", "1/1/2010 1:00", "1262311200"]).tolist()
    [1262304000.0, 1262307600.0, 1262311200.0]
    """
    numbers = np.array([_number(cell) for cell in cells])
    if np.isfinite(numbers).any():
        size = float(np.median(np.abs(numbers[np.isfinite(numbers)])))
        numbers *= next(unit for limit, unit in _UNITS if size < limit)
    day_first = any(_shows_day_first(cell) for cell in cells)
    return np.array(
        [
            number if math.isfinite(number) else _text_seconds(cell.strip(), day_first)
            for cell, number in zip(cells, numbers.tolist(), strict=True)
        ]
    )


def rows_a_day(times: Float64) -> int:
    """Rows in a day by the median step between rows; 1 where no time is known or a day has less than two rows."""
    known = times[np.isfinite(times)]
    steps = np.diff(known)
    steps = steps[steps > 0]
    return max(round(DAY_S / float(np.median(steps))), 1) if len(steps) else 1


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _shows_day_first(cell: str) -> bool:
    found = _YEAR_LAST.fullmatch(cell.strip())
    return found is not None and (found["sign"] == "." or int(found["one"]) > 12)


def _text_seconds(cell: str, day_first: bool) -> float:
    found = _YEAR_LAST.fullmatch(cell)
    month, day = ("two", "one") if found and day_first else ("one", "two")
    found = found or _YEAR_FIRST.fullmatch(cell)
    if found is None:
        return iso_seconds(cell)
    fraction = float(f"0.{found['fraction'] or 0}")
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    try:
        told = datetime(int(found["year"]), int(found[month]), int(found[day]), hour, minute, second)
    except ValueError:
        return math.nan
    return moment_seconds(told) + fraction
