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


def turn_error(given: Any, back: Any) -> float:
    """Radians between two attitudes [x, y, z, w], or a coordinate's error as a share of itself and a metre."""
    told = [*given["position"], *given["orientation"]] if isinstance(given, dict) else list(given)
    length = math.hypot(*told[3:])
    attitude = [x / length for x in told[3:]]
    if back[6] < 0.0 or abs(math.hypot(*back[3:]) - 1.0) > 1e-9:
        return math.inf
    apart = min(math.dist(attitude, back[3:]), math.dist([-x for x in attitude], back[3:]))
    shares = [abs(p - q) / (1.0 + abs(p)) for p, q in zip(told[:3], back[:3], strict=True)]
    return max(4.0 * math.asin(min(0.5 * apart, 1.0)), *shares)


def quaternions() -> st.SearchStrategy[list[float]]:
    part = st.floats(-1.0, 1.0)
    return st.tuples(part, part, part, part).filter(lambda q: 0.5 <= math.hypot(*q) <= 2.0).map(list)


def inertial_error(given: Any, back: Any) -> float:
    """Largest error of a number as a share of its vector's size and of a thousandth of its range."""
    told = list(given.values()) if isinstance(given, dict) else list(given)
    worst = 0.0
    for start, knee in ((0, 0.016 * 9.80665), (3, 0.035 * 180.0 / math.pi), (6, 1.0)):
        size = math.hypot(*told[start : start + 3]) + knee
        shares = [abs(p - q) / size for p, q in zip(told[start : start + 3], back[start : start + 3], strict=True)]
        worst = max([worst, *shares])
    return worst


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
    "imu": Example(
        values=st.lists(st.floats(-1e3, 1e3) | st.floats(-1e10, 1e10), min_size=9, max_size=9),
        edges=(
            [0] * 9,
            [5e-324] * 9,
            [0.0, 0.0, 9.81, 0.0, 0.0, -0.0, 1e36, -1e36, 0.0],
            dict(zip(["ax", "ay", "az", "gx", "gy", "gz", "mx", "my", "mz"], range(9), strict=True)),
        ),
        wrong=(1.0, [1.0] * 6, [1.0] * 8, [1.0] * 10, [1e37] * 9, ["1"] * 9, [True] * 9, [[1.0] * 9], {"ax": 1.0}),
        error=inertial_error,
        ramp=[[0.2 * k, 0.0, 9.81, 0.01 * k, 0.0, 0.0, 40.0, 0.0, 0.0] for k in range(30)],
        hoard=lambda step: [float(step)] * 9,
        config={"magnetometer": True, "gyro_unit": "deg/s"},
    ),
    "pose": Example(
        values=st.tuples(st.lists(st.floats(-1e9, 1e9) | st.floats(-5, 5), min_size=3, max_size=3), quaternions()).map(
            lambda parts: [*parts[0], *parts[1]]
        ),
        edges=(
            [0, 0, 0, 0, 0, 0, 1],
            [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            [1.0, 2.0, 3.0, 0.0, -2.0, 0.0, 0.0],
            (-0.0, 5e-324, 2900.0, 0.0, 0.0, 0.5, -0.0),
            [0.0, 0.0, 0.0, 0.5, -0.5, 0.5, -0.5],
            {"position": [1.0, 2.0, 3.0], "orientation": [0.0, 0.0, -1.0, 1e-9]},
        ),
        wrong=(
            1.0,
            [0.0] * 7,
            [0.0, 0.0, 0.0, 1.0],
            [0.0] * 6 + [2.1],
            [0.0] * 6 + [0.4],
            [1e10] + [0.0] * 5 + [1.0],
            [0.0] * 6 + ["1"],
            [0.0] * 6 + [True],
            [None] + [0.0] * 5 + [1.0],
            {"position": [0.0, 0.0, 0.0]},
            {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0},
        ),
        error=turn_error,
        ramp=[[0.0, 0.0, 0.0, 0.0, 0.0, math.sin(0.05 * k), math.cos(0.05 * k)] for k in range(30)],
        hoard=lambda step: [float(step), 0.0, 0.0, 0.0, 0.0, 1.0, 0.01 * step],
        config={"position": True},
    ),
}
