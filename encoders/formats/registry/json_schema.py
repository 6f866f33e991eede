"""JSON in Confluent's framing, checked against its JSON Schema: what does not fit is no reading.

Schemas that name no draft are read as draft 7, as the registry does. References ($ref) lead to the schemas that the
registry lists with this one, never to the net.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import orjson
import referencing
from jsonschema import Draft3Validator, Draft4Validator, Draft7Validator
from jsonschema.validators import validator_for
from referencing import Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT7

from encoders.formats.catalogue import NO_ACCESS, Access
from encoders.formats.contract import DEEPEST, LARGEST_BYTES, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.json_messages import flat, json_value
from encoders.formats.registry.client import Registry, registry_of
from encoders.formats.registry.framing import Framed, SchemaId, unframed
from encoders.formats.registry.json_quick import Check, quick_check
from encoders.formats.registry.sniffing import certainty, right_kind
from encoders.reading import Fields
from encoders.schema.topic import TimeKey

KIND = "JSON"


class Errors(Protocol):
    """What is used of jsonschema's validators."""

    def iter_errors(self, instance: Any) -> Any:
        """What does not fit, one by one; each has `message` and `json_path`."""
        ...


@dataclass(frozen=True)
class Validator:
    """A schema compiled."""

    whole: Errors
    quick: Check | None
    """Says the same for documents that fit, where the schema is plain enough."""


@dataclass(frozen=True)
class ConfluentJson:
    """See Format."""

    access: Access = field(default=NO_ACCESS, repr=False)
    largest_bytes: int = LARGEST_BYTES
    registry: Registry | None = field(default=None, repr=False)
    """The client; without one that of this process for `access`."""

    name: str = field(default="confluent+json", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)
    schemas: dict[SchemaId, Validator] = field(
        default_factory=dict[SchemaId, Validator], init=False, repr=False, compare=False
    )
    """Compiled; ids are never reused."""

    def sniff(self, message: Message) -> float:
        """See Format."""
        return certainty(self.registry or registry_of(self.access), message, KIND, self._fields)

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return (Parsed(self._fields(unframed(message))),)

    def _fields(self, framed: Framed) -> Fields:
        validator = self.schemas.get(framed.schema)
        if validator is None:
            validator = self.schemas[framed.schema] = self._validator(framed.schema)
        document = json_value(framed.rest)
        if not isinstance(document, dict):
            raise Unreadable("not-an-object", f"JSON, but a {type(document).__name__} instead of an object")
        fields = flat(cast("Fields", document), DEEPEST)
        check(validator, document)
        return fields

    def _validator(self, schema: SchemaId) -> Validator:
        registry = self.registry or registry_of(self.access)
        registered = right_kind(registry.schema(schema), schema, KIND, self.name)
        others = registry.referenced(registered)
        return validator_of(registered.text, {name: other.text for name, other in others.items()})


def check(validator: Validator, document: Any) -> None:
    """Raises Unreadable where a document does not fit, with the place."""
    if validator.quick is not None and validator.quick(document):
        return
    try:
        error = next(iter(validator.whole.iter_errors(document)), None)
    except RecursionError as broken:
        raise Unreadable("too-deep", "nested too deeply for its JSON Schema") from broken
    except Exception as broken:
        raise Unreadable(
            "unsupported", f"the JSON Schema cannot be applied: {type(broken).__name__} {broken}"
        ) from broken
    if error is not None:
        raise Unreadable("malformed", f"at {error.json_path}: {error.message}")


def validator_of(text: str, others: Mapping[str, str]) -> Validator:
    """A schema compiled; `others` are those that it refers to by name. Raises Unreadable."""
    try:
        schema = orjson.loads(text)
        resources = {name: Resource.from_contents(orjson.loads(other), DRAFT7) for name, other in others.items()}
        kind: Any = validator_for(schema, default=Draft7Validator)
        kind.check_schema(schema)
        known = [(resource.id() or name, resource) for name, resource in resources.items()]
        whole = kind(schema, registry=referencing.Registry(retrieve=_Named(resources)).with_resources(known))  # pyright: ignore[reportCallIssue]
        quick = None if kind in (Draft3Validator, Draft4Validator) else quick_check(schema, kind.VALIDATORS)
        return Validator(whole, quick)
    except Exception as error:
        raise Unreadable("unsupported", f"the JSON Schema cannot be read: {type(error).__name__} {error}") from error


class _Named:
    """Finds a schema by the name under which the registry lists it, also where $id puts an address before it."""

    def __init__(self, resources: Mapping[str, Resource[Any]]) -> None:
        self._resources = resources

    def __call__(self, uri: str) -> Resource[Any]:
        for name, resource in self._resources.items():
            if uri == name or uri.endswith("/" + name):
                return resource
        raise NoSuchResource(ref=uri)
