"""Free text by its character n-grams: texts that share many lie near each other.

    code = sum of the directions of all n-grams / its length

An n-gram's direction is drawn from its hash (random indexing: Kanerva, Kristoferson and Holst 2000), so there is no
vocabulary to learn and a typing error moves the code a little. Character n-grams with marked ends of words: Bojanowski,
Grave, Joulin and Mikolov, "Enriching word vectors with subword information" (2017). Upper and lower case and kinds of
blanks make no difference. To read codes back a stream keeps the last SLOTS texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from encoders.codes.symbols import Int16, SymbolTable, digest_of, directions, nearness
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

SLOTS = 16
"""Texts that a stream remembers; the one unused for longest makes room."""
SHOWN_BYTES = 64
"""UTF-8 bytes of a text that are shown."""
COUNTED = 4096
"""Characters that count; what follows changes nothing."""

_GRAIN = 32_000.0
"""Directions are kept as whole numbers of this part of their length."""


class TextConfig(BaseModel):
    """Length of the n-grams, and how wide the code is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shortest: int = Field(default=3, ge=1, le=8)
    longest: int = Field(default=4, ge=1, le=8)
    channels: int = Field(default=16, ge=4, le=32)
    """W: the more, the fewer unrelated texts look alike."""

    @model_validator(mode="after")
    def _ordered(self) -> TextConfig:
        if self.shortest > self.longest:
            raise ValueError("shortest must not be above longest")
        return self


class TextEncoder:
    """See Encoder. Values: text, even empty.

    Read back as the nearest of the stream's last texts, cut at SHOWN_BYTES; of texts with equal n-grams the last one.
    """

    name = "text"
    decodes: Decodes = "value"

    def __init__(self, **config: Any) -> None:
        self.config = TextConfig(**config)
        self.width = self.config.channels
        self._table = SymbolTable(self.width, SLOTS, SHOWN_BYTES)
        self.state_dtype: np.dtype[Any] = np.dtype(self._table.layout)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=self.state_dtype)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        texts = [str(value) if isinstance(value, str) else None for value in values.tolist()]
        sensed = np.array([text is not None for text in texts], dtype=np.bool_)
        digests = np.zeros((len(texts), self.width), dtype=np.int16)
        for row in np.flatnonzero(sensed).tolist():
            digests[row] = self._digest(texts[row] or "")
        codes = np.where(sensed[:, None], directions(digests), np.float32(0.0))
        after = state.copy()
        self._table.remember(texts, digests, after, latest=True)
        return Encoded(codes, sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence 1 minus the distance."""
        values, distance = self._table.nearest(codes, state)
        return Decoded(values, nearness(distance))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: text has no unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: text has no unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: texts come back exactly, up to SHOWN_BYTES."""
        return np.where(state["seen"] > 0, 0.0, np.nan)

    def _digest(self, text: str) -> Int16:
        """int16[W]: the direction of one text; sums of whole numbers, so their order does not matter."""
        grams = _grams(text, self.config.shortest, self.config.longest)
        data = b"".join([_gram_digest(gram, self.width) for gram in grams])
        drawn = np.frombuffer(data, dtype="<i2").reshape(-1, self.width)
        total = 2 * drawn.sum(axis=0, dtype=np.int64) + len(grams)  # 2 d + 1 each: as often above zero as below
        length = max(float(np.sqrt(np.square(total.astype(np.float64)).sum())), 1.0)
        return np.rint(total * (_GRAIN / length)).astype(np.int16)


def _grams(text: str, shortest: int, longest: int) -> Sequence[str]:
    """All n-grams of these lengths, a blank at both ends; text that is too short for any is one itself."""
    padded = f" {' '.join(text[:COUNTED].casefold().split())} "
    lengths = range(shortest, longest + 1)
    found = [padded[at : at + length] for length in lengths for at in range(len(padded) - length + 1)]
    return found or [padded]


_gram_digest = lru_cache(maxsize=32_768)(digest_of)
"""Its own memory: the many n-grams must not drive the few symbols out of theirs."""
