from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from encoders.checks import Example
from tests.contracts.encoder_examples.first import moment_error


def unit_vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    lat, lon = math.radians(latitude), math.radians(longitude)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def place_error(given: Any, back: Any) -> float:
    """Metres over ground, or a hundredth of a metre for each millionth by which an altitude is wrong."""
    told = [given["lat"], given["lon"]] if isinstance(given, dict) else [x for x in given if x is not None]
    if len(told) != len(back):
        return math.inf
    ground_m = 6_371_008.8 * math.dist(unit_vector(*told[:2]), unit_vector(*back[:2]))
    high = 1e4 * abs(told[2] - back[2]) / (10.0 + abs(told[2])) if len(told) == 3 else 0.0
    return max(ground_m, high)


def distance(given: Any, back: Any) -> float:
    return math.dist(given, back)


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
    "geospatial": Example(
        values=st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 360.0))
        | st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 360.0), st.floats(-1e9, 1e9) | st.floats(-50.0, 50.0)),
        edges=(
            [90, 0],
            [-90.0, 77.0],
            [90.0 - 1e-9, -135.0, 0.0],
            [0.0, 180.0],
            [0.0, -180.0, None],
            [12.5, 360.0, -1e9],
            {"lat": 48.1, "lon": 11.6, "accuracy": 3.0},
        ),
        wrong=(
            1.0,
            "48,11",
            [91.0, 0.0],
            [0.0, 361.0],
            [0.0, -181.0],
            [1.0, 2.0, 1e10],
            [1.0, 2.0, 3.0, 4.0],
            ["1", "2"],
            [True, 1.0],
            [None, 1.0],
            [1.0, float("nan")],
            [1.0, 2.0, float("inf")],
            [10**400, 0.0],
            {"lat": 1.0},
        ),
        error=place_error,
        ramp=[[48.1, 11.6 + 1e-5 * k] for k in range(20)],
        history=[[48.1, 11.6]],
        hoard=lambda step: [0.5 * step, 1.5 * step],
    ),
    "grid": Example(
        values=st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)) | st.tuples(st.floats(-9, 9), st.floats(-9, 9)),
        edges=([0, 0], [-0.0, 1e9], [-1e9, -1e9], [5e-324, 1.0], (1.0, -16.0)),
        wrong=(1.0, [1.0, 2.0, 3.0], [1e10, 0.0], ["1", "2"], [True, 1.0], [None, 1.0], {"x": 1.0}, [[1.0, 2.0]]),
        error=distance,
        ramp=[[0.02 * k, 0.01 * k] for k in range(30)],
        hoard=lambda step: [0.5 * step, -1.5 * step],
    ),
}
