"""Messages of one format become readings: the part that all formats share.

A message is read whole or not at all, so that a dead letter, mended and sent again, is never learned twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.formats.contract import (
    LARGEST_BYTES,
    LONGEST_STREAM,
    MOST_FIELDS,
    MOST_READINGS,
    Format,
    FormatMemory,
    Message,
    Parsed,
    Table,
    Unreadable,
)
from encoders.instant import event_times
from encoders.reading import SILENT, Columns, Fields, Notes, Readings, Reject
from encoders.schema.shaping import shaped
from encoders.schema.topic import TopicSchema


def decode(
    reader: Format, messages: Sequence[Message], schema: TopicSchema, memory: FormatMemory | None = None
) -> Readings:
    """Read a batch: each message gives readings or one Reject, in order. Raises Unavailable alone.

    memory: what the format remembers of this partition, changed in place; None where the batch is all there is.
    """
    memory = {} if memory is None else memory
    batch = _Batch(reader.many, schema)
    for source, message in enumerate(messages):
        try:
            batch.add(source, message, _parsed(reader, message, memory))
        except Unreadable as error:
            batch.rejects.append(Reject(source, error.reason, error.detail))
    return batch.readings()


def _parsed(reader: Format, message: Message, memory: FormatMemory) -> Sequence[Parsed] | Table:
    if not message.value:
        raise Unreadable("empty", "the record has no value")
    largest = getattr(reader, "largest_bytes", LARGEST_BYTES)
    if len(message.value) > largest:
        raise Unreadable("too-large", f"{len(message.value)} bytes, at most {largest}")
    return reader.parse(message, memory)


@dataclass
class _Batch:
    """Readings as they come in: rows, and tables that are turned into rows only where they meet others."""

    many: bool
    schema: TopicSchema
    sources: list[int] = field(default_factory=list[int])
    streams: list[str] = field(default_factory=list[str])
    told: list[object] = field(default_factory=list[object])
    chunks: list[list[Fields] | Columns] = field(default_factory=list["list[Fields] | Columns"])
    notes: dict[int, Notes] = field(default_factory=dict[int, Notes])
    sequences: dict[int, int] = field(default_factory=dict[int, int])
    historical: list[int] = field(default_factory=list[int])
    rejects: list[Reject] = field(default_factory=list[Reject])

    def __post_init__(self) -> None:
        self.time_path = self.schema.time.path if self.schema.time else None
        self.id_path = self.schema.id.path if self.schema.id else None

    def add(self, source: int, message: Message, parsed: Sequence[Parsed] | Table) -> None:
        """Take in the readings of one message. Raises Unreadable, and then nothing was taken."""
        if isinstance(parsed, Table):
            self._add_table(source, message, parsed)
            return
        if len(parsed) > MOST_READINGS:
            raise Unreadable("too-many-readings", f"{len(parsed)} readings, at most {MOST_READINGS}")
        streams: list[str] = []
        for reading in parsed:
            if len(reading.fields) > MOST_FIELDS:
                raise Unreadable("too-many-fields", f"{len(reading.fields)} fields, at most {MOST_FIELDS}")
            named = reading.fields.get(self.id_path) if self.id_path is not None else None
            streams.append(stream_of(message, named, many=self.many))
        rows = self._rows()
        for stream, reading in zip(streams, parsed, strict=True):
            place = len(self.sources)
            fields = reading.fields
            if self.id_path is not None:
                fields.pop(self.id_path, None)
            self.told.append(fields.pop(self.time_path, None) if self.time_path is not None else None)
            self.sources.append(source)
            self.streams.append(stream)
            rows.append(fields)
            if reading.notes is not SILENT:
                self.notes[place] = reading.notes
            if reading.sequence is not None:
                self.sequences[place] = reading.sequence
            if reading.historical:
                self.historical.append(place)

    def _rows(self) -> list[Fields]:
        """The list to which rows are added now."""
        if not self.chunks or isinstance(self.chunks[-1], Columns):
            self.chunks.append([])
        last = self.chunks[-1]
        assert not isinstance(last, Columns)  # noqa: S101 -- for the type checker
        return last

    def _add_table(self, source: int, message: Message, table: Table) -> None:
        columns, count = dict(table.fields.columns), len(table.fields)
        if count > MOST_READINGS:
            raise Unreadable("too-many-readings", f"{count} readings, at most {MOST_READINGS}")
        if len(columns) > MOST_FIELDS:
            raise Unreadable("too-many-fields", f"{len(columns)} fields, at most {MOST_FIELDS}")
        names = _column(columns, self.id_path, count)
        known: dict[object, str] = {}
        try:
            distinct = dict.fromkeys(names)
        except TypeError:  # lists or objects, which name no stream
            names = [_name(name) for name in names]
            distinct = dict.fromkeys(names)
        for name in distinct:
            known[name] = stream_of(message, name, many=self.many)
        first = len(self.sources)
        self.streams += [known[name] for name in names]
        self.told += _column(columns, self.time_path, count)
        self.sources += [source] * count
        self.chunks.append(Columns(columns, count))
        self.notes.update((first + place, notes) for place, notes in table.notes.items())

    def readings(self) -> Readings:
        """All that was taken in."""
        times = event_times(self.told, self.schema.time) if self.schema.time else np.full(len(self.told), np.nan)
        return shaped(
            Readings(
                np.array(self.sources, dtype=np.int64),
                self.streams,
                times,
                _joined(self.chunks),
                self.rejects,
                self.notes,
                self.sequences,
                frozenset(self.historical),
            ),
            self.schema,
        )


def _column(columns: dict[str, npt.NDArray[Any]], path: str | None, count: int) -> list[Any]:
    """Take a column out, as plain values; nothing where there is none."""
    column = columns.pop(path, None) if path is not None else None
    return [None] * count if column is None else column.tolist()


def _joined(chunks: Sequence[list[Fields] | Columns]) -> Sequence[Fields]:
    """One sequence: columns where all chunks are columns of the same names, else rows."""
    if len(chunks) == 1:
        return chunks[0]
    tables = [chunk for chunk in chunks if isinstance(chunk, Columns)]
    if tables and len(tables) == len(chunks) and len({tuple(table.columns) for table in tables}) == 1:
        joined = {path: np.concatenate([table.columns[path] for table in tables]) for path in tables[0].columns}
        return Columns(joined, sum(map(len, tables)))
    return [fields for chunk in chunks for fields in chunk]


def stream_of(message: Message, named: object, *, many: bool) -> str:
    """The stream of a reading: the record key, else what its id field names, else the fallback.

    Where one message holds many streams the id field goes before the key. Raises Unreadable.
    """
    candidates = (_name(named), _keyed(message.key)) if many else (_keyed(message.key), _name(named))
    stream = next((name for name in candidates if name), message.fallback)
    if not stream:
        raise Unreadable("no-stream", "neither record key nor id field, and no fallback")
    if len(stream) > LONGEST_STREAM:
        raise Unreadable("no-stream", f"a stream id of {len(stream)} characters, at most {LONGEST_STREAM}")
    return stream


def _keyed(key: bytes | None) -> str:
    if not key:
        return ""
    try:
        return key.decode()
    except UnicodeDecodeError:
        return "0x" + key.hex()


def _name(named: object) -> str:
    if isinstance(named, str):
        return named
    return str(named) if isinstance(named, int | float) and not isinstance(named, bool) and named == named else ""


def flattened(document: Mapping[str, Any], deepest: int, most_fields: int = MOST_FIELDS) -> Fields:
    """A nested document by dotted paths; lists are kept whole. Raises Unreadable: too-deep, too-many-fields."""
    fields: Fields = {}
    _flatten(document.items(), "", 1, deepest, most_fields, fields)
    if len(fields) > most_fields:
        raise Unreadable("too-many-fields", f"more than {most_fields} fields")
    return fields


def _flatten(
    items: Iterable[tuple[Any, Any]], prefix: str, depth: int, deepest: int, most_fields: int, into: Fields
) -> None:
    for key, value in items:
        path = prefix + escaped(str(key))
        if not isinstance(value, dict):
            into[path] = value
        elif depth >= deepest:
            raise Unreadable("too-deep", f"more than {deepest} objects within each other")
        elif len(into) <= most_fields:
            _flatten(value.items(), path + ".", depth + 1, deepest, most_fields, into)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def escaped(key: str) -> str:
    r"""A key as one part of a path.

    >>> print(escaped("a.b"))
    a\.b
    """
    return key if "." not in key and "\\" not in key else key.replace("\\", "\\\\").replace(".", "\\.")
