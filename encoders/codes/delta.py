"""How a value has changed since the last one, in deviations from the usual change.

code = clip((v - last - center) / scale, -8, 8),   center and scale as `scalar` estimates them, of the changes

For what wanders without a level of its own (positions, prices, fill levels), where only the step can be foreseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes import changes
from encoders.codes.number import read_numbers
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State


class DeltaConfig(BaseModel):
    """It has no settings: the usual change is learned from the stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DeltaEncoder:
    """See NumberEncoder and Rescaled. Values: int, float, and numbers as text; |value| <= LARGEST_VALUE.

    A code is read as the last value and the change on top. A change beyond the coded range comes back as its end.
    """

    name = "delta"
    width = 1
    decodes: Decodes = "value"
    relative = True
    state_dtype: np.dtype[Any] = changes.DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = DeltaConfig(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return changes.initial(count)

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder."""
        return read_numbers(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = np.abs(numbers) <= changes.LARGEST_VALUE
        values = np.where(sensed, numbers, 0.0)
        codes, after = changes.coded(values - state["last"], values, sensed, state)
        return Encoded(codes[:, None], sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder."""
        return state["last"] + changes.CHANGES.decode_numbers(codes, state["changes"])

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range."""
        values = self.decode_numbers(codes, state).astype(np.object_)
        values[state["version"] == 0] = None
        return Decoded(values, changes.CHANGES.decode(codes, state["changes"]).confidence)

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder."""
        return changes.spread(deviation, state)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder."""
        return changes.noise(sigma, state)[:, None]

    def resolution(self, state: State) -> Float64:
        """See Encoder; holds within the coded range."""
        return changes.resolution(state)

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled."""
        return changes.translation(old, new)
