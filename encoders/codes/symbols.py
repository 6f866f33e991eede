"""Directions that stand for symbols, and the table by which a stream reads them back.

A symbol's direction is drawn from its hash, so two are as far apart as chance has it, and a new one changes none of the
others. A table keeps the last symbols of a stream; the one unused for longest makes room.

Letters: B streams, C channels of a direction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.codes.number import as_number
from encoders.contract import Bool, Float32, Float64, Objects, State

Int16 = npt.NDArray[np.int16]
Int64 = npt.NDArray[np.int64]

_CACHED_LENGTH = 256


def digest_of(symbol: str, channels: int) -> bytes:
    """`channels` numbers of 16 bits, little-endian, that stand for the symbol; at most 32 of them."""
    return _cached_digest(symbol, channels) if len(symbol) <= _CACHED_LENGTH else _digest(symbol, channels)


def _digest(symbol: str, channels: int) -> bytes:
    return hashlib.blake2b(symbol.encode("utf-8", "surrogatepass"), digest_size=2 * channels).digest()


_cached_digest = lru_cache(maxsize=16_384)(_digest)


def digests_of(symbols: Sequence[str | None], channels: int) -> Int16:
    """int16[B, C] of B symbols, zeros for None."""
    none = bytes(2 * channels)
    data = b"".join([none if symbol is None else digest_of(symbol, channels) for symbol in symbols])
    return np.frombuffer(data, dtype="<i2").reshape(-1, channels)


def directions(digests: Int16) -> Float32:
    """Unit vectors float32[..., C] of digests int16[..., C]."""
    wide = digests.astype(np.float64) + 0.5  # never all zero
    square = np.zeros(wide.shape[:-1])
    for channel in range(wide.shape[-1]):
        square = square + wide[..., channel] * wide[..., channel]
    return (wide / np.sqrt(square)[..., None]).astype(np.float32)


def symbol_of(value: object, *, numbers: bool) -> str | None:
    """The symbol that a value is: text, or where numbers count too a number's shortest decimal form; else None.

    Whole floats are written as integers, so that 1 and 1.0 are one symbol.
    """
    if isinstance(value, str):
        return str(value)
    number = as_number(value) if numbers else np.nan
    if not np.isfinite(number):
        return None
    if isinstance(value, int):
        return str(value)
    return str(int(number)) if number == int(number) else repr(number)


def cut(symbol: str, most: int) -> bytes:
    """At most `most` bytes of UTF-8, cut between characters; what is not valid text is shown as a question mark."""
    data = symbol[:most].encode("utf-8", "replace")[:most]
    return data.decode("utf-8", "ignore").encode("utf-8")


class SymbolTable:
    """The last `slots` symbols of a stream, kept in its state row: their digests, and how they are shown."""

    def __init__(self, channels: int, slots: int, shown_bytes: int) -> None:
        """shown_bytes: UTF-8 bytes of a symbol that are kept, at most 255."""
        self.channels = channels
        self.slots = slots
        self.shown_bytes = shown_bytes
        self.layout: list[tuple[Any, ...]] = [
            ("version", "<i4"),
            ("seen", "<i4"),
            ("clock", "<i8"),
            ("used", "<i8", (slots,)),
            ("digest", "<i2", (slots, channels)),
            ("shown", "u1", (slots, shown_bytes)),
            ("length", "u1", (slots,)),
        ]
        """Fields of the state row; an encoder that remembers more adds its own."""
        self._key = np.dtype((np.void, 2 * channels))

    @staticmethod
    def filled(state: State) -> int:
        """Slots that any of these tables has used, at least 1; they fill from slot 0 on."""
        return max(int(np.count_nonzero(state["used"], axis=1).max(initial=0)), 1)

    def remember(self, symbols: Sequence[str | None], digests: Int16, after: State, *, latest: bool = False) -> Int64:
        """Put B symbols first in the order of use, in place; None is none. Gives their slots, int64[B], -1 of none.

        digests: int16[B, C]. latest: where the digest is known, show what was said last instead of first.
        """
        slots = np.full(len(after), -1, dtype=np.int64)
        rows = np.flatnonzero(np.array([symbol is not None for symbol in symbols], dtype=np.bool_))
        if not rows.size:
            return slots
        clock = after["clock"][rows] + 1
        filled = self.filled(after)
        same: Bool = self._keys(after["digest"][rows, :filled]) == self._keys(digests[rows])[:, None]
        match: Bool = same & (after["used"][rows, :filled] > 0)
        found: Bool = np.logical_or.reduce(match, axis=1)
        oldest: Int64 = after["used"][rows].argmin(axis=1)
        slot = np.where(found, match.argmax(axis=1), oldest)
        after["version"][rows] = 1
        after["seen"][rows] = 1
        after["clock"][rows] = clock
        after["used"][rows, slot] = clock
        after["digest"][rows, slot] = digests[rows]
        written = np.arange(len(rows)) if latest else np.flatnonzero(~found)
        for index in written.tolist():
            row, place = int(rows[index]), int(slot[index])
            shown = cut(symbols[row] or "", self.shown_bytes)
            after["shown"][row, place] = np.frombuffer(shown.ljust(self.shown_bytes, b"\0"), dtype=np.uint8)
            after["length"][row, place] = len(shown)
        slots[rows] = slot
        return slots

    def nearest(self, codes: Float32, state: State) -> tuple[Objects, Float64]:
        """The symbols nearest to float32[B, C], None of an empty table, and how far they are (infinitely, of none)."""
        wide = codes.astype(np.float64)
        filled = self.filled(state)
        table = directions(state["digest"][:, :filled])
        distance = np.zeros((len(codes), filled))
        for channel in range(self.channels):  # added up by hand: numpy's own sums may change their order with the batch
            away = table[:, :, channel] - wide[:, channel, None]
            distance = distance + away * away
        distance = np.where(state["used"][:, :filled] > 0, np.sqrt(distance), np.inf)
        slot = distance.argmin(axis=1)
        rows = np.arange(len(codes))
        nearest = distance[rows, slot]
        shown, lengths = state["shown"][rows, slot].tobytes(), state["length"][rows, slot].tolist()
        values = np.empty(len(codes), dtype=np.object_)
        for row in np.flatnonzero(np.isfinite(nearest)).tolist():
            start = row * self.shown_bytes
            values[row] = shown[start : start + lengths[row]].decode("utf-8", "replace")
        return values, nearest

    def shown(self, row: np.void, slot: int) -> str:
        """How one stream's symbol in this slot is shown."""
        return row["shown"][slot].tobytes()[: int(row["length"][slot])].decode("utf-8", "replace")

    def _keys(self, digests: Int16) -> npt.NDArray[np.void]:
        """Digests int16[..., C] as one value each."""
        return np.ascontiguousarray(digests).view(self._key)[..., 0]


def nearness(distance: Float64) -> Float32:
    """Confidence of what lies so far from the code: 1 minus the distance."""
    return np.maximum(1.0 - np.minimum(distance, 1.0), 0.0).astype(np.float32)
