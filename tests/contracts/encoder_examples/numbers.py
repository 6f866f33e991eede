from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import remainder
from typing import Any

import numpy as np
from hypothesis import strategies as st

from encoders.checks import Example, number_error
from encoders.codes.distribution import RANKS
from tests.contracts.encoder_examples.first import moment_error

NOON = datetime(2026, 9, 21, 12, tzinfo=UTC)
NO_NUMBERS = (True, False, "warm", "", "1_000", "nan", "inf", 1e308, -1e308, "9" * 400)


def circle_error(given: Any, back: Any) -> float:
    return abs(remainder(remainder(float(given), 360.0) - float(back), 360.0))


def counts_error(given: Any, back: Any) -> float:
    return max(abs(count - again) for count, again in zip(given, back, strict=True)) / (sum(given) + 1.0)


def summary_error(given: Any, back: Any) -> float:
    samples = np.asarray(given, dtype=np.float64)
    quantiles = zip(np.quantile(samples, RANKS), back["quantiles"], strict=True)
    away = [abs(there - told) for there, told in quantiles]
    rounding = 1e-15 * float(np.abs(samples).max())  # numpy's own way to interpolate and to add up
    return max(abs(samples.mean() - back["mean"]), abs(samples.std() - back["std"]), *away) - rounding


def share_error(given: Any, back: Any) -> float:
    return number_error(given, back) / (abs(float(given)) + 1.0)


NUMBERS: dict[str, Example] = {
    "counter": Example(
        values=st.integers(0, 10**15) | st.floats(0.0, 5e35) | st.integers(0, 100),
        edges=(0, -0.0, 5e-324, 5e35, 2**53, "12.5"),
        wrong=(*NO_NUMBERS, -1, -1e-300, 6e35),
        error=number_error,
        ramp=[1000 + 10 * k for k in range(30)],
        history=[0, 90, 210, 290, 420, 500, 640, 700, 830, 910],
        hoard=lambda step: 7 * step,
    ),
    "delta": Example(
        values=st.floats(-5e35, 5e35) | st.integers(-(10**30), 10**30) | st.floats(-100.0, 100.0),
        edges=(0, -0.0, 5e-324, 5e35, -5e35, 2**63, "12.5", "-3e4"),
        wrong=(*NO_NUMBERS, 6e35, -6e35),
        error=number_error,
        ramp=[20.0 + 0.1 * k for k in range(40)],
        history=[20.0, 24.0, 21.0, 22.0, 23.0, 20.5, 21.5, 23.5],
        hoard=float,
    ),
    "distribution": Example(
        values=st.lists(st.floats(-1e3, 1e3) | st.integers(-(10**6), 10**6), min_size=1, max_size=12)
        | st.lists(st.floats(20.0, 30.0), min_size=1, max_size=40),
        edges=([0], [-0.0], [5e-324, 0.0], [1e35], [-1e35, 1e35], (1, 2, 3), np.arange(4096), [7.5] * 4096),
        wrong=(1.0, "1,2", [True, False], ["1"], [1.0, None], [1e36], [[1.0], [2.0]], [0.0] * 4097, np.zeros((2, 2))),
        error=summary_error,
        ramp=[[20.0 + 0.1 * k, 22.0 + 0.1 * k, 21.0 + 0.1 * k, 25.0 + 0.1 * k] for k in range(20)],
        history=[[20.0 + k, 24.0 + k, 21.0 + k, 25.0 + 0.5 * k] for k in (0, 1, -1, 2, 0, -2, 1, 0)],
        understood=lambda value: value == [1.0],
        hoard=lambda step: [float(step), 1.0],
    ),
    "histogram": Example(
        values=st.lists(st.integers(0, 1000) | st.floats(0.0, 1e3), min_size=16, max_size=16)
        | st.lists(st.sampled_from([0, 0, 0, 1, 10**12]), min_size=16, max_size=16),
        edges=([0] * 16, [5e-324] * 16, [1e15] + [0.0] * 15, tuple(range(16)), np.arange(16), [1e-300] * 16),
        wrong=(1.0, [1] * 15, [1] * 17, [-1] + [1] * 15, [True] * 16, ["1"] * 16, [None] + [1] * 15, [1e37] * 16),
        error=counts_error,
        ramp=[[500 - 10 * k, 500 + 10 * k] + [100] * 14 for k in range(40)],
        hoard=lambda step: [step] * 16,
    ),
    "interarrival": Example(
        values=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))
        | st.datetimes(datetime(2026, 9, 21), datetime(2026, 9, 28), timezones=st.just(UTC)),
        edges=(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        wrong=(True, "yesterday", "2026-13-01T00:00", "12", 1e12),
        error=moment_error,
        ramp=[NOON + timedelta(minutes=9, seconds=20 * k) for k in range(12)],
        history=[NOON + timedelta(seconds=second) for second in (0, 50, 120, 170, 250, 300, 370, 410, 470)],
        hoard=lambda step: NOON + timedelta(hours=step),
    ),
    "log": Example(
        values=st.floats(-1e16, 1e16) | st.integers(-(10**15), 10**15) | st.floats(-2.0, 2.0),
        edges=(0, -0.0, 5e-324, -5e-324, 1.0, 1e16, -1e16, 1e36, -1e36, "12.5", "-3e4"),
        wrong=NO_NUMBERS,
        error=share_error,
        ramp=[10.0 * 1.1**k for k in range(40)],
        hoard=float,
    ),
    "periodic": Example(
        values=st.floats(0.0, 360.0, exclude_max=True) | st.floats(-1e6, 1e6) | st.integers(-(10**15), 10**15),
        edges=(0, -0.0, 5e-324, -5e-324, 359.999999, 360, -360.0, 180, 1e36, -1e36, "12.5", "-3e4"),
        wrong=NO_NUMBERS,
        error=circle_error,
        ramp=[355.0 + 0.5 * k for k in range(20)],
        hoard=float,
    ),
    "population": Example(
        values=st.floats(-20.0, 40.0) | st.integers(-20, 40),
        edges=(-20, 40, 0, -0.0, 5e-324, "12.5", -20.0 + 1e-12),
        wrong=(*NO_NUMBERS, -20.1, 40.1, 1e36),
        error=number_error,
        ramp=[10.0 + 0.5 * k for k in range(20)],
        config={"low": -20.0, "high": 40.0},
        hoard=lambda step: step % 40,
    ),
    "quantile": Example(
        values=st.floats(-1e36, 1e36) | st.integers(-(10**30), 10**30) | st.floats(-100.0, 100.0),
        edges=(0, -0.0, 5e-324, -5e-324, 1e36, -1e36, 2**63, "12.5", "-3e4"),
        wrong=NO_NUMBERS,
        error=number_error,
        ramp=[20.0 + 0.1 * k for k in range(40)],
        history=[20.0 + 0.06 * k for k in range(80)],
        hoard=float,
    ),
    "rdse": Example(
        values=st.floats(-1e14, 1e14) | st.integers(-(10**13), 10**13) | st.floats(-100.0, 100.0),
        edges=(0, -0.0, 5e-324, -5e-324, 2.0**48, -(2.0**48), "12.5", "-3e4", 0.999999999),
        wrong=(*NO_NUMBERS, 2.0**49, -1e36),
        error=number_error,
        ramp=[20.25 + 0.5 * k for k in range(30)],
        hoard=lambda step: 1000.0 * step,
    ),
}
