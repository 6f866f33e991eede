"""CloudEvents 1.0 in JSON: one event a message (structured mode), one in headers and value (binary mode), or a batch.

All modes give the same fields: "source", "time", "type", "subject", extension attributes by their names, in the text
that the specification writes them in, and the event's data below "data". What only serves the transport is no field:
id, specversion, datacontenttype, dataschema. An extension "sequence" with "sequencetype" Integer is the reading's
sequence number. Data that is not text for JSON is decoded by its content type: JSON, CBOR, MessagePack, text; any other
stays bytes.

A record's key names the stream, as in other JSON: a key is how Kafka says which thing an event is about. In a batch
without key each event's source does.

Source: github.com/cloudevents/spec, its JSON event format, Kafka protocol binding and sequence extension.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

from encoders.formats.cbor_messages import cbor_value
from encoders.formats.content_type import CBOR, JSON, MSGPACK, bare_type, media_type
from encoders.formats.contract import (
    DEEPEST,
    LARGEST_BYTES,
    MOST_READINGS,
    FormatMemory,
    Message,
    Parsed,
    Unreadable,
)
from encoders.formats.decoding import escaped, flattened
from encoders.formats.json_messages import json_value
from encoders.formats.msgpack_messages import msgpack_value
from encoders.reading import Fields
from encoders.schema.topic import TimeKey

REQUIRED = ("specversion", "id", "source", "type")
_FIRST = ("source", "time", "type", "subject")
_TRANSPORT = frozenset({"id", "specversion", "datacontenttype", "dataschema"})
_STRUCTURED = "application/cloudevents"
_PREFIXES: Mapping[str, Callable[[str], str]] = {"ce_": str, "ce-": unquote}
"""Before the names of attributes in headers: of Kafka as they are, of HTTP percent-encoded."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class CloudEvents:
    """See Format."""

    deepest: int = DEEPEST
    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="cloudevents+json", init=False)
    time: TimeKey | None = field(default=TimeKey(path="time", unit="iso"), init=False)
    id_path: str | None = field(default="source", init=False)
    many: bool = field(default=False, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: its content type, its headers, or all attributes that an event must have."""
        media = media_type(message)
        if media.startswith(_STRUCTURED) or _in_headers(message):
            return 0.0 if media.startswith(_STRUCTURED) and not media.endswith("+json") else 1.0
        value = (message.value or b"").lstrip()
        if value[:1] not in (b"{", b"[") or b'"specversion"' not in value:
            return 0.0
        try:
            document = json_value(value)
        except Unreadable:
            return 0.0
        events = cast("list[Any]", document) if isinstance(document, list) else [document]
        return 1.0 if events and all(_is_event(event) for event in events) else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        value = message.value or b""
        media = media_type(message)
        if media.startswith(_STRUCTURED) and not media.endswith("+json"):
            raise Unreadable("unsupported", f"{media}: only JSON is read, and events in headers")
        if _in_headers(message) and not media.startswith(_STRUCTURED):
            return (self._event(_from_headers(message), _content(value, media)),)
        document = json_value(value)
        events = cast("list[Any]", document) if isinstance(document, list) else [document]
        if len(events) > MOST_READINGS:
            raise Unreadable("too-many-readings", f"a batch of {len(events)} events, at most {MOST_READINGS}")
        return [self._structured(event) for event in events]

    def _structured(self, document: Any) -> Parsed:
        if not isinstance(document, dict):
            raise Unreadable("not-an-object", f"JSON, but a {type(document).__name__} instead of an event")
        attributes = cast("dict[str, Any]", document)
        data, encoded = attributes.pop("data", None), attributes.pop("data_base64", None)
        if encoded is not None:
            if data is not None:
                raise Unreadable("malformed", "an event with both data and data_base64")
            data = _content(_bytes(encoded), bare_type(str(attributes.get("datacontenttype") or "")))
        return self._event(attributes, data)

    def _event(self, attributes: Attributes, data: Any) -> Parsed:
        """A reading of attributes and decoded data, the same in all modes."""
        _check(attributes)
        texts = {name: _text(name, value) for name, value in attributes.items() if value is not None}
        sequence = _sequence(texts)
        fields: Fields = {name: texts[name] for name in _FIRST if name in texts}
        for name in sorted(texts.keys() - fields.keys() - _TRANSPORT):
            fields[escaped(name)] = texts[name]
        if data is not None:
            fields |= flattened({"data": data}, self.deepest + 1)
        return Parsed(fields, sequence=sequence)


def _is_event(document: Any) -> bool:
    return isinstance(document, dict) and all(name in document for name in REQUIRED)


def _in_headers(message: Message) -> bool:
    return any(message.header(prefix + "specversion") is not None for prefix in _PREFIXES)


def _from_headers(message: Message) -> Attributes:
    attributes = {"datacontenttype": media_type(message) or None}
    for name, value in message.headers:
        decoded = _PREFIXES.get(name[:3].lower())
        if decoded is None:
            continue
        try:
            attributes[name[3:].lower()] = decoded(value.decode())
        except UnicodeDecodeError:
            raise Unreadable("malformed", f"header {name} is not text in UTF-8") from None
    return attributes


def _check(attributes: Attributes) -> None:
    """Raises Unreadable where this is no event, or one of another major version."""
    for name in REQUIRED:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise Unreadable("malformed", f"an event without {name}")
    if not attributes["specversion"].startswith("1."):
        raise Unreadable("unsupported", f"CloudEvents {attributes['specversion'][:20]}: version 1 is read here")


def _text(name: str, value: Any) -> str:
    """An attribute in the canonical text of its type, as headers have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise Unreadable("malformed", f"attribute {name[:60]} is not a text, number or boolean")
    return str(value)


def _sequence(texts: dict[str, str]) -> int | None:
    """Taken out of the attributes, where it is a number."""
    told = texts.get("sequence", "")
    if texts.get("sequencetype") != "Integer" or _INTEGER.fullmatch(told) is None:
        return None
    del texts["sequence"], texts["sequencetype"]
    return int(told)


def _bytes(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Unreadable("malformed", "data_base64 is not text in base64") from None


def _content(value: bytes, media: str) -> Any:
    """Data of this content type; of none it is JSON. Raises Unreadable."""
    if media in JSON or media.endswith("+json") or not media:
        return json_value(value)
    if media in CBOR or media.endswith("+cbor"):
        return cbor_value(value)
    if media in MSGPACK:
        return msgpack_value(value)
    if media.startswith("text/"):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Unreadable("malformed", f"data of type {media} is not text in UTF-8") from None
    return value
