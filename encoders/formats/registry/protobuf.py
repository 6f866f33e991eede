"""Protobuf in Confluent's framing: the message's fields, those of messages and maps within it by path.

Enums give their names, a field that is not set (where the schema tells that from zero) gives nothing, repeated fields
lists. Of the well-known types a timestamp becomes ISO-8601 text, a duration seconds, a wrapper its value, a struct what
it holds; Confluent's decimal a number. Fields that the schema does not know are passed over, but not a whole message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from encoders.formats.catalogue import NO_ACCESS, Access
from encoders.formats.contract import DEEPEST, LARGEST_BYTES, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.decoding import flattened
from encoders.formats.registry.client import Registry, registry_of
from encoders.formats.registry.descriptors import MessageTypes, message_types
from encoders.formats.registry.framing import Framed, SchemaId, message_path, unframed
from encoders.formats.registry.moments import iso
from encoders.formats.registry.sniffing import certainty, right_kind
from encoders.reading import Fields
from encoders.schema.topic import TimeKey

KIND = "PROTOBUF"
MOST_VALUES = 1_000_000
"""Values of a message, those in lists of messages among them: two bytes may stand for a message of many fields."""
_MOST_DIGITS = 308


class _Budget:
    """How many values a message may still have."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def spend(self, values: int) -> None:
        """Raises Unreadable."""
        self._left -= values
        if self._left < 0:
            raise Unreadable("too-many-fields", f"more than {MOST_VALUES} values")


Reader = Callable[[Any, _Budget], Any]
"""A value of the library -> a plain one."""


@dataclass(frozen=True)
class ConfluentProtobuf:
    """See Format."""

    access: Access = field(default=NO_ACCESS, repr=False)
    largest_bytes: int = LARGEST_BYTES
    registry: Registry | None = field(default=None, repr=False)
    """The client; without one that of this process for `access`."""

    name: str = field(default="confluent+protobuf", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)
    schemas: dict[SchemaId, MessageTypes] = field(
        default_factory=dict[SchemaId, MessageTypes], init=False, repr=False, compare=False
    )
    """Compiled; ids are never reused."""
    readers: dict[Any, Reader] = field(default_factory=dict[Any, Reader], init=False, repr=False, compare=False)
    """How a message of each class is read."""

    def sniff(self, message: Message) -> float:
        """See Format."""
        return certainty(self.registry or registry_of(self.access), message, KIND, self._fields)

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return (Parsed(self._fields(unframed(message))),)

    def _fields(self, framed: Framed) -> Fields:
        types = self.schemas.get(framed.schema)
        if types is None:
            types = self.schemas[framed.schema] = self._types(framed.schema)
        path, body = message_path(framed)
        kind = types.at(path)
        reader = self.readers.get(kind)
        if reader is None:
            reader = self.readers[kind] = _Reading().of(kind.DESCRIPTOR)
        value = reader(_message(kind, body), _Budget())
        return flattened(value, DEEPEST) if isinstance(value, dict) else {"value": value}  # pyright: ignore[reportUnknownArgumentType]

    def _types(self, schema: SchemaId) -> MessageTypes:
        try:
            return self._compiled(schema, as_text=False)
        except Unreadable as error:
            if error.reason != "unsupported":
                raise
            return self._compiled(schema, as_text=True)  # Karapace's descriptors have no maps and no optional fields

    def _compiled(self, schema: SchemaId, *, as_text: bool) -> MessageTypes:
        registry = self.registry or registry_of(self.access)
        registered = right_kind(registry.schema(schema, as_text=as_text), schema, KIND, self.name)
        others = registry.referenced(registered, as_text=as_text)
        return message_types(registered.text, {name: other.text for name, other in others.items()})


def _message(kind: Any, body: bytes) -> Any:
    """Raises Unreadable."""
    try:
        message = kind.FromString(body)
    except DecodeError as error:
        raise Unreadable("malformed", f"not Protobuf of this schema: {error}") from error
    if not message.IsInitialized():
        missing = ", ".join(message.FindInitializationErrors())
        raise Unreadable("malformed", f"without {missing}, required by its schema")
    if body and not message.ListFields() and message.ByteSize() == len(body):
        raise Unreadable("malformed", "Protobuf, but no field of it is in the schema")
    return message


class _Reading:
    """The readers of a message type and of those within it, made once."""

    def __init__(self) -> None:
        self._plans: dict[str, list[tuple[str, bool, Reader | None]]] = {}

    def of(self, descriptor: Descriptor) -> Reader:
        """How a message of this type becomes plain values."""
        name = descriptor.full_name
        if name in WELL_KNOWN:
            return WELL_KNOWN[name]
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = []
            plan += [(each.name, _may_lack(each), self._field(each)) for each in descriptor.fields]

        def read(message: Any, budget: _Budget) -> dict[str, Any]:
            budget.spend(len(plan))
            values: dict[str, Any] = {}
            for key, may_lack, reader in plan:
                if may_lack and not message.HasField(key):
                    values[key] = None
                else:
                    value = getattr(message, key)
                    values[key] = value if reader is None else reader(value, budget)
            return values

        return read

    def _field(self, each: FieldDescriptor) -> Reader | None:
        """How one field reads; None where the library's value is plain."""
        entry = each.message_type
        if entry is not None and entry.GetOptions().map_entry:
            one = self._single(entry.fields_by_name["value"])
            if one is None:
                return lambda items, _: dict(items)
            return lambda items, budget: {key: one(items[key], budget) for key in items}
        one = self._single(each)
        if not each.is_repeated:
            return one
        if one is None:
            return lambda items, _: list(items)
        return lambda items, budget: [one(item, budget) for item in items]

    def _single(self, each: FieldDescriptor) -> Reader | None:
        if each.message_type is not None:
            return self.of(each.message_type)
        if each.enum_type is None:
            return None
        names = {number: value.name for number, value in each.enum_type.values_by_number.items()}
        return lambda number, _: names.get(number, str(number))


def _may_lack(each: FieldDescriptor) -> bool:
    return each.has_presence and not each.is_repeated


def _timestamp(message: Any, _: _Budget) -> str | None:
    return iso(message.seconds * 1_000_000 + message.nanos // 1000)


def _duration(message: Any, _: _Budget) -> float:
    return message.seconds + message.nanos / 1e9


def _wrapped(message: Any, _: _Budget) -> Any:
    return message.value


def _struct(message: Any, _: _Budget) -> Any:
    """What a Struct, Value or ListValue holds, as JSON has it."""
    try:
        return MessageToDict(message)
    except Exception as error:
        raise Unreadable("malformed", f"a google.protobuf.Struct that is no JSON: {error}") from error


def _decimal(message: Any, _: _Budget) -> float | None:
    if not -_MOST_DIGITS <= message.scale <= _MOST_DIGITS:
        return None
    whole = int.from_bytes(message.value, signed=True)
    try:
        return whole / 10**message.scale if message.scale >= 0 else float(whole * 10**-message.scale)
    except OverflowError:
        return float("inf") if whole > 0 else float("-inf")


WELL_KNOWN: dict[str, Reader] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _struct,
    "google.protobuf.ListValue": _struct,
    "confluent.type.Decimal": _decimal,
} | {
    f"google.protobuf.{kind}Value": _wrapped
    for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
}
"""Types that are read as one value."""
