"""CDR, the bytes of ROS 2 messages: numbers at multiples of their size, text and lists with their length before them.

The first four bytes tell the order of bytes; places count from behind them. Plain CDR (XCDR1) is read, as ROS 2 writes
it. Every length is checked against what is left before anything is made of it.

Source: OMG DDS-RTPS 2.5, 10; OMG Common Data Representation (CORBA 3.4 part 2, 9.3); DDS-XTypes 1.3, 7.4.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from encoders.formats.contract import DEEPEST, Unreadable
from encoders.formats.ros2_types import NUMBERS, SEQUENCE, SINGLE, Part, Types

HEADER = 4
MOST_LEFT = 7
"""Bytes of padding that may follow a message."""
_ORDERS = {b"\x00\x00": ">", b"\x00\x01": "<"}
_LETTERS = {"?": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"} | {
    "f4": "f",
    "f8": "d",
}
_LAYOUTS = {(name, order): struct.Struct(order + _LETTERS[kind]) for name, kind in NUMBERS.items() for order in "<>"}

Document = dict[str, Any]
"""A message as nested objects; lists of messages are lists of these."""


class Reader:
    """Reads one message."""

    def __init__(self, value: bytes, types: Types, known: Types) -> None:
        """types: of its own definition, which go before the known ones. Raises Unreadable."""
        order = _ORDERS.get(value[:2])
        if order is None or len(value) < HEADER:
            raise Unreadable("malformed", f"not plain CDR: it begins with {value[:2].hex() or 'nothing'}")
        self._value, self._order, self._at = value, order, HEADER
        self._types, self._known = types, known
        self._messages = len(value) + 1000  # that may be opened: those of a hostile definition can be empty

    def whole(self, name: str) -> Document:
        """The message, and nothing behind it. Raises Unreadable."""
        document = self._message(name, 1)
        left = len(self._value) - self._at
        if left > MOST_LEFT:
            raise Unreadable("malformed", f"{left} bytes are left behind the message: its definition does not fit")
        return document

    def _message(self, name: str, depth: int) -> Document:
        parts = self._types.get(name) or self._known.get(name)
        if parts is None and name not in self._types:
            raise Unreadable("no-schema", f"type {name} is not known: send its definition as header ros2_definition")
        self._messages -= 1
        if depth > DEEPEST or self._messages < 0:
            raise Unreadable("too-deep", f"{name}: more than {DEEPEST} messages within each other, or empty ones")
        if not parts:
            self._number("uint8")  # an empty message is written as one byte
        return {part.name: self._part(part, depth) for part in parts or ()}

    def _part(self, part: Part, depth: int) -> Any:
        if part.length == SINGLE:
            return self._one(part.kind, depth)
        count = self._number("uint32") if part.length == SEQUENCE else part.length
        if count > len(self._value) - self._at:
            raise Unreadable("malformed", f"{part.name}: {count} elements in {len(self._value) - self._at} bytes")
        if part.kind in NUMBERS:
            return self._numbers(part, count)
        return [self._one(part.kind, depth) for _ in range(count)]

    def _one(self, kind: str, depth: int) -> Any:
        if kind in NUMBERS:
            return self._number(kind)
        return self._text() if kind == "string" else self._message(kind, depth + 1)

    def _number(self, kind: str) -> Any:
        layout = _LAYOUTS[kind, self._order]
        self._align(layout.size)
        try:
            value = layout.unpack_from(self._value, self._at)[0]
        except struct.error:
            raise Unreadable("malformed", f"it ends within a number at byte {self._at}") from None
        self._at += layout.size
        return value

    def _numbers(self, part: Part, count: int) -> Any:
        """A sequence as an array, an array of fixed length, which is short, as a list."""
        kind = np.dtype(self._order + NUMBERS[part.kind])
        if count:
            self._align(kind.itemsize)
        stop = self._at + count * kind.itemsize
        if stop > len(self._value):
            raise Unreadable("malformed", f"{part.name}: {count} numbers lead beyond its end")
        values = np.frombuffer(self._value, dtype=kind, count=count, offset=min(self._at, stop))
        self._at = stop
        if part.length != SEQUENCE or kind.kind == "b":
            return values.tolist()
        return values.astype(kind.newbyteorder("="), copy=False)

    def _text(self) -> str:
        size = self._number("uint32")
        stop = self._at + size
        if stop > len(self._value):
            raise Unreadable("malformed", f"a text of {size} bytes leads beyond its end")
        text = self._value[self._at : stop].removesuffix(b"\0")
        self._at = stop
        return text.decode(errors="replace")

    def _align(self, size: int) -> None:
        self._at += (HEADER - self._at) % size
