"""The seam between sensors and the network: what every encoder promises.

An encoder turns one field's values into a block of numbers and back. It keeps no state of its own: what it must
remember of a stream (a range, the symbols seen) goes in and comes out as one structured numpy row per stream, so that
a memory can be saved, hashed, moved and replayed with it.

Letters: B streams (rows), W width of the block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
State = npt.NDArray[np.void]
"""Structured array [B] of the encoder's `state_dtype`: one row a stream."""


Decodes = Literal["value", "summary", "nothing"]
"""What codes are read back into: the value itself, a summary of it (the documentation of the encoder says which), or
nothing."""


@dataclass(frozen=True)
class Encoded:
    """Codes of one field for B streams, and what the encoder remembers from now on."""

    codes: Float32
    """float32[B, W], each entry finite and within [-8, 8]; zero where nothing could be encoded."""
    sensed: Bool
    """bool[B]: True where the row carried a value that this encoder understands."""
    state: State
    """structured[B]: the state to use for the next reading of these streams; `reading_state` tells which reads
    these codes."""


@dataclass(frozen=True)
class Decoded:
    """Values read back from codes, in the unit in which they came."""

    values: Objects
    """object[B]: float, bool, str, datetime, list or dict of these as the encoder states; None where nothing was ever
    seen, and always where it decodes nothing."""
    confidence: Float32
    """float32[B] in [0, 1]: how near the code lies to one that the encoder could have written."""


class Encoder(Protocol):
    """A pure, deterministic, fixed-width code for one kind of sensor value.

    Promises, held by tests/contracts/test_encoders.py for every encoder in the catalogue:

    - a row's result depends on that row alone: never on batch mates, batch size, clocks or random generators;
    - within one `version` of a row's state a value's code never changes; near values have near codes;
    - None, NaN, infinities and values of a wrong type give `sensed` False, zero codes and an unchanged state row;
    - decode(encode(v)) is v, or its summary, within `resolution`, where the encoder decodes at all;
    - state rows have a fixed size.
    """

    @property
    def name(self) -> str:
        """Its key in the catalogue."""
        ...

    @property
    def width(self) -> int:
        """W, the number of channels of its block."""
        ...

    @property
    def decodes(self) -> Decodes:
        """What `decode` gives: the value, a summary of it, or nothing."""
        ...

    @property
    def config(self) -> BaseModel:
        """Its settings; `CATALOGUE[name](**config.model_dump())` rebuilds the same encoder."""
        ...

    @property
    def state_dtype(self) -> np.dtype[Any]:
        """Layout of one state row, without objects or padding; holds at least the field `version`.

        version: int32, up by one when codes change their meaning; 0 until there is a meaning.
        """
        ...

    def initial(self, count: int) -> State:
        """State rows of `count` streams that have not sent anything yet."""
        ...

    def encode(self, values: Objects, state: State) -> Encoded:
        """Encode object[B]; None marks a missing value. `state` is left as it was."""
        ...

    def decode(self, codes: Float32, state: State) -> Decoded:
        """Read float32[B, W] back into values; any finite code gives the nearest value that makes sense."""
        ...

    def spread(self, deviation: Float32, state: State) -> Float64:
        """Standard deviations in code units, float32[B, W], as one float64[B] in the value's unit; NaN without one."""
        ...

    def noise(self, sigma: Float64, state: State) -> Float32:
        """Standard deviations of the codes, float32[B, W], of values whose own are float64[B] in the value's unit.

        Finite and never negative; zero where sigma is not finite or not positive, and for symbols.
        """
        ...

    def resolution(self, state: State) -> Float64:
        """float64[B]: the largest error of a round trip, by the measure that its documentation gives.

        Of numbers in their unit; 0 for symbols; NaN before any value, and where it decodes nothing.
        """
        ...


@runtime_checkable
class NumberEncoder(Encoder, Protocol):
    """An encoder whose values are numbers inside: the fast path, without an object for each value.

    encode(values, state) is encode_numbers(parse(values), state), byte for byte.
    """

    def parse(self, values: Sequence[object]) -> Float64:
        """float64[B] of B values of any kind; NaN for each that is missing or not understood."""
        ...

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """Encode float64[B]; a number that is not finite or out of range is not sensed."""
        ...

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """float64[B] of float32[B, W]; NaN where nothing was ever seen."""
        ...


@runtime_checkable
class Rescaled(Protocol):
    """An encoder whose codes change their meaning by an affine map when `version` rises."""

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """Gain and offset, float64[B, W] each: code under `new` = gain * code under `old` + offset.

        Gain 1 and offset 0 where the version is the same or `old` had no meaning yet (version 0).
        """
        ...


def objects(values: Sequence[Any]) -> Objects:
    """object[B] of B values; numpy's own conversion would take lists apart."""
    array = np.empty(len(values), dtype=np.object_)
    array[:] = list(values)
    return array


def usable_sigma(sigma: Float64) -> Float64:
    """Uncertainties as `Encoder.noise` counts them: zero where not finite or not positive."""
    return np.where(np.isfinite(sigma) & (sigma > 0.0), sigma, 0.0)


def silent_noise(width: int, sigma: Float64) -> Float32:
    """What `Encoder.noise` gives of symbols: float32[B, W] zeros."""
    return np.zeros((len(sigma), width), dtype=np.float32)


def reading_state(old: State, new: State) -> State:
    """The state by which to decode what `encode` wrote when it went from `old` to `new`.

    That is `new` (it knows the newest symbol, the last time), unless codes have changed their meaning for the next
    reading: then `old`. A first reading gives its own codes their meaning. Rows that are nothing but a version and rows
    of other encoders are chosen part by part, each by its own version.
    """
    changed = (old["version"] != new["version"]) & (old["version"] != 0)
    if not changed.any():
        return new
    state = new.copy()
    parts = [part for part in new.dtype.names or () if part != "version"]
    if parts and all("version" in (new.dtype[part].names or ()) for part in parts):
        for part in parts:
            state[part] = reading_state(old[part], new[part])
    else:
        state[changed] = old[changed]
    return state
