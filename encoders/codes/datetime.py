"""A moment as the phases of hour, day and week (UTC): what recurs is what can be expected.

codes = (sin, cos) of the hour's phase, of the day's, of the week's; a week starts on Monday, 0:00 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes.number import as_number
from encoders.codes.turn import angle_turns, sine_cosine
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma
from encoders.instant import EARLIEST_S, LATEST_S, iso_seconds, moment, moment_seconds

PERIODS_S = (3600.0, 86_400.0, 604_800.0)
"""Hour, day, week."""
MONDAY_S = 4 * 86_400.0
"""The first Monday after the start of 1970."""
RESOLUTION_S = 0.002
"""float32 tells 1e-7 of an hour's turn apart."""
AMBIGUOUS_S = 302_400.0
"""A code tells moments apart within half a week before and after the last one seen."""

_DTYPE = np.dtype([("version", "<i4"), ("seen", "<i4"), ("last", "<f8")])
_PLAIN = {float, int, type(None)}


class DatetimeConfig(BaseModel):
    """It has no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DatetimeEncoder:
    """See NumberEncoder. Values: seconds since 1970, ISO-8601 text with date and time, datetime; years 1 to 9999.

    A moment is read back as the one nearest to the last seen that has these phases.
    """

    name = "datetime"
    width = 6
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = DatetimeConfig(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder: seconds since 1970 (UTC)."""
        if set(map(type, values)) <= _PLAIN:
            try:
                return np.array(values, dtype=np.float64)
            except OverflowError:
                pass
        return np.array([_seconds(value) for value in values], dtype=np.float64)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = (numbers >= EARLIEST_S) & (numbers <= LATEST_S)
        seconds = np.where(sensed, numbers, state["last"])
        after = state.copy()
        after["last"] = seconds
        after["seen"] = state["seen"] | sensed
        after["version"] = after["seen"]
        codes = np.empty((len(seconds), self.width), dtype=np.float32)
        for place, period_s in enumerate(PERIODS_S):
            sine, cosine = sine_cosine(_phase(seconds, period_s))
            codes[:, 2 * place] = sine
            codes[:, 2 * place + 1] = cosine
        codes[~sensed] = 0.0
        return Encoded(codes, sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: the week's phase finds the day, the day's the hour, the hour's the second."""
        pairs = codes.astype(np.float64)
        seconds = state["last"]
        for place, period_s in reversed(list(enumerate(PERIODS_S))):
            phase = angle_turns(pairs[:, 2 * place], pairs[:, 2 * place + 1])
            ahead = phase - _phase(seconds, period_s)
            seconds = seconds + (ahead - np.rint(ahead)) * period_s
        return np.where(state["seen"] > 0, np.clip(seconds, EARLIEST_S, LATEST_S), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near the three pairs lie to the unit circle."""
        seconds = self.decode_numbers(codes, state)
        values = np.empty(len(seconds), dtype=np.object_)
        values[:] = [None if second != second else moment(second) for second in seconds.tolist()]
        pairs = codes.astype(np.float64)
        away = np.zeros(len(codes))
        for place in range(len(PERIODS_S)):
            sine, cosine = pairs[:, 2 * place], pairs[:, 2 * place + 1]
            away = np.maximum(away, np.abs(np.sqrt(sine * sine + cosine * cosine) - 1.0))
        confidence = np.where(state["seen"] > 0, np.maximum(1.0 - away, 0.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: seconds, by the hour's phase."""
        wide = deviation.astype(np.float64)
        radians = np.sqrt(0.5 * (wide[:, 0] * wide[:, 0] + wide[:, 1] * wide[:, 1]))
        return np.where(state["seen"] > 0, radians * PERIODS_S[0] / (2.0 * np.pi), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in seconds; root mean square over each phase's pair, at most 1."""
        turns = usable_sigma(sigma)[:, None] * (np.sqrt(2.0) * np.pi / np.repeat(PERIODS_S, 2))
        return np.minimum(turns, 1.0).astype(np.float32)

    def resolution(self, state: State) -> Float64:
        """See Encoder: seconds, within AMBIGUOUS_S of the last moment seen."""
        return np.where(state["seen"] > 0, RESOLUTION_S, np.nan)


def _phase(seconds: Float64, period_s: float) -> Float64:
    """Share of the period that has passed, in [0, 1]."""
    since = seconds - MONDAY_S
    return since / period_s - np.floor(since / period_s)


def _seconds(value: object) -> float:
    """Seconds since 1970 of one value of any kind; NaN where it is no moment."""
    if isinstance(value, str):
        return iso_seconds(value)
    if isinstance(value, datetime):
        return moment_seconds(value)
    return as_number(value)
