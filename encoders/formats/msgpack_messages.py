"""MessagePack messages: a map is a reading, as a JSON object is; a list of maps holds several.

Byte strings stay bytes, the timestamp extension becomes ISO-8601 text, other extensions their bytes, keys text.
Source: github.com/msgpack/msgpack/blob/master/spec.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from encoders.formats.content_type import MSGPACK, media_type
from encoders.formats.contract import DEEPEST, LARGEST_BYTES, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.map_keys import msgpack_head, refuse_container_keys
from encoders.formats.plain import looks_like_readings, plain, readings_of
from encoders.schema.topic import TimeKey

_STARTS = frozenset({*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF})
"""First bytes of maps and lists."""


@dataclass(frozen=True)
class MsgpackMessages:
    """See Format."""

    deepest: int = DEEPEST
    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="msgpack", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: bytes that no text begins with, and that read to their end."""
        if media_type(message) in MSGPACK:
            return 1.0
        if not message.value or message.value[0] not in _STARTS:
            return 0.0
        try:
            return looks_like_readings(msgpack_value(message.value))
        except Unreadable:
            return 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return readings_of(msgpack_value(message.value or b""), self.deepest)


def msgpack_value(value: bytes) -> Any:
    """Any MessagePack document in plain values. Raises Unreadable."""
    refuse_container_keys(value, msgpack_head)
    try:
        return plain(_DECODER.decode(value))
    except RecursionError:
        raise Unreadable("too-deep", "lists and maps within each other without end") from None
    except (msgspec.MsgspecError, ValueError, OverflowError, TypeError, MemoryError) as error:
        raise Unreadable("malformed", f"not MessagePack: {error}") from None


def _extension(kind: int, payload: memoryview) -> bytes:
    del kind
    return bytes(payload)


_DECODER = msgspec.msgpack.Decoder(ext_hook=_extension)
