from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from encoders.checks import Example
from tests.contracts.encoder_examples.first import moment_error

SPACE: dict[str, Example] = {
    "calendar": Example(
        values=st.datetimes(datetime(1, 1, 5), datetime(9999, 12, 27), timezones=st.just(UTC))
        | st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 27), timezones=st.just(UTC)),
        edges=(
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
            *(datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=15 * k) for k in range(9)),
            *(datetime(2026, 3, 29, 1, tzinfo=UTC) + timedelta(milliseconds=k) for k in range(-3, 4)),
        ),
        wrong=(True, "yesterday", "2026-13-01T00:00", "12", 1e12),
        error=moment_error,
        ramp=[datetime(2026, 9, 21, tzinfo=UTC) + timedelta(minutes=10 * k) for k in range(40)],
        hoard=lambda step: datetime(2026, 9, 21, tzinfo=UTC) + timedelta(hours=step),
        config={"zone": "Europe/Berlin", "holidays": ["12-25", "2026-04-03"]},
    ),
}
