"""The schema of a topic from its first messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from encoders.formats.catalogue import NO_ACCESS, Access, format_named
from encoders.formats.contract import Format, Message
from encoders.formats.decoding import decode
from encoders.formats.detect import Detected, detect
from encoders.schema.choice import field_of
from encoders.schema.columns import Observed, observed
from encoders.schema.judgement import Case
from encoders.schema.keys import id_key, names_streams, taken, time_key, unit_of
from encoders.schema.kinds import judged
from encoders.schema.lists import holds_numbers
from encoders.schema.measures import unit_of_field, unit_path_of
from encoders.schema.names import parent
from encoders.schema.topic import NUMERIC, FieldSchema, IdKey, TimeKey, TopicSchema


def infer(
    messages: Sequence[Message],
    access: Access = NO_ACCESS,
    format: str | None = None,  # noqa: A002 -- what the settings and the schema call it
    *,
    time_path: str | None = None,
    id_path: str | None = None,
) -> TopicSchema:
    """Find format, time key, id key and field types from messages in order of arrival.

    Deterministic. Without one readable message `fields` is empty; time and id are None where the messages show none.
    Fields that nothing can encode have encoder None. A field that was only ever null is not listed. access: how to
    reach what some formats ask. format, time_path, id_path: where they are known; a path that cannot be that key does
    not count. Raises FormatError for a format that there is not, and Unavailable where a schema registry does not
    answer.
    """
    found = detect(messages, access) if format is None else Detected(format, 1.0, {})
    reader = format_named(found.format, access)
    named = [message._replace(fallback=message.fallback or "-") for message in messages]
    seen = observed(decode(reader, named, TopicSchema(format=found.format)))
    time, identity = keys(reader, seen, time_path, id_path)
    return TopicSchema(
        format=found.format,
        format_confidence=min(max(found.confidence, 0.0), 1.0),
        time=time,
        id=identity,
        fields=fields_of(seen, time, identity),
    )


def keys(
    reader: Format, seen: Observed, time_path: str | None = None, id_path: str | None = None
) -> tuple[TimeKey | None, IdKey | None]:
    """Time and id: where they are said to be, else where the format puts them, else where the fields show them."""
    told = seen.columns.get(time_path or "")
    unit = None if told is None else unit_of(told)
    if told is not None and unit is not None:
        time = TimeKey(path=told.path, unit=unit)
    else:
        time = reader.time if reader.time is not None and reader.time.path in seen.columns else time_key(seen)
    named = seen.columns.get(id_path or "")
    if named is not None and names_streams(named):
        return time, IdKey(path=named.path)
    own = reader.id_path
    return time, IdKey(path=own) if own is not None and own in seen.columns else id_key(seen, time)


def fields_of(seen: Observed, time: TimeKey | None, identity: IdKey | None) -> dict[str, FieldSchema]:
    """The fields that are no keys, each judged among the others and stream by stream."""
    columns = seen.columns
    seen = seen.keyed(columns.get(time.path) if time else None, columns.get(identity.path) if identity else None)
    left = {path: column for path, column in columns.items() if path not in taken(time, identity)}
    arrays = {path for path, column in left.items() if any(map(holds_numbers, column.values[:8]))}
    beside = {path: tuple(other for other in left.values() if parent(other.path) == parent(path)) for path in left}
    verdicts = {path: judged(Case(column, seen, bool(arrays - {path}), beside[path])) for path, column in left.items()}
    numeric = Counter(parent(path) for path, verdict in verdicts.items() if verdict.type in NUMERIC)
    fields: dict[str, FieldSchema] = {}
    for path, verdict in verdicts.items():
        unit_path = unit_path_of(path, verdict.type, seen, numeric[parent(path)])
        fields[path] = field_of(verdict, unit_of_field(path, verdict.type, seen, unit_path), unit_path)
    return fields
