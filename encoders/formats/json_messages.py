r"""JSON messages: one object a message, nested as it likes.

Nested objects are flattened to dotted paths: {"cpu": {"core0": 7}} has the field "cpu.core0". A dot or backslash inside
a key is written with a backslash before it: {"a.b": 1} has the field "a\.b", so no two fields share a path. Lists are
kept whole. Of a key given twice the last one counts. NaN and Infinity, not JSON but often sent, count as null.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from encoders.formats.contract import DEEPEST, LARGEST_BYTES, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.decoding import flattened
from encoders.reading import Fields
from encoders.schema.topic import TimeKey


@dataclass(frozen=True)
class JsonMessages:
    """See Format."""

    deepest: int = DEEPEST
    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="json", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: an object, and less sure than a format with marks of its own inside one."""
        value = (message.value or b"").lstrip()
        if not value.startswith(b"{"):
            return 0.0
        try:
            json_value(value)
        except Unreadable:
            return 0.0
        return 0.8

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return (Parsed(json_fields(message.value or b"", self.deepest)),)


def json_fields(value: bytes, deepest: int = DEEPEST) -> Fields:
    """The fields of a JSON object. Raises Unreadable."""
    document = json_value(value)
    if not isinstance(document, dict):
        raise Unreadable("not-an-object", f"JSON, but a {type(document).__name__} instead of an object")
    return flat(cast("Fields", document), deepest)


def flat(document: Fields, deepest: int = DEEPEST) -> Fields:
    """A document by paths; the document itself where that is what it is already, as most are. Raises Unreadable."""
    keys = "".join(document)
    if "." not in keys and "\\" not in keys and dict not in set(map(type, document.values())):
        return document
    return flattened(document, deepest)


def json_value(value: bytes) -> Any:
    """Any JSON value, NaN and Infinity in it as null. Raises Unreadable."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        return _lenient(value, error)


def _lenient(value: bytes, error: orjson.JSONDecodeError) -> Any:
    """Read what is JSON but for NaN and Infinity, with null in their place; raises Unreadable for all else."""
    if b"NaN" in value or b"Infinity" in value:
        try:
            return orjson.loads(orjson.dumps(json.loads(value)))  # what holds no valid text or number fails here
        except (ValueError, TypeError, RecursionError):
            pass
    raise Unreadable("malformed", f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
