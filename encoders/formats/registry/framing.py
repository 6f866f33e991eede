"""Which schema a message names, and where its body begins.

Two ways, as Confluent's serializers write them (facts from the wire format in its documentation and from its clients):

    before the body          0, id in 4 bytes, most significant first
    in the record header     __value_schema_id: the same 5 bytes, or 1 and a GUID of 16 bytes; the body is bare

For Protobuf the path to the message type follows the id in both: a list of zigzag varints, its length first. A length
of 0 stands for [0], the first message of the file; [1, 0] is the first one within the second.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from encoders.formats.contract import Message, Unreadable

HEADER = "__value_schema_id"
LONGEST_PATH = 32
"""Messages within each other that a path may name."""

SchemaId = int | str
"""An id of the registry, or a GUID as text."""


class Framed(NamedTuple):
    """A message taken apart."""

    schema: SchemaId
    rest: bytes
    """The body; for Protobuf with the path before it unless the header holds it."""
    path: bytes | None = None
    """What follows the id in the header; None where the id stands before the body."""


def is_framed(message: Message) -> bool:
    """Whether it names a schema: quick, and true of bytes that only look like it."""
    value = message.value or b""
    return message.header(HEADER) is not None or (len(value) > 4 and value[0] == 0)


def unframed(message: Message) -> Framed:
    """The schema id and the rest. Raises Unreadable."""
    value, header = message.value or b"", message.header(HEADER)
    if header is None:
        if not is_framed(message):
            raise Unreadable("malformed", "no schema id: neither 0 and 4 bytes before the body nor a header " + HEADER)
        return Framed(int.from_bytes(value[1:5]), value[5:])
    if len(header) >= 5 and header[0] == 0:
        return Framed(int.from_bytes(header[1:5]), value, header[5:])
    if len(header) >= 17 and header[0] == 1:
        return Framed(str(UUID(bytes=header[1:17])), value, header[17:])
    raise Unreadable("malformed", f"the header {HEADER} holds neither 0 and an id nor 1 and a GUID")


def message_path(framed: Framed) -> tuple[tuple[int, ...], bytes]:
    """The path to the Protobuf message type, and the body. Raises Unreadable."""
    data = framed.rest if framed.path is None else framed.path
    count, at = _zigzag(data, 0)
    if not 0 <= count <= LONGEST_PATH:
        raise Unreadable("malformed", f"a message path of {count} steps, at most {LONGEST_PATH}")
    path: list[int] = []
    for _ in range(count):
        step, at = _zigzag(data, at)
        path.append(step)
    return tuple(path) or (0,), data[at:] if framed.path is None else framed.rest


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    """A number whose sign is its lowest bit, and where the next one begins. Raises Unreadable."""
    raw = 0
    for shift in range(0, 35, 7):
        if at >= len(data):
            break
        raw |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return (raw >> 1) ^ -(raw & 1), at
    raise Unreadable("malformed", "the path to the Protobuf message ends within a number")
