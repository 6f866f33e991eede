from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from encoders.checks import Example, number_error

NO_NUMBERS = (True, False, "warm", "", "1_000", "nan", "inf", 1e308, -1e308, "9" * 400)


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
    "log": Example(
        values=st.floats(-1e16, 1e16) | st.integers(-(10**15), 10**15) | st.floats(-2.0, 2.0),
        edges=(0, -0.0, 5e-324, -5e-324, 1.0, 1e16, -1e16, 1e36, -1e36, "12.5", "-3e4"),
        wrong=NO_NUMBERS,
        error=share_error,
        ramp=[10.0 * 1.1**k for k in range(40)],
        hoard=float,
    ),
}
