from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from encoders.checks import Example, number_error


def symbol_error(given: Any, back: Any) -> float:
    return 0.0 if str(given) == str(back) else 1.0


def moment_error(given: Any, back: Any) -> float:
    return abs((given - back).total_seconds())


FIRST: dict[str, Example] = {
    "boolean": Example(values=st.booleans(), edges=(True, False), wrong=(2, -1, 0.5, "maybe", "")),
    "category": Example(
        values=st.text(max_size=8),
        edges=("", "a" * 32, "\u00e9" * 16, "\U0001f321" * 8, "a\0", "\0"),
        wrong=(1, 2.5, True),
        error=symbol_error,
        hoard=lambda step: f"symbol-{step}",
    ),
    "datetime": Example(
        values=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)),
        edges=(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        wrong=(True, "yesterday", "2026-13-01T00:00", "12", 1e12),
        error=moment_error,
        ramp=[datetime(2026, 9, 21, tzinfo=UTC) + timedelta(seconds=20 * k) for k in range(40)],
        hoard=lambda step: datetime(2026, 9, 21, tzinfo=UTC) + timedelta(hours=step),
    ),
    "scalar": Example(
        values=st.floats(-1e36, 1e36) | st.integers(-(10**30), 10**30) | st.floats(-100.0, 100.0),
        edges=(0, -0.0, 5e-324, -5e-324, 1e36, -1e36, 2**63, "12.5", "-3e4"),
        wrong=(True, False, "warm", "", "1_000", "nan", "inf", 1e308, -1e308, "9" * 400),
        error=number_error,
        ramp=[20.0 + 0.1 * k for k in range(40)],
        history=[20.0, 24.0, 21.0, 22.0, 23.0, 20.5, 21.5, 23.5],
        hoard=float,
    ),
}
