"""Yes or no: +1 or -1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes.seen import DTYPE, seen_after
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

_PLAIN = {bool, type(None)}
_WORDS = {"true": 1.0, "false": 0.0}


class BooleanConfig(BaseModel):
    """It has no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BooleanEncoder:
    """See NumberEncoder. Values: True and False, the numbers 1 and 0, the words true and false in any case."""

    name = "boolean"
    width = 1
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = BooleanConfig(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=DTYPE)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder: 1 for true, 0 for false."""
        if set(map(type, values)) <= _PLAIN:
            return np.array(values, dtype=np.float64)
        return np.array([_truth(value) for value in values], dtype=np.float64)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = (numbers == 0.0) | (numbers == 1.0)
        after = seen_after(state, sensed)
        codes = np.where(sensed, 2.0 * (numbers == 1.0) - 1.0, 0.0)
        return Encoded(codes.astype(np.float32)[:, None], sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder: 1 for true, 0 for false."""
        return np.where(state["seen"] > 0, (codes[:, 0] > 0.0).astype(np.float64), np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder: by the sign."""
        values = (codes[:, 0] > 0.0).astype(np.object_)
        unseen = state["seen"] == 0
        values[unseen] = None
        nearness = np.maximum(1.0 - np.abs(np.abs(codes[:, 0]) - 1.0), 0.0)
        return Decoded(values, np.where(unseen, 0.0, nearness).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: truth has no unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: truth has no unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder."""
        return np.where(state["seen"] > 0, 0.0, np.nan)


def _truth(value: object) -> float:
    """One value of any kind: 1, 0 or NaN."""
    if isinstance(value, str):
        return _WORDS.get(value.lower(), np.nan)
    if isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating):
        return 1.0 if value == 1 else 0.0 if value == 0 else np.nan
    return np.nan
