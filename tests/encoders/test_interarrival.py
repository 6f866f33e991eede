"""Gaps between moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.codes.interarrival import InterarrivalEncoder
from encoders.contract import State, reading_state

ENCODER = InterarrivalEncoder()
NOW_S = 1_790_000_000.0


def run(moments: Sequence[float]) -> tuple[np.ndarray, State]:
    """Codes [n, 2] of one stream's moments, and its state at the end."""
    state, codes = ENCODER.initial(1), []
    for seconds in moments:
        encoded = ENCODER.encode_numbers(np.array([seconds]), state)
        state = encoded.state
        codes.append(encoded.codes[0])
    return np.array(codes), state


def regular(count: int, jitter: float = 0.0) -> list[float]:
    shakes = np.random.default_rng(2).normal(0.0, jitter, count) if jitter else np.zeros(count)
    return (NOW_S + 60.0 * np.arange(count) + shakes).tolist()


def test_the_first_moment_has_no_gap() -> None:
    codes, state = run([NOW_S])
    assert codes.tolist() == [[0.0, 0.0]]
    assert ENCODER.decode(codes, state).values[0] == datetime.fromtimestamp(NOW_S, UTC)


def test_each_power_of_ten_is_a_step_of_the_same_size() -> None:
    levels = [run([NOW_S, NOW_S + gap])[0][1, 0] for gap in (0.1, 1.0, 10.0, 100.0, 1000.0)]
    assert np.diff(levels) == pytest.approx(np.full(4, 0.8), abs=0.005)


def test_a_moment_out_of_order_has_a_negative_gap() -> None:
    ahead, behind = run([NOW_S, NOW_S + 5.0])[0][1], run([NOW_S, NOW_S - 5.0])[0][1]
    assert behind[0] == -ahead[0] < 0.0


def test_the_next_moment_is_expected_a_usual_gap_after_the_newest() -> None:
    moments = regular(300, jitter=0.5)
    _, state = run(moments)
    usual = np.array([[0.0, 0.0]], dtype=np.float32)  # the second code tells: no deviation from the usual gap
    assert ENCODER.decode_numbers(usual, state)[0] == pytest.approx(moments[-1] + 60.0, abs=0.5)


def test_a_late_one_stands_out_of_a_regular_beat() -> None:
    codes, _ = run([*regular(300, jitter=0.5), NOW_S + 60.0 * 300 + 30.0])
    assert np.abs(codes[20:-1, 1]).max() < 8.0
    assert codes[-1, 1] == 8.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e5, 1e6), min_size=1, max_size=20))
def test_moments_come_back_to_a_share_of_the_gap(gaps: list[float]) -> None:
    state = ENCODER.encode_numbers(np.array([NOW_S]), ENCODER.initial(1)).state
    seconds = NOW_S
    for gap in gaps:
        seconds += gap
        encoded = ENCODER.encode_numbers(np.array([seconds]), state)
        back = ENCODER.decode_numbers(encoded.codes, reading_state(state, encoded.state))[0]
        assert abs(back - seconds) <= 1e-6 * (abs(gap) + 1e-3) + 1e-6
        state = encoded.state


def test_text_datetimes_and_seconds_mean_the_same() -> None:
    zoned = datetime.fromisoformat("2026-09-21T16:13:20+02:00")
    assert ENCODER.parse(["2026-09-21T14:13:20Z", zoned, NOW_S]).tolist() == [NOW_S] * 3
