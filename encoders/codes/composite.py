"""Several values that come as one: each coded by an encoder of its own, side by side in one block.

A part that is missing or not understood has zero codes, and its memory stays as it was; the whole is sensed if any part
is. A row of state holds a row of each part ("p0", "p1", ..); `reading_state` looks into them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.contract import (
    Decoded,
    Decodes,
    Encoded,
    Encoder,
    Float32,
    Float64,
    Objects,
    Rescaled,
    State,
    objects,
    silent_noise,
)

WIDEST = 1024
"""Channels of all parts together."""


class Part(BaseModel):
    """One of the values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str
    """Name in the catalogue."""
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Settings of the encoder where they differ from its own defaults."""
    key: str | None = None
    """Its name where the values come as a dict."""


class CompositeConfig(BaseModel):
    """Its parts, in the order of their channels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[Part, ...] = Field(default=(Part(encoder="scalar"),), min_length=1, max_length=64)


class CompositeEncoder:
    """See Encoder and Rescaled. Values: a list of the parts' values in order, or a dict of them by their keys.

    Read back as a dict where all parts have keys, else as a list, None for parts never seen or not read back; a summary
    unless all parts give their value. `resolution` is that of the part told least exactly, by its own measure. What a
    deviation or an uncertainty of the whole would mean no unit tells: `spread` is NaN, `noise` zero.
    """

    name = "composite"

    def __init__(self, **config: Any) -> None:
        self.config = CompositeConfig(**config)
        self._parts = tuple(_built(part) for part in self.config.parts)
        self._names = tuple(f"p{place}" for place in range(len(self._parts)))
        self._keys = _keys(self.config.parts)
        self.width = sum(part.width for part in self._parts)
        if self.width > WIDEST:
            raise ValueError(f"the parts have {self.width} channels together, at most {WIDEST}")
        self.decodes: Decodes = _common(self._parts)
        self.relative = any(getattr(part, "relative", False) for part in self._parts)
        layout = zip(self._names, self._parts, strict=True)
        self.state_dtype: np.dtype[Any] = np.dtype(
            [("version", "<i4"), *((name, part.state_dtype) for name, part in layout)]
        )

    def initial(self, count: int) -> State:
        """See Encoder."""
        state: State = np.zeros(count, dtype=self.state_dtype)
        for name, part in zip(self._names, self._parts, strict=True):
            state[name] = part.initial(count)
        return state

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        after = state.copy()
        sensed = np.zeros(len(values), dtype=np.bool_)
        risen = np.zeros(len(values), dtype=np.bool_)
        codes: list[Float32] = []
        columns = zip(*[self._taken(value) for value in values.tolist()], strict=True) if len(values) else ()
        for name, part, column in zip(self._names, self._parts, columns, strict=False):
            before = part_of(state, name)
            encoded = part.encode(objects(column), before)
            after[name] = encoded.state
            sensed |= encoded.sensed
            risen |= encoded.state["version"] != before["version"]
            codes.append(encoded.codes)
        after["version"] = state["version"] + risen
        joined = np.concatenate(codes, axis=1) if codes else np.zeros((0, self.width), dtype=np.float32)
        return Encoded(joined, sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence is that of the part least sure, of those ever seen and not missing."""
        confidence = np.where(state["version"] > 0, np.float32(1.0), np.float32(0.0))
        columns: list[list[Any]] = []
        for block, name, part in self._blocks(codes):
            own = part_of(state, name)
            decoded = part.decode(block, own)
            told = (own["version"] > 0) & block.any(axis=1)  # all zero is what a missing part is written as
            confidence = np.where(told, np.minimum(confidence, decoded.confidence), confidence)
            columns.append(decoded.values.tolist())
        values = np.empty(len(codes), dtype=np.object_)
        if self.decodes != "nothing":
            for row in np.flatnonzero(state["version"] > 0).tolist():
                values[row] = self._told([column[row] for column in columns])
        return Decoded(values, confidence)

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: the parts have no one unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: the parts have no one unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: of the part told least exactly, of those ever seen."""
        least = np.full(len(state), np.nan)
        for name, part in zip(self._names, self._parts, strict=True):
            least = np.fmax(least, part.resolution(part_of(state, name)))
        return least

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled: part by part."""
        gain, offset = np.ones((len(old), self.width)), np.zeros((len(old), self.width))
        start = 0
        for name, part in zip(self._names, self._parts, strict=True):
            if isinstance(part, Rescaled):
                block = slice(start, start + part.width)
                gain[:, block], offset[:, block] = part.translation(part_of(old, name), part_of(new, name))
            start += part.width
        return gain, offset

    def _blocks(self, codes: Float32) -> list[tuple[Float32, str, Encoder]]:
        """Each part's own channels of float32[B, W]."""
        ends = np.cumsum([part.width for part in self._parts]).tolist()
        blocks = [
            np.ascontiguousarray(codes[:, end - part.width : end]) for end, part in zip(ends, self._parts, strict=True)
        ]
        return list(zip(blocks, self._names, self._parts, strict=True))

    def _taken(self, value: object) -> Sequence[object]:
        """The parts' values; None for each that is missing."""
        if isinstance(value, Mapping):
            known = cast("Mapping[object, object]", value)
            return [None if key is None else known.get(key) for key in self._keys]
        if isinstance(value, list | tuple):
            entries = cast("Sequence[object]", value)
            return entries if len(entries) == len(self._parts) else [None] * len(self._parts)
        return [None] * len(self._parts)

    def _told(self, entries: list[Any]) -> Any:
        """Values of the parts in the form in which they are read back."""
        return entries if None in self._keys else dict(zip(self._keys, entries, strict=True))


def part_of(state: State, name: str) -> State:
    """The rows of one part, on their own."""
    return np.ascontiguousarray(state[name])


def _built(part: Part) -> Encoder:
    """The encoder of a part; raises ValueError where there is none of that name, or it refuses its settings."""
    from encoders.catalogue import CatalogueError, build  # here, because the catalogue names this file

    try:
        return build(part.encoder, part.settings)
    except (CatalogueError, TypeError) as error:
        raise ValueError(f"part {part.key or part.encoder!r}: {error}") from error


def _keys(parts: Sequence[Part]) -> tuple[str | None, ...]:
    """Their keys; raises ValueError where two are the same."""
    keys = tuple(part.key for part in parts)
    named = [key for key in keys if key is not None]
    if len(set(named)) < len(named):
        raise ValueError(f"two parts have the same key: {', '.join(named)}")
    return keys


def _common(parts: Sequence[Encoder]) -> Decodes:
    """What the parts give together."""
    kinds = {part.decodes for part in parts}
    return parts[0].decodes if len(kinds) == 1 else "summary"
