"""How long ago the last one was: events that are told by when they come.

codes = (L, clip((L - center) / scale, -8, 8)),   L = sign(gap) log1p(|gap| / 1 ms) / s

The first is the logarithm of the gap, fixed for life, as `log` codes it: a power of ten is 0.8. The second is how far
it lies from the stream's usual gap, as `scalar` has it: what comes regularly is told finely. A moment before the last
one, out of order, has a negative gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes.changes import raised
from encoders.codes.log import LogEncoder
from encoders.codes.moments import read_moments, told_moments
from encoders.codes.scalar import REACH, ScalarEncoder
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma
from encoders.instant import EARLIEST_S, LATEST_S

UNIT_S = 1e-3
"""Gaps far below it are no gaps."""
DECADES = 10.0
"""Codes end at 1e7 s, 116 days."""

_GAPS = LogEncoder(unit=UNIT_S, decades=DECADES)
_USUAL = ScalarEncoder()
_FINE = 0.25
"""Scale of the second code below which it is finer than the first, with all that float32 leaves of both."""
_CLOCK_S = 1e-4
"""float64 and datetime tell so little apart in the year 9999, and everywhere else."""
_DTYPE = np.dtype([("version", "<i4"), ("seen", "<i4"), ("last", "<f8"), ("usual", _USUAL.state_dtype)])


class InterarrivalConfig(BaseModel):
    """It has no settings: the usual gap is learned from the stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InterarrivalEncoder:
    """See NumberEncoder and Rescaled. Values: seconds since 1970, ISO-8601 text with date and time, datetime.

    A code is read as the moment that lies this gap behind the last one, to 7e-7 of the gap. Of a first moment the gap
    is unknown: its codes are zero. A longer gap than the codes reach comes back as the longest.
    """

    name = "interarrival"
    width = 2
    decodes: Decodes = "value"
    relative = True
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = InterarrivalConfig(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        state: State = np.zeros(count, dtype=_DTYPE)
        state["usual"] = _USUAL.initial(count)
        return state

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder: seconds since 1970 (UTC)."""
        return read_moments(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = (numbers >= EARLIEST_S) & (numbers <= LATEST_S)
        told = sensed & (state["version"] > 0)
        levels = _GAPS.compressed(np.where(told, numbers - state["last"], 0.0))
        usual = _USUAL.encode_numbers(np.where(told, levels, np.nan), state["usual"])
        after = state.copy()
        after["version"] = raised(state, sensed)
        after["seen"] = state["seen"] | sensed
        after["last"] = np.where(sensed, numbers, state["last"])
        after["usual"] = usual.state
        return Encoded(np.stack([levels.astype(np.float32), usual.codes[:, 0]], axis=1), sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder."""
        seconds = state["last"] + _GAPS.expanded(self._levels(codes, state))
        return np.where(state["seen"] > 0, np.clip(seconds, EARLIEST_S, LATEST_S), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range."""
        values = told_moments(self.decode_numbers(codes, state))
        excess = np.maximum(np.abs(codes[:, 0]), np.abs(codes[:, 1])) - np.float32(REACH)
        confidence = 1.0 / (1.0 + np.maximum(excess, np.float32(0.0)))
        return Decoded(values, np.where(state["seen"] > 0, confidence, 0.0).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: seconds, around the usual gap."""
        level = _USUAL.spread(deviation[:, 1:], state["usual"])
        level = np.where(np.isnan(level), deviation[:, 0].astype(np.float64), level)
        return np.where(state["seen"] > 0, level * _GAPS.per_code * self._usual_s(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder: sigma in seconds, around the usual gap; a gap has the errors of two moments."""
        steps = np.sqrt(2.0) * usable_sigma(sigma) / (_GAPS.per_code * self._usual_s(state))
        levels = np.minimum(steps, REACH)
        return np.stack([levels.astype(np.float32), _USUAL.noise(levels, state["usual"])[:, 0]], axis=1)

    def resolution(self, state: State) -> Float64:
        """See Encoder: seconds, of the longest gap that can be told; of a shorter one its share of that."""
        longest = _GAPS.share * UNIT_S * 10.0**DECADES + _CLOCK_S
        return np.where(state["seen"] > 0, longest, np.nan)

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled: the second code's range."""
        gain, offset = _USUAL.translation(old["usual"], new["usual"])
        return np.hstack([np.ones_like(gain), gain]), np.hstack([np.zeros_like(offset), offset])

    def _levels(self, codes: Float32, state: State) -> Float64:
        """First codes: by the second one, which is finer, where it lies within its range and has one."""
        by_usual = _USUAL.decode_numbers(codes[:, 1:], state["usual"])
        finer = (np.abs(codes[:, 1]) < REACH) & (state["usual"]["scale"] < _FINE) & ~np.isnan(by_usual)
        return np.where(finer, by_usual, codes[:, 0].astype(np.float64))

    def _usual_s(self, state: State) -> Float64:
        """float64[B]: seconds by which the usual gap grows where its logarithm grows by 1."""
        return np.abs(_GAPS.expanded(state["usual"]["center"])) + UNIT_S
