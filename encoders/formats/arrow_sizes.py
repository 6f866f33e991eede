"""How much an Arrow IPC stream will hold once unpacked, read from its own bytes before anything is.

A stream is a row of messages: 0xFFFFFFFF, the length of a flatbuffer, the flatbuffer, the body; a length of 0 ends it.
Each buffer of a compressed body begins with its unpacked length. What this file looks at, and so what it refuses:
lengths that lead outside, more rows, values or bytes than allowed.

Source: Apache Arrow columnar format 1.5, "Serialization and Interprocess Communication"; format/Message.fbs;
FlatBuffers internals.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from encoders.formats.contract import MOST_READINGS, Unreadable

MOST_BYTES = 64 << 20
"""Of all buffers of a stream, unpacked."""
MOST_VALUES = 16 << 20
"""Of all its columns, those within lists too."""

SCHEMA, DICTIONARY, BATCH = 1, 2, 3
_CONTINUES = b"\xff\xff\xff\xff"


class Part(NamedTuple):
    """One message of a stream."""

    kind: int
    batch: Table | None
    """Its record batch; that of its values, for a dictionary."""
    body: memoryview


@dataclass(frozen=True)
class Table:
    """A table of a flatbuffer."""

    data: memoryview
    at: int

    @classmethod
    def root(cls, data: memoryview) -> Table:
        """The outermost one."""
        return cls(data, _number(data, "<I", 0))

    def place(self, field: int) -> int | None:
        """Where a field lies; None where it has its default."""
        shape = self.at - _number(self.data, "<i", self.at)
        entry = 4 + 2 * field
        if entry >= _number(self.data, "<H", shape):
            return None
        offset = _number(self.data, "<H", shape + entry)
        return self.at + offset if offset else None

    def number(self, field: int, layout: str) -> int:
        """A whole number; 0 by default."""
        place = self.place(field)
        return 0 if place is None else _number(self.data, layout, place)

    def table(self, field: int) -> Table | None:
        """A table within this one."""
        place = self.place(field)
        return None if place is None else Table(self.data, place + _number(self.data, "<I", place))

    def pairs(self, field: int) -> Iterator[tuple[int, int]]:
        """A list of structs of two int64."""
        place = self.place(field)
        if place is None:
            return
        start = place + _number(self.data, "<I", place)
        count = _number(self.data, "<I", start)
        if start + 4 + 16 * count > len(self.data):
            raise struct.error("a list leads outside")
        yield from struct.iter_unpack("<qq", self.data[start + 4 : start + 4 + 16 * count])


def parts(stream: bytes) -> Iterator[Part]:
    """The messages of a stream, without those after its end. Raises Unreadable."""
    data, at = memoryview(stream), 0
    try:
        while bytes(data[at : at + 4]) == _CONTINUES:
            length = _number(data, "<i", at + 4)
            at += 8
            if length == 0:
                return
            if length < 0 or at + length > len(data):
                raise struct.error("metadata lead outside")
            message = Table.root(data[at : at + length])
            at += length
            held = message.number(3, "<q")
            if held < 0 or at + held > len(data):
                raise struct.error("a body leads outside")
            kind, header = message.number(1, "<B"), message.table(2)
            batch = header.table(1) if header is not None and kind == DICTIONARY else header
            yield Part(kind, batch if kind in (DICTIONARY, BATCH) else None, data[at : at + held])
            at += held
    except (struct.error, RecursionError) as error:
        raise Unreadable("malformed", f"not an Arrow IPC stream: {error}") from None
    if at < len(data):
        raise Unreadable("malformed", f"not an Arrow IPC stream: no message begins at byte {at}")


def check(stream: bytes) -> None:
    """Raise Unreadable where the stream holds too much."""
    rows = values = size = 0
    for part in parts(stream):
        if part.batch is None:
            continue
        try:
            rows += part.batch.number(0, "<q") if part.kind == BATCH else 0
            for length, _ in part.batch.pairs(1):
                values += _natural(length)
            packed = part.batch.place(3) is not None
            for offset, length in part.batch.pairs(2):
                size += _unpacked(part.body, _natural(offset), _natural(length), packed=packed)
        except struct.error as error:
            raise Unreadable("malformed", f"not an Arrow IPC stream: {error}") from None
        if not 0 <= rows <= MOST_READINGS:
            raise Unreadable("too-many-readings", f"{rows} readings, at most {MOST_READINGS}")
        if values > MOST_VALUES or size > MOST_BYTES:
            raise Unreadable(
                "too-large",
                f"{values} values in {size} bytes unpacked, at most {MOST_VALUES} in {MOST_BYTES}: send smaller ones",
            )


def _unpacked(body: memoryview, offset: int, length: int, *, packed: bool) -> int:
    if offset + length > len(body):
        raise struct.error("a buffer leads outside")
    if not packed or not length:
        return length
    unpacked = _number(body, "<q", offset)
    return length if unpacked == -1 else _natural(unpacked)


def _natural(number: int) -> int:
    if number < 0:
        raise struct.error("a length below 0")
    return number


def _number(data: memoryview, layout: str, at: int) -> int:
    if at < 0:
        raise struct.error("an offset leads outside")
    return struct.unpack_from(layout, data, at)[0]
