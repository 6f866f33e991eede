"""A moment as a place in the calendar of its zone: season, day of the week, hour of the day, holiday or not.

    codes = (sin, cos) of the phase of the year, of the local week, of the local day; +1 on a holiday, else -1

The year's phase is that of 365.2425 days from the start of 2000 (UTC), which the calendar follows to a day and which
tells apart the two local hours that are one when clocks go back. A week starts on Monday, 0:00 local time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from encoders.codes.moments import moved, pair_spread, pairs_confidence, pairs_noise, phase, read_moments, told_moments
from encoders.codes.seen import FIELDS, seen_after
from encoders.codes.turn import sine_cosine
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State
from encoders.instant import EARLIEST_S, LATEST_S, moment, zone_named

DAY_S = 86_400.0
PERIODS_S = (365.2425 * DAY_S, 7 * DAY_S, DAY_S)
"""Year, week, day."""
STARTS_S = (10_957 * DAY_S, 4 * DAY_S, 0.0)
"""The start of 2000; the first Monday after the start of 1970; midnight."""
RESOLUTION_S = 0.005
"""float32 tells 6e-8 of a day's turn apart."""
AMBIGUOUS_S = 0.5 * PERIODS_S[0]
"""A code tells moments apart within half a year before and after the last one seen."""

_DTYPE = np.dtype([*FIELDS, ("last", "<f8")])
_EDGE_S = 3 * DAY_S
_EVERY_YEAR = re.compile(r"\d\d-\d\d")
_ONCE = re.compile(r"\d{4}-\d\d-\d\d")


class CalendarConfig(BaseModel):
    """Where the calendar hangs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str = "UTC"
    """Its name in the time zone database ("Europe/Berlin")."""
    holidays: tuple[str, ...] = Field(default=(), max_length=1000)
    """Dates ("2026-04-03") and days of each year ("12-25") in local time; they have a channel where there are any."""

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        zone_named(zone)
        return zone

    @field_validator("holidays")
    @classmethod
    def _dated(cls, holidays: tuple[str, ...]) -> tuple[str, ...]:
        for day in holidays:
            if not _ONCE.fullmatch(day) and not _EVERY_YEAR.fullmatch(day):
                raise ValueError(f"no day {day!r}: write 2026-12-25, or 12-25 for that of each year")
            date.fromisoformat(day if len(day) > 5 else f"2000-{day}")
        return holidays


class CalendarEncoder:
    """See NumberEncoder. Values: seconds since 1970, ISO-8601 text with date and time, datetime; years 1 to 9999.

    Text and datetimes that name no zone are UTC. A moment is read back, in UTC, as the one nearest to the last seen
    that has these phases.
    """

    name = "calendar"
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = CalendarConfig(**config)
        self.width = 7 if self.config.holidays else 6
        self._zone = zone_named(self.config.zone)
        self._holidays = frozenset(self.config.holidays)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder: seconds since 1970 (UTC)."""
        return read_moments(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = (numbers >= EARLIEST_S) & (numbers <= LATEST_S)
        seconds = np.where(sensed, numbers, state["last"])
        after = seen_after(state, sensed)
        after["last"] = seconds
        local = seconds + self._offsets(seconds)
        codes = np.empty((len(seconds), self.width), dtype=np.float32)
        for place, clock in enumerate((seconds, local, local)):
            codes[:, 2 * place], codes[:, 2 * place + 1] = sine_cosine(phase(clock, STARTS_S[place], PERIODS_S[place]))
        if self._holidays:
            codes[:, 6] = np.where(self._is_holiday(local), 1.0, -1.0)
        codes[~sensed] = 0.0
        return Encoded(codes, sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: the year's phase finds the week, the week's the day, the day's the second."""
        pairs = codes.astype(np.float64)
        about = _moved(state["last"], pairs, 0)
        offsets = self._offsets(about)
        local = _moved(_moved(about + offsets, pairs, 1), pairs, 2)
        seconds = local - offsets
        earlier, later = self._offsets(seconds - 1.5 * DAY_S), self._offsets(seconds + 1.5 * DAY_S)
        seconds = local - earlier
        for row in np.flatnonzero(earlier != later).tolist():
            seconds[row] = self._unfolded(local[row], (earlier[row], later[row]), about[row])
        return np.where(state["seen"] > 0, np.clip(seconds, EARLIEST_S, LATEST_S), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near the three pairs lie to the unit circle."""
        values = told_moments(self.decode_numbers(codes, state))
        near = pairs_confidence(codes.astype(np.float64), len(PERIODS_S))
        return Decoded(values, np.where(state["seen"] > 0, near, 0.0).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: seconds, by the day's phase."""
        return np.where(state["seen"] > 0, pair_spread(deviation[:, 4], deviation[:, 5], DAY_S), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in seconds; root mean square over each phase's pair, at most 1."""
        codes = np.zeros((len(sigma), self.width), dtype=np.float32)
        codes[:, :6] = pairs_noise(sigma, PERIODS_S)
        return codes

    def resolution(self, state: State) -> Float64:
        """See Encoder: seconds, within AMBIGUOUS_S of the last moment seen."""
        return np.where(state["seen"] > 0, RESOLUTION_S, np.nan)

    def _offsets(self, seconds: Float64) -> Float64:
        """Seconds by which local time is ahead of UTC at these moments."""
        if self._zone is UTC:
            return np.zeros(len(seconds))
        within = np.clip(seconds, EARLIEST_S + _EDGE_S, LATEST_S - _EDGE_S)
        return np.array([self._offset(second) for second in within.tolist()], dtype=np.float64)

    def _offset(self, second: float) -> float:
        ahead = moment(second).astimezone(self._zone).utcoffset()
        return 0.0 if ahead is None else ahead.total_seconds()

    def _unfolded(self, local: float, offsets: tuple[float, float], about: float) -> float:
        """The moment that shows this local time near a change of clocks: of two, or of none, the one nearer to about.

        Within two resolutions of the change either offset may be the right one.
        """
        near = 2.0 * RESOLUTION_S
        moments = np.array([local - offset for offset in offsets])
        both = np.stack([self._offsets(moments - near), self._offsets(moments + near)])
        fits = (both[0] == offsets) | (both[1] == offsets)
        away = np.where(fits | (not fits.any()), np.abs(moments - about), np.inf)
        return float(moments[away.argmin()])

    def _is_holiday(self, local: Float64) -> Bool:
        """bool[B]: whether the local day is one, by date or each year."""
        days = np.floor(local / DAY_S)
        found = {day: bool(self._holidays.intersection(_names(day))) for day in set(days.tolist())}
        return np.array([found[day] for day in days.tolist()], dtype=np.bool_)


def _names(day: float) -> tuple[str, ...]:
    """How a day, counted from the start of 1970, may be written as a holiday; none beyond the years 1 to 9999."""
    try:
        written = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
    except OverflowError:
        return ()
    return written, written[5:]


def _moved(seconds: Float64, pairs: Float64, place: int) -> Float64:
    """The moment nearest to `seconds` that has the phase of this pair."""
    sine, cosine = pairs[:, 2 * place], pairs[:, 2 * place + 1]
    return moved(seconds, sine, cosine, STARTS_S[place], PERIODS_S[place])
