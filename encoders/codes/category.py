"""Symbols of an open vocabulary: each has a fixed direction of its own, known before it is ever seen.

The direction is drawn from the symbol's hash, so two symbols are as far apart as chance has it and a new one changes
none of the others. To read codes back a stream keeps its own table of the last SLOTS symbols.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes.symbols import SymbolTable, digests_of, directions, nearness, symbol_of
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

WIDTH = 8
SLOTS = 32
"""Symbols that a stream remembers; the one unused for longest makes room."""
SHOWN_BYTES = 32
"""UTF-8 bytes of a symbol that the table keeps. Of longer ones the code is as good, but only their start is shown."""

_TABLE = SymbolTable(WIDTH, SLOTS, SHOWN_BYTES)
_DTYPE = np.dtype(_TABLE.layout)


class CategoryConfig(BaseModel):
    """What counts as a symbol."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: bool = False
    """Take numbers as symbols too, by their shortest decimal form ("7", "0.5"); they are read back as text."""


class CategoryEncoder:
    """See Encoder. Values: text, even empty; numbers where the config says so."""

    name = "category"
    width = WIDTH
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = CategoryConfig(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=_DTYPE)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        symbols = [symbol_of(value, numbers=self.config.numbers) for value in values.tolist()]
        sensed = np.array([symbol is not None for symbol in symbols], dtype=np.bool_)
        digests = digests_of(symbols, WIDTH)
        codes = np.where(sensed[:, None], directions(digests), np.float32(0.0))
        after = state.copy()
        _TABLE.remember(symbols, digests, after)
        return Encoded(codes, sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder: the nearest symbol in the table, cut at SHOWN_BYTES; confidence 1 minus its distance."""
        values, distance = _TABLE.nearest(codes, state)
        return Decoded(values, nearness(distance))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: symbols have no unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: symbols have no unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: symbols come back exactly, up to SHOWN_BYTES."""
        return np.where(state["seen"] > 0, 0.0, np.nan)
