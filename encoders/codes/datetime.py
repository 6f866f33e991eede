"""A moment as the phases of hour, day and week (UTC): what recurs is what can be expected.

codes = (sin, cos) of the hour's phase, of the day's, of the week's; a week starts on Monday, 0:00 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes.moments import moved, pair_spread, pairs_confidence, pairs_noise, phase, read_moments, told_moments
from encoders.codes.seen import FIELDS, seen_after
from encoders.codes.turn import sine_cosine
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State
from encoders.instant import EARLIEST_S, LATEST_S

PERIODS_S = (3600.0, 86_400.0, 604_800.0)
"""Hour, day, week."""
MONDAY_S = 4 * 86_400.0
"""The first Monday after the start of 1970."""
RESOLUTION_S = 0.002
"""float32 tells 1e-7 of an hour's turn apart."""
AMBIGUOUS_S = 302_400.0
"""A code tells moments apart within half a week before and after the last one seen."""

_DTYPE = np.dtype([*FIELDS, ("last", "<f8")])


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
        codes = np.empty((len(seconds), self.width), dtype=np.float32)
        for place, period_s in enumerate(PERIODS_S):
            codes[:, 2 * place], codes[:, 2 * place + 1] = sine_cosine(phase(seconds, MONDAY_S, period_s))
        codes[~sensed] = 0.0
        return Encoded(codes, sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: the week's phase finds the day, the day's the hour, the hour's the second."""
        pairs = codes.astype(np.float64)
        seconds = state["last"]
        for place, period_s in reversed(list(enumerate(PERIODS_S))):
            seconds = moved(seconds, pairs[:, 2 * place], pairs[:, 2 * place + 1], MONDAY_S, period_s)
        return np.where(state["seen"] > 0, np.clip(seconds, EARLIEST_S, LATEST_S), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is how near the three pairs lie to the unit circle."""
        values = told_moments(self.decode_numbers(codes, state))
        near = pairs_confidence(codes.astype(np.float64), len(PERIODS_S))
        return Decoded(values, np.where(state["seen"] > 0, near, 0.0).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: seconds, by the hour's phase."""
        return np.where(state["seen"] > 0, pair_spread(deviation[:, 0], deviation[:, 1], PERIODS_S[0]), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: sigma in seconds; root mean square over each phase's pair, at most 1."""
        return pairs_noise(sigma, PERIODS_S)

    def resolution(self, state: State) -> Float64:
        """See Encoder: seconds, within AMBIGUOUS_S of the last moment seen."""
        return np.where(state["seen"] > 0, RESOLUTION_S, np.nan)
