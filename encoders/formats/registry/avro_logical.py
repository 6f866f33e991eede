"""What Avro's logical types read as.

Timestamps become ISO-8601 text (local ones without a zone), a date its midnight; times of day are seconds, decimals
numbers, a duration months, days and seconds. fastavro calls these where the type stands, so unions need no guessing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from fastavro import read

from encoders.formats.contract import DEEPEST, Unreadable
from encoders.formats.registry.avro_schema import MARK
from encoders.formats.registry.moments import iso

_DAY_US = 86_400_000_000

LogicalReader = Callable[..., Any]
"""(bare value, its schema, reader's schema) -> plain value."""


def register() -> None:
    """Tell fastavro, which keeps one table for the process; our names (`MARK`) leave those of others alone."""
    cast("dict[str, Any]", read.LOGICAL_READERS).update(LOGICAL)


def _timestamp(value: int, *_: Any, per_us: int, zone: str) -> str | None:
    """per_us: microseconds in one step, or 0 for steps of a nanosecond."""
    return iso(value * per_us if per_us else value // 1000, zone)


def _date(value: int, *_: Any) -> str | None:
    return iso(value * _DAY_US, "")


def _time_of_day(value: int, *_: Any, per_s: float) -> float:
    return value / per_s


def _decimal(value: bytes, schema: Any, *_: Any) -> float:
    """A whole number, most significant byte first, two's complement, divided by 10 to the scale."""
    whole = int.from_bytes(value, signed=True)
    try:
        return whole / 10 ** int(schema["scale"])
    except OverflowError:
        return float("inf") if whole > 0 else float("-inf")


def _duration(value: bytes, *_: Any) -> dict[str, float]:
    """Months, days and milliseconds, 4 bytes each, least significant first."""
    months, days, millis = (int.from_bytes(value[at : at + 4], "little") for at in (0, 4, 8))
    return {"months": months, "days": days, "seconds": millis / 1000}


def _too_deep(*_: Any) -> None:
    raise Unreadable("too-deep", f"more than {DEEPEST} records within each other")


LOGICAL: dict[str, LogicalReader] = {
    "int-" + MARK + "date": _date,
    "int-" + MARK + "time-millis": partial(_time_of_day, per_s=1e3),
    "long-" + MARK + "time-micros": partial(_time_of_day, per_s=1e6),
    "bytes-" + MARK + "decimal": _decimal,
    "fixed-" + MARK + "decimal": _decimal,
    "fixed-" + MARK + "duration": _duration,
    "null-" + MARK + "too-deep": _too_deep,
} | {
    f"long-{MARK}{local}timestamp-{unit}": partial(_timestamp, per_us=per_us, zone=zone)
    for local, zone in (("", "+00:00"), ("local-", ""))
    for unit, per_us in (("millis", 1000), ("micros", 1), ("nanos", 0))
}
"""Type and logical type -> how it reads."""
