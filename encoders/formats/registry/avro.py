"""Avro in Confluent's framing: the record's fields, those of records and maps within it by path.

Unions give the value of their branch, enums text, arrays lists, bytes and fixed bytes; for logical types see
avro_logical.py. A schema that is no record gives one field, "value".
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import fastavro

from encoders.formats.catalogue import NO_ACCESS, Access
from encoders.formats.contract import DEEPEST, LARGEST_BYTES, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.decoding import flattened
from encoders.formats.registry.avro_logical import register
from encoders.formats.registry.avro_schema import prepared
from encoders.formats.registry.client import Registry, registry_of
from encoders.formats.registry.framing import Framed, SchemaId, unframed
from encoders.formats.registry.sniffing import certainty, right_kind
from encoders.reading import Fields
from encoders.schema.topic import TimeKey

KIND = "AVRO"
_READ = cast("Callable[..., Any]", fastavro.schemaless_reader)  # pyright: ignore[reportUnknownMemberType]
register()


@dataclass(frozen=True)
class ConfluentAvro:
    """See Format."""

    access: Access = field(default=NO_ACCESS, repr=False)
    largest_bytes: int = LARGEST_BYTES
    registry: Registry | None = field(default=None, repr=False)
    """The client; without one that of this process for `access`."""

    name: str = field(default="confluent+avro", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)
    schemas: dict[SchemaId, Any] = field(default_factory=dict[SchemaId, Any], init=False, repr=False, compare=False)
    """Made ready for reading; ids are never reused."""

    def sniff(self, message: Message) -> float:
        """See Format."""
        return certainty(self.registry or registry_of(self.access), message, KIND, self._fields)

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return (Parsed(self._fields(unframed(message))),)

    def _fields(self, framed: Framed) -> Fields:
        schema = self.schemas.get(framed.schema)
        if schema is None:
            schema = self.schemas[framed.schema] = self._schema(framed.schema)
        value = _value(schema, framed.rest)
        return flattened(cast("Fields", value), DEEPEST) if isinstance(value, dict) else {"value": value}

    def _schema(self, schema: SchemaId) -> Any:
        registry = self.registry or registry_of(self.access)
        registered = right_kind(registry.schema(schema), schema, KIND, self.name)
        ready = prepared(registered.text, [other.text for other in registry.referenced(registered).values()])
        try:
            return fastavro.parse_schema(ready)
        except Exception as error:  # fastavro raises many kinds
            raise Unreadable("unsupported", f"Avro schema {schema}: {type(error).__name__} {error}") from error


def _value(schema: Any, body: bytes) -> Any:
    """Raises Unreadable."""
    source = io.BytesIO(body)
    try:
        value: Any = _READ(source, schema, None)
    except Unreadable:
        raise
    except Exception as error:  # fastavro raises many kinds
        raise Unreadable("malformed", f"not Avro of this schema: {type(error).__name__} {error}") from error
    if source.tell() != len(body):
        raise Unreadable("malformed", f"{len(body) - source.tell()} bytes more than the Avro schema describes")
    return value
