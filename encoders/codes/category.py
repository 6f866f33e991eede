"""Symbols of an open vocabulary: each has a fixed direction of its own, known before it is ever seen.

The direction is drawn from the symbol's hash, so two symbols are as far apart as chance has it and a new one changes
none of the others. To read codes back a stream keeps its own table of the last SLOTS symbols.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from encoders.codes.number import as_number
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

WIDTH = 8
SLOTS = 32
"""Symbols that a stream remembers; the one unused for longest makes room."""
SHOWN_BYTES = 32
"""UTF-8 bytes of a symbol that the table keeps. Of longer ones the code is as good, but only their start is shown."""

_DTYPE = np.dtype(
    [
        ("version", "<i4"),
        ("seen", "<i4"),
        ("clock", "<i8"),
        ("used", "<i8", (SLOTS,)),
        ("digest", "<i2", (SLOTS, WIDTH)),
        ("shown", "u1", (SLOTS, SHOWN_BYTES)),
        ("length", "u1", (SLOTS,)),
    ]
)
_TWO_WORDS = np.dtype("<u8")
_CACHED_LENGTH = 256
_NO_DIGEST = bytes(2 * WIDTH)


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
        symbols = [self._symbol(value) for value in values.tolist()]
        sensed = np.array([symbol is not None for symbol in symbols], dtype=np.bool_)
        data = b"".join([_NO_DIGEST if symbol is None else digest_of(symbol) for symbol in symbols])
        digests = np.frombuffer(data, dtype="<i2").reshape(-1, WIDTH)
        codes = np.where(sensed[:, None], _directions(digests), np.float32(0.0))
        return Encoded(codes, sensed, _remembered(symbols, digests, sensed, state))

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder: the nearest symbol in the table, cut at SHOWN_BYTES; confidence 1 minus its distance."""
        wide = codes.astype(np.float64)
        filled = _filled(state)
        table = _directions(state["digest"][:, :filled])
        distance = np.zeros((len(codes), filled))
        for channel in range(WIDTH):  # added up by hand: numpy's own sums may change their order with the batch
            away = table[:, :, channel] - wide[:, channel, None]
            distance = distance + away * away
        distance = np.where(state["used"][:, :filled] > 0, np.sqrt(distance), np.inf)
        slot = distance.argmin(axis=1)
        rows = np.arange(len(codes))
        nearest = distance[rows, slot]
        shown, lengths = state["shown"][rows, slot].tobytes(), state["length"][rows, slot].tolist()
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(np.isfinite(nearest)).tolist():
            start = row * SHOWN_BYTES
            values[row] = shown[start : start + lengths[row]].decode("utf-8", "replace")
        confidence = np.maximum(1.0 - np.where(np.isfinite(nearest), nearest, 1.0), 0.0)
        return Decoded(values, confidence.astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: symbols have no unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: symbols have no unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: symbols come back exactly, up to SHOWN_BYTES."""
        return np.where(state["seen"] > 0, 0.0, np.nan)

    def _symbol(self, value: object) -> str | None:
        if isinstance(value, str):
            return str(value)
        return _decimal(value) if self.config.numbers else None


def _decimal(value: object) -> str | None:
    """A number's shortest decimal form; whole floats as integers, so that 1 and 1.0 are one symbol."""
    number = as_number(value)
    if not np.isfinite(number):
        return None
    if isinstance(value, int):
        return str(value)
    return str(int(number)) if number == int(number) else repr(number)


def digest_of(symbol: str) -> bytes:
    """WIDTH numbers of 16 bits, little-endian, that stand for the symbol."""
    return _cached_digest(symbol) if len(symbol) <= _CACHED_LENGTH else _digest(symbol)


def _digest(symbol: str) -> bytes:
    return hashlib.blake2b(symbol.encode("utf-8", "surrogatepass"), digest_size=2 * WIDTH).digest()


_cached_digest = lru_cache(maxsize=16_384)(_digest)


def _directions(digests: npt.NDArray[np.int16]) -> Float32:
    """Unit vectors float32[..., WIDTH] of digests int16[..., WIDTH]."""
    wide = digests.astype(np.float64) + 0.5  # never all zero
    square = np.zeros(wide.shape[:-1])
    for channel in range(WIDTH):
        square = square + wide[..., channel] * wide[..., channel]
    return (wide / np.sqrt(square)[..., None]).astype(np.float32)


def _filled(state: State) -> int:
    """Slots that any of these tables has used, at least 1; they fill from slot 0 on."""
    return max(int(np.count_nonzero(state["used"], axis=1).max(initial=0)), 1)


def _remembered(symbols: list[str | None], digests: npt.NDArray[np.int16], sensed: Bool, state: State) -> State:
    """The tables after these symbols: each put first in the order of use, a new one in place of the oldest."""
    after = state.copy()
    rows = np.flatnonzero(sensed)
    if not rows.size:
        return after
    clock = state["clock"][rows] + 1
    filled = _filled(state)
    known = np.ascontiguousarray(state["digest"][:, :filled]).view(_TWO_WORDS)[rows]
    wanted = digests[rows].view(_TWO_WORDS)[:, None, :]
    same: Bool = (known[:, :, 0] == wanted[:, :, 0]) & (known[:, :, 1] == wanted[:, :, 1])
    match: Bool = same & (state["used"][rows, :filled] > 0)
    found: Bool = np.logical_or.reduce(match, axis=1)
    oldest: npt.NDArray[np.int64] = state["used"][rows].argmin(axis=1)
    slot = np.where(found, match.argmax(axis=1), oldest)
    after["version"][rows] = 1
    after["seen"][rows] = 1
    after["clock"][rows] = clock
    after["used"][rows, slot] = clock
    after["digest"][rows, slot] = digests[rows]
    for index in np.flatnonzero(~found).tolist():
        row, place = int(rows[index]), int(slot[index])
        shown = _cut(symbols[row] or "")
        after["shown"][row, place] = np.frombuffer(shown.ljust(SHOWN_BYTES, b"\0"), dtype=np.uint8)
        after["length"][row, place] = len(shown)
    return after


def _cut(symbol: str) -> bytes:
    """At most SHOWN_BYTES of UTF-8, cut between characters; what is not valid text is shown as a question mark."""
    data = symbol.encode("utf-8", "replace")[:SHOWN_BYTES]
    return data.decode("utf-8", "ignore").encode("utf-8")
