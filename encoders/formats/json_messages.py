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

import numpy as np
import orjson

from encoders.formats.contract import Message
from encoders.instant import event_times
from encoders.reading import Fields, Readings, Reject
from encoders.schema.topic import TopicSchema


@dataclass(frozen=True)
class JsonMessages:
    """See Format."""

    deepest: int = 32
    """Nested objects within each other; more are rejected as too-deep."""
    most_fields: int = 1024
    """Fields of a message; more are rejected as too-many-fields."""
    largest_bytes: int = 1 << 20
    """Size of a message; larger ones are rejected as too-large."""
    longest_stream: int = 512
    """Characters of a stream id; a message with a longer one is rejected as no-stream."""

    name: str = field(default="json", init=False)

    def decode(self, messages: Sequence[Message], schema: TopicSchema) -> Readings:
        """See Format."""
        time_path = schema.time.path if schema.time else None
        id_path = schema.id.path if schema.id else None
        sources: list[int] = []
        streams: list[str] = []
        told: list[object] = []
        rows: list[Fields] = []
        rejects: list[Reject] = []
        for source, (key, value, fallback) in enumerate(messages):
            try:
                fields = self._fields(value)
                named = fields.pop(id_path, None) if id_path is not None else None
                streams.append(self._stream(key, named, fallback))
            except _Unreadable as error:
                rejects.append(Reject(source, error.reason, error.detail))
                continue
            sources.append(source)
            told.append(fields.pop(time_path, None) if time_path is not None else None)
            rows.append(fields)
        times = event_times(told, schema.time.unit if schema.time else "s")
        return Readings(np.array(sources, dtype=np.int64), streams, times, rows, rejects)

    def _fields(self, value: bytes | None) -> Fields:
        if not value:
            raise _Unreadable("empty", "the record has no value")
        if len(value) > self.largest_bytes:
            raise _Unreadable("too-large", f"{len(value)} bytes, at most {self.largest_bytes}")
        try:
            document = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            document = _lenient(value, error)
        if not isinstance(document, dict):
            raise _Unreadable("not-an-object", f"JSON, but a {type(document).__name__} instead of an object")
        fields = self._flat(cast("Fields", document))
        if len(fields) > self.most_fields:
            raise _Unreadable("too-many-fields", f"more than {self.most_fields} fields")
        return fields

    def _flat(self, document: Fields) -> Fields:
        """The document by paths; the document itself where that is what it is already, as most are."""
        keys = "".join(document)
        if "." not in keys and "\\" not in keys and dict not in set(map(type, document.values())):
            return document
        fields: Fields = {}
        self._flatten(document, "", 1, fields)
        return fields

    def _flatten(self, document: Fields, prefix: str, depth: int, into: Fields) -> None:
        for key, value in document.items():
            path = prefix + (key if "." not in key and "\\" not in key else escaped(key))
            if not isinstance(value, dict):
                into[path] = value
            elif depth >= self.deepest:
                raise _Unreadable("too-deep", f"more than {self.deepest} objects within each other")
            elif len(into) <= self.most_fields:
                self._flatten(cast("Fields", value), path + ".", depth + 1, into)

    def _stream(self, key: bytes | None, named: object, fallback: str) -> str:
        if key:
            try:
                stream = key.decode()
            except UnicodeDecodeError:
                stream = "0x" + key.hex()
        elif isinstance(named, str) and named:
            stream = named
        elif isinstance(named, int | float) and not isinstance(named, bool):
            stream = str(named)
        else:
            stream = fallback
        if not stream:
            raise _Unreadable("no-stream", "neither record key nor id field, and no fallback")
        if len(stream) > self.longest_stream:
            raise _Unreadable("no-stream", f"a stream id of {len(stream)} characters, at most {self.longest_stream}")
        return stream


def escaped(key: str) -> str:
    r"""A key as one part of a path.

    >>> print(escaped("a.b"))
    a\.b
    """
    return key.replace("\\", "\\\\").replace(".", "\\.")


class _Unreadable(Exception):
    """Why a message becomes a Reject."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def _lenient(value: bytes, error: orjson.JSONDecodeError) -> Any:
    """Read what is JSON but for NaN and Infinity, with null in their place; raises _Unreadable for all else."""
    if b"NaN" in value or b"Infinity" in value:
        try:
            return orjson.loads(orjson.dumps(json.loads(value)))  # what holds no valid text or number fails here
        except (ValueError, TypeError, RecursionError):
            pass
    place = f"line {error.lineno} column {error.colno}"
    raise _Unreadable("not-json", f"{error.msg} at {place}"[:200].replace("\n", " ")) from None
