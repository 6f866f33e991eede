"""Numbers and levels as short text for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

LEVELS = " ▁▂▃▄▅▆▇█"
PARTS = " ▏▎▍▌▋▊▉█"
_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))


def figure(value: Any) -> str:
    """A reading in at most ten characters or so: four digits, thousands as k, M, G, T.

    >>> [figure(value) for value in (None, True, "idle", 7, 21.456, 25033945088, 0.00042)]
    ['·', 'yes', 'idle', '7', '21.46', '25.03G', '0.00042']
    """
    if value is None:
        return "·"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    for size, suffix in _SUFFIXES:
        if abs(value) >= size:
            scaled = value / (1e3 if suffix == "k" else size)
            return f"{scaled:.4g}{suffix}"
    return f"{value + 0.0:.4g}"  # + 0.0 takes the sign off a negative zero


def sparkline(values: Sequence[float], top: float) -> str:
    """One character a value, `top` and above being full height; zero is the lowest bar.

    >>> sparkline([0.0, 2.5, 5.0], top=5.0)
    '▁▅█'
    """
    steps = len(LEVELS) - 2
    return "".join(LEVELS[1 + min(max(round(value / top * steps), 0), steps)] for value in values)


def bar(share: float, width: int) -> str:
    """A bar of `share` in [0, 1], in eighths of a character.

    >>> bar(0.5, 4)
    '██  '
    """
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    whole, part = divmod(eighths, 8)
    return (PARTS[8] * whole + (PARTS[part] if part else "")).ljust(width)


def clock_time(time_s: float | None) -> str:
    """Event time as UTC; small numbers, which are no dates, as seconds."""
    if time_s is None or math.isnan(time_s):
        return "·"
    if time_s < 1e8:
        return f"{time_s:.0f} s"
    return datetime.fromtimestamp(time_s, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """Hours, minutes and seconds since the start.

    >>> duration(3725)
    '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
