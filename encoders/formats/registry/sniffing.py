"""How sure a message is of one of the three kinds: by the registry, and by its looks while the registry is away."""

from __future__ import annotations

from collections.abc import Callable

from encoders.formats.contract import Message, Unavailable, Unreadable
from encoders.formats.json_messages import json_value
from encoders.formats.registry.client import Registered, Registry
from encoders.formats.registry.framing import Framed, SchemaId, is_framed, message_path, unframed
from encoders.reading import Fields

UNREADABLE = 0.1
"""The registry has the id and its kind is right, but the body does not fit."""


def right_kind(registered: Registered, schema: SchemaId, kind: str, name: str) -> Registered:
    """The schema, if it is of this kind. Raises Unreadable."""
    if registered.kind != kind:
        raise Unreadable("malformed", f"schema {schema} is of kind {registered.kind}: its messages are not {name}")
    return registered


def certainty(registry: Registry, message: Message, kind: str, read: Callable[[Framed], Fields]) -> float:
    """See Format.sniff: 1 for a message that reads by a schema of this kind."""
    if not is_framed(message):
        return 0.0
    try:
        framed = unframed(message)
        if registry.schema(framed.schema).kind != kind:
            return 0.0
    except Unreadable:
        return 0.0
    except Unavailable:
        return by_looks(unframed(message), kind)
    return _read_as(framed, read)


def _read_as(framed: Framed, read: Callable[[Framed], Fields]) -> float:
    try:
        read(framed)
    except (Unreadable, Unavailable):  # Unavailable: the schema is there, but not what it refers to
        return UNREADABLE
    return 1.0


def by_looks(framed: Framed, kind: str) -> float:
    """JSON shows itself, Protobuf nearly so by its path, all else may be Avro; a header is a surer sign than a zero."""
    named = 0.2 if framed.path is not None else 0.0
    if _is_json(framed.rest):
        return 0.7 + named if kind == "JSON" else 0.0
    if kind == "PROTOBUF" and _is_protobuf(framed):
        return 0.4 + named
    return 0.3 + named if kind == "AVRO" else 0.0


def _is_json(body: bytes) -> bool:
    if not body.lstrip().startswith(b"{"):
        return False
    try:
        json_value(body)
    except Unreadable:
        return False
    return True


def _is_protobuf(framed: Framed) -> bool:
    """A path, and behind it a tag of a field with a number and a wire type that exist."""
    try:
        _, body = message_path(framed)
    except Unreadable:
        return False
    return bool(body) and body[0] >= 8 and body[0] & 7 in (0, 1, 2, 5)
