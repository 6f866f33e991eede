"""Recordings as the records that they were: MCAP files message by message, NDJSON files line by line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from encoders.formats.catalogue import NO_ACCESS, Access, format_named
from encoders.formats.contract import Message, Unreadable
from encoders.formats.decoding import decode
from encoders.reading import Readings
from encoders.schema.infer import infer
from encoders.schema.topic import IdKey, TopicSchema
from service.errors import UsageError
from service.log.contract import Draft, Headers

LINES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
NAMELESS = "-"
"""The stream of a line that names none; its record has no key."""
LOOKED_AT = 200
"""Lines from which format, time and id are inferred."""


class Timed(NamedTuple):
    """One record, and when it is due."""

    draft: Draft
    time_s: float
    """Seconds since 1970; NaN where the message tells no time: due with the one before."""
    done: int
    """How much of the recording lies before the next one, in its own measure."""


def mcap_recording(path: Path) -> Iterator[Timed]:
    """The messages of an MCAP file, keyed by their topic; `done` is in bytes.

    ROS 2 messages have their type as header "ros2_type", and the definition as "ros2_definition" unless it is that of
    a well-known type. Others have their encoding and schema as "mcap_encoding" and "schema_name". Raises UsageError.
    """
    format_named("mcap")  # which says what is missing
    from encoders.formats.mcap_records import Entry, entries

    def headers(entry: Entry) -> Headers:
        if entry.encoding == "cdr" and entry.schema_encoding == "ros2msg":
            return _ros2_headers(entry.schema_name, entry.schema)
        named = (("schema_name", entry.schema_name.encode()),) if entry.schema_name and entry.encoding != "json" else ()
        return (("mcap_encoding", entry.encoding.encode()), *named)

    count = 0
    with path.open("rb") as stream:
        try:
            for entry in entries(stream, None):
                count += 1
                time_ms = entry.log_time_ns // 1_000_000
                draft = Draft(entry.data, entry.topic.encode() or None, headers(entry), timestamp_ms=time_ms)
                yield Timed(draft, entry.log_time_ns / 1e9, stream.tell())
        except Unreadable as error:
            raise UsageError(f"{path}: {error.detail}; the {count} messages before it were replayed") from None


@cache
def _ros2_headers(name: str, definition: bytes) -> Headers:
    from encoders.formats.ros2_types import full_name, known_types, types_of

    typed = ("ros2_type", name.encode())
    try:
        own, known = types_of(full_name(name), definition.decode(errors="replace")), known_types()
    except Unreadable:  # whoever reads the messages says so
        return (typed, ("ros2_definition", definition))
    well_known = not definition or all(known.get(kind) == parts for kind, parts in own.items())
    return (typed,) if well_known else (typed, ("ros2_definition", definition))


def lines_read(lines: list[bytes], id_path: str | None, access: Access = NO_ACCESS) -> tuple[TopicSchema, Readings]:
    """Lines as readings, by the schema of the first ones; those that no field gives a stream belong to NAMELESS."""
    messages = [Message(None, line, NAMELESS) for line in lines]
    schema = infer(messages[:LOOKED_AT], access)
    schema = schema.model_copy(update={"id": IdKey(path=id_path)} if id_path else {})
    return schema, decode(format_named(schema.format, access), messages, schema)


def line_recording(lines: list[bytes], id_path: str | None = None, access: Access = NO_ACCESS) -> Iterator[Timed]:
    """Lines with their own event times, keyed by their streams; `done` is in lines.

    id_path: field that names the stream; inferred by default. Format and time are inferred from the first lines.
    """
    _, readings = lines_read(lines, id_path, access)
    first: list[int] = np.searchsorted(readings.source, np.arange(len(lines) + 1)).tolist()
    for place, line in enumerate(lines):
        told = first[place] < first[place + 1]
        stream = readings.streams[first[place]] if told else NAMELESS
        time_s = float(readings.times[first[place]]) if told else math.nan
        time_ms = None if math.isnan(time_s) else max(round(time_s * 1000), 0)
        key = None if stream == NAMELESS else stream.encode()
        yield Timed(Draft(line, key, timestamp_ms=time_ms), time_s, place + 1)
