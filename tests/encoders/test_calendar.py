"""Moments in the calendar of a zone: phases, holidays, and the hours when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.codes.calendar import RESOLUTION_S, CalendarEncoder

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
BERLIN = CalendarEncoder(zone="Europe/Berlin", holidays=["12-25", "2026-04-03"])


def codes_of(encoder: CalendarEncoder, *moments: datetime) -> Any:
    seconds = np.array([moment.timestamp() for moment in moments])
    return encoder.encode_numbers(seconds, encoder.initial(len(moments))).codes


def test_week_and_day_are_local_and_the_year_starts_in_january() -> None:
    monday = datetime.fromisoformat("2026-09-21T00:00:00+02:00")
    codes = codes_of(BERLIN, monday, monday + timedelta(hours=6))
    assert codes[0, 2:6].tolist() == pytest.approx([0.0, 1.0, 0.0, 1.0], abs=1e-6)
    assert codes[1, 4:6].tolist() == pytest.approx([1.0, 0.0], abs=1e-6)
    starts = codes_of(BERLIN, *[datetime(year, 1, 1, tzinfo=UTC) for year in range(1990, 2060)])
    assert (np.abs(starts[:, 0]) < 0.03).all()
    assert (starts[:, 1] > 0.999).all()


def test_local_noon_is_one_code_on_both_sides_of_the_change_of_clocks() -> None:
    days = [datetime.fromisoformat(f"2026-03-{day}T12:00:00+0{ahead}:00") for day, ahead in ((28, 1), (30, 2))]
    codes = codes_of(BERLIN, *days)
    assert codes[0, 4:6].tolist() == codes[1, 4:6].tolist()


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("2026-12-24T23:30:00Z", 1.0),  # in Berlin it is the 25th
        ("2026-12-25T22:30:00Z", 1.0),
        ("2026-12-25T23:30:00Z", -1.0),
        ("1999-12-25T12:00:00Z", 1.0),
        ("2026-04-03T12:00:00Z", 1.0),
        ("2027-04-03T12:00:00Z", -1.0),
    ],
)
def test_holidays_are_local_days(text: str, flag: float) -> None:
    assert codes_of(BERLIN, datetime.fromisoformat(text))[0, 6] == flag


def test_without_holidays_there_is_no_channel_for_them() -> None:
    assert CalendarEncoder().width == 6
    assert codes_of(CalendarEncoder(), datetime(2026, 1, 1, tzinfo=UTC)).shape == (1, 6)


@pytest.mark.parametrize("zone", ZONES)
def test_moments_come_back_in_any_zone(zone: str) -> None:
    encoder = CalendarEncoder(zone=zone)

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(st.datetimes(datetime(1850, 1, 1), datetime(2100, 1, 1)), st.timedeltas(-timedelta(180), timedelta(180)))
    def holds(naive: datetime, ahead: timedelta) -> None:
        last, seconds = naive.replace(tzinfo=UTC).timestamp(), (naive + ahead).replace(tzinfo=UTC).timestamp()
        state = encoder.encode_numbers(np.array([last]), encoder.initial(1)).state
        codes = encoder.encode_numbers(np.array([seconds]), state).codes
        assert encoder.decode_numbers(codes, state)[0] == pytest.approx(seconds, abs=RESOLUTION_S)

    holds()


@pytest.mark.parametrize("change", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2011-03-27T01:00:00Z"])
def test_each_second_around_a_change_of_clocks_comes_back(change: str) -> None:
    middle = datetime.fromisoformat(change).timestamp()
    steps = np.array([-7200.0, -3600.0, -1800.0, -1.0, -0.5, -0.001, -1e-6, 0.0, 1e-6, 0.001, 0.5, 1.0, 1800.0, 3600.0])
    state = BERLIN.encode_numbers(np.full(len(steps), middle - 86_400.0), BERLIN.initial(len(steps))).state
    codes = BERLIN.encode_numbers(middle + steps, state).codes
    assert BERLIN.decode_numbers(codes, state) - middle == pytest.approx(steps, abs=RESOLUTION_S)


def test_an_expected_moment_that_is_a_little_off_is_read_a_little_off() -> None:
    moments = np.array([datetime(2026, 10, 24, hour, tzinfo=UTC).timestamp() for hour in range(24)])
    encoded = BERLIN.encode_numbers(moments, BERLIN.initial(24))
    noisy = encoded.codes + np.float32(0.001) * np.random.default_rng(1).normal(size=encoded.codes.shape)
    away = BERLIN.decode_numbers(noisy.astype(np.float32), encoded.state) - moments
    assert np.abs(away).max() < 120.0


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"holidays": ["25.12."]}, {"holidays": ["13-01"]}, {"holidays": ["2026-02-29"]}]
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        CalendarEncoder(**wrong)
