"""Moments by their phases."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from encoders.codes.datetime import DatetimeEncoder
from encoders.codes.turn import angle_turns, sine_cosine
from encoders.instant import iso_seconds

ENCODER = DatetimeEncoder()
NOW_S = 1_790_000_000.0


def codes_of(seconds: float) -> np.ndarray:
    return ENCODER.encode_numbers(np.array([seconds]), ENCODER.initial(1)).codes


def test_turns_agree_with_the_definition() -> None:
    turns = np.linspace(-2.0, 2.0, 4001)
    sine, cosine = sine_cosine(turns)
    assert sine == pytest.approx(np.sin(2.0 * np.pi * turns), abs=1e-9)
    assert cosine == pytest.approx(np.cos(2.0 * np.pi * turns), abs=1e-9)
    back = angle_turns(sine, cosine)
    away = back - turns
    assert away - np.rint(away) == pytest.approx(np.zeros(4001), abs=1e-9)
    assert angle_turns(np.zeros(1), np.zeros(1)).tolist() == [0.0]


def test_phases_start_on_the_hour_at_midnight_and_on_monday() -> None:
    monday = datetime(2026, 9, 21, tzinfo=UTC).timestamp()
    assert codes_of(monday)[0].tolist() == pytest.approx([0.0, 1.0] * 3, abs=1e-6)
    assert codes_of(monday + 6 * 3600)[0].tolist() == pytest.approx(
        [0.0, 1.0, 1.0, 0.0, math.sin(math.pi / 14.0), math.cos(math.pi / 14.0)], abs=1e-6
    )


@pytest.mark.parametrize("away_s", [0.0, 1.0, -1.0, 3599.0, -7200.5, 86_400.0, -172_800.25, 300_000.0, -300_000.0])
def test_an_expected_moment_is_read_near_the_last_one(away_s: float) -> None:
    state = ENCODER.encode_numbers(np.array([NOW_S]), ENCODER.initial(1)).state
    assert ENCODER.decode_numbers(codes_of(NOW_S + away_s), state)[0] == pytest.approx(NOW_S + away_s, abs=0.002)


def test_text_datetimes_and_seconds_mean_the_same() -> None:
    zoned = datetime.fromisoformat("2026-09-21T16:13:20+02:00")
    naive = datetime.fromisoformat("2026-09-21T14:13:20")
    texts = ["2026-09-21T14:13:20Z", "2026-09-21 14:13:20", "2026-09-21T16:13:20.000+02:00"]
    assert ENCODER.parse([*texts, zoned, naive, NOW_S, int(NOW_S)]).tolist() == [NOW_S] * 7


@pytest.mark.parametrize(
    "text",
    ["", "2026-09-21", "14:13:20", "2026-09-21T25:00", "2026-02-30T10:00:00", "x" * 20, "9999-12-31T23:59:59-01:00"],
)
def test_other_text_is_no_moment(text: str) -> None:
    assert math.isnan(iso_seconds(text))
