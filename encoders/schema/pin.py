"""What a user has decided about a topic's messages, laid over what they show."""

from __future__ import annotations

from collections.abc import Mapping

from encoders.schema.topic import ENCODER_OF, FieldSchema, FieldType, IdKey, TimeKey, TopicSchema

_TYPE_OF: dict[str, FieldType] = {encoder: kind for kind, encoder in ENCODER_OF.items() if encoder is not None}


def pins(
    inferred: TopicSchema,
    *,
    time_path: str | None = None,
    id_path: str | None = None,
    encoders: Mapping[str, str] | None = None,
) -> TopicSchema:
    """The user's decisions alone, as a schema that `clash` can hold against the messages.

    encoders: field path -> name of its encoder. A time key that inference did not choose is ISO-8601 where its values
    are, else seconds.
    """
    return TopicSchema(
        format=inferred.format,
        time=None if time_path is None else _time(inferred, time_path),
        id=None if id_path is None else IdKey(path=id_path),
        fields={path: _field(inferred, path, encoder) for path, encoder in (encoders or {}).items()},
    )


def overlaid(inferred: TopicSchema, pinned: TopicSchema) -> TopicSchema:
    """The inferred schema with the pinned keys and fields in place of its own."""
    time, identity = pinned.time or inferred.time, pinned.id or inferred.id
    taken = {key.path for key in (time, identity) if key is not None}
    fields = {path: field for path, field in (inferred.fields | pinned.fields).items() if path not in taken}
    return TopicSchema(format=inferred.format, time=time, id=identity, fields=fields)


def _time(inferred: TopicSchema, path: str) -> TimeKey:
    if inferred.time is not None and inferred.time.path == path:
        return TimeKey(path=path, unit=inferred.time.unit)
    seen = inferred.fields.get(path)
    return TimeKey(path=path, unit="iso" if seen is not None and seen.type == "datetime" else "s")


def _field(inferred: TopicSchema, path: str, encoder: str) -> FieldSchema:
    """The type is the one that the encoder is made for; that of an encoder of others is what the messages show."""
    seen = inferred.fields.get(path)
    return FieldSchema(type=_TYPE_OF.get(encoder, seen.type if seen else "category"), encoder=encoder)
