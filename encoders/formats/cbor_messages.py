"""CBOR messages: a map is a reading, as a JSON object is; an array of maps holds several.

Byte strings stay bytes and keys become text. Tags (iana.org/assignments/cbor-tags): moments (0, 1) become ISO-8601
text; numbers of any form (2 to 5, 30) numbers; typed arrays (64 to 87, RFC 8746) lists of numbers; UUIDs and addresses
their text; sets their members in order. What cannot be told apart from its value, or is not known, is the value in the
tag. Values shared within a message (25, 29) are not read. Source: RFC 8949.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cbor2
import numpy as np

from encoders.formats.bare_number import LARGEST_INTEGER
from encoders.formats.content_type import CBOR, media_type
from encoders.formats.contract import DEEPEST, LARGEST_BYTES, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.map_keys import cbor_head, refuse_container_keys
from encoders.formats.plain import looks_like_readings, plain, readings_of
from encoders.instant import EARLIEST_S, LATEST_S, moment
from encoders.schema.topic import TimeKey

MAGIC = b"\xd9\xd9\xf7"
"""The tag that says no more than "this is CBOR"."""
_MOST_LEVELS = 2 * DEEPEST + 1
_END = cbor2.dumps("the end of the message")


@dataclass(frozen=True)
class CborMessages:
    """See Format."""

    deepest: int = DEEPEST
    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="cbor", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: bytes that no text begins with, and that read to their end."""
        if media_type(message) in CBOR:
            return 1.0
        value = message.value or b""
        if not value.startswith(MAGIC) and not 0x80 <= (value or b"\0")[0] < 0xC0:
            return 0.0
        try:
            sure = looks_like_readings(cbor_value(value))
        except Unreadable:
            return 0.0
        return 1.0 if sure and value.startswith(MAGIC) else sure

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return readings_of(cbor_value(message.value or b""), self.deepest)


def cbor_value(value: bytes) -> Any:
    """Any CBOR document in plain values. Raises Unreadable.

    The library ignores what stands behind a document. So it is given a list of two, of which the second must come last.
    """
    value = value.removeprefix(MAGIC)
    refuse_container_keys(value, cbor_head)
    try:
        pair = cbor2.loads(
            b"\x82" + value + _END,
            max_depth=_MOST_LEVELS + 1,
            semantic_decoders=_TAGS,
            tag_hook=lambda tag, _: tag.value,
        )
    except (cbor2.CBORError, ValueError, OverflowError, TypeError, MemoryError, RecursionError) as error:
        raise _refusal(error) from None
    if pair[1] != "the end of the message":
        raise Unreadable("malformed", "not CBOR: something stands behind the document")
    return plain(pair[0])


def _refusal(error: BaseException) -> Unreadable:
    if isinstance(error.__cause__, Unreadable):
        return error.__cause__
    if "depth" in str(error) or isinstance(error, RecursionError):
        return Unreadable("too-deep", f"more than {_MOST_LEVELS} arrays, maps and tags within each other")
    return Unreadable("malformed", f"not CBOR: {error}")


def _itself(value: Any, immutable: bool) -> Any:
    del immutable
    return value


def _shared(value: Any, immutable: bool) -> Any:
    del value, immutable
    raise Unreadable("unsupported", "values shared within a message")


def _moment(seconds: Any, immutable: bool) -> Any:
    del immutable
    return moment(seconds) if isinstance(seconds, int | float) and EARLIEST_S <= seconds <= LATEST_S else seconds


def _big(digits: bytes, immutable: bool) -> int | float:
    """Beyond 64 bits a float, as in JSON."""
    del immutable
    number = int.from_bytes(digits, "big")
    try:
        return number if number < LARGEST_INTEGER else float(number)
    except OverflowError:
        return math.inf


def _negative(digits: bytes, immutable: bool) -> int | float:
    return -1 - _big(digits, immutable)


def _decimal(parts: Sequence[int], immutable: bool) -> float:
    del immutable
    exponent, digits = parts
    return float(f"{digits}e{exponent}")  # digits of more than 64 bits are a float by now, and refused


def _binary(parts: Sequence[int], immutable: bool) -> float:
    del immutable
    exponent, digits = parts
    try:
        return math.ldexp(digits, exponent)
    except OverflowError:
        return math.copysign(math.inf, digits)


def _ratio(parts: Sequence[int], immutable: bool) -> float:
    del immutable
    above, below = parts
    return above / below


def _typed(tag: int) -> Any:
    """The reader of a typed array: bits 0 1 0 float signed little-endian, then the logarithm of its size."""
    floats, signed, little, size = tag >> 4 & 1, tag >> 3 & 1, tag >> 2 & 1, 1 << (tag & 3)
    kind = f"f{2 * size}" if floats else f"{'i' if signed else 'u'}{size}"
    layout = np.dtype(("<" if little else ">") + kind)

    def read(value: bytes, immutable: bool) -> Any:
        del immutable
        return np.frombuffer(value, layout).tolist()

    return read


_TYPED = {tag: _typed(tag) for tag in range(64, 88) if tag not in (76, 83, 87)}
"""76 is free; 83 and 87 are floats of 128 bits, which few machines have."""
_TAGS: Mapping[int, Any] = {
    0: _itself,
    1: _moment,
    2: _big,
    3: _negative,
    4: _decimal,
    5: _binary,
    25: _shared,
    28: _itself,
    29: _shared,
    30: _ratio,
    35: _itself,
    36: _itself,
    256: _itself,
    258: _itself,
    **_TYPED,
}
"""In place of the library's own readers, which compile patterns, tie knots and lose the order of sets."""
