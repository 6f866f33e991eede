"""Avro schemas made ready for hostile bytes: every named type written out once per level of nesting.

fastavro follows a schema wherever it leads. A type that holds itself would let a message of a few kilobytes run the
process out of stack, and a list of items without bytes (nulls) let ten bytes claim a billion items. So a named type
becomes one type per level, down to `DEEPEST`, where reading stops; lists of items without bytes are refused. Logical
types get names of our own, read by `LOGICAL` (avro.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import orjson

from encoders.formats.contract import DEEPEST, Unreadable

MARK = "plastream-"
"""Before the logical types that we read; those of others are none to us, as Avro has it."""
TOO_DEEP = {"type": "null", "logicalType": MARK + "too-deep"}

_PRIMITIVE = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_NAMED = frozenset({"record", "error", "enum", "fixed"})
_LOGICAL = frozenset(
    {
        "decimal",
        "date",
        "time-millis",
        "time-micros",
        *(f"{local}timestamp-{unit}" for local in ("", "local-") for unit in ("millis", "micros", "nanos")),
        "duration",
    }
)

_Names = dict[str, tuple[dict[str, Any], str]]
"""Full name -> definition, and the namespace in which it stands."""


def prepared(text: str, others: Iterable[str] = ()) -> Any:
    """A schema without recursion; `others` are those that it refers to by name. Raises Unreadable."""
    try:
        root = _loaded(text)
        known: _Names = {}
        for schema in (*map(_loaded, others), root):
            _collect(schema, "", known)
        return _Expansion(known).expanded(root, "", 0)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise Unreadable("unsupported", f"the Avro schema cannot be read: {type(error).__name__} {error}") from error


def _loaded(text: str) -> Any:
    """A schema's text; a bare name ("string", com.example.Point) need not be quoted."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if text.strip().replace(".", "").replace("_", "").isalnum():
            return text.strip()
        raise


def _collect(schema: Any, space: str, known: _Names) -> None:
    """Note the definitions within a schema."""
    if isinstance(schema, list):
        for branch in cast("list[Any]", schema):
            _collect(branch, space, known)
    if not isinstance(schema, dict):
        return
    document = cast("dict[str, Any]", schema)
    if document["type"] in _NAMED if isinstance(document["type"], str) else False:
        name = _full(document["name"], document.get("namespace", space))
        known[name] = (document, name.rpartition(".")[0])
        for each in document.get("fields", ()):
            _collect(each["type"], known[name][1], known)
    else:
        for key in ("type", "items", "values"):
            _collect(document.get(key), space, known)


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


class _Expansion:
    """One schema being written out."""

    def __init__(self, known: _Names) -> None:
        self._known = known
        self._written: dict[tuple[str, int], str] = {}
        self._least: dict[str, int] = {}

    def expanded(self, schema: Any, space: str, depth: int) -> Any:
        """The schema with its names written out. Raises Unreadable, KeyError for a name without definition."""
        if isinstance(schema, str):
            return schema if schema in _PRIMITIVE else self._named(self._found(schema, space), depth)
        if isinstance(schema, list):
            return [self.expanded(branch, space, depth) for branch in cast("list[Any]", schema)]
        document = cast("dict[str, Any]", schema)
        kind: Any = document["type"]
        if not isinstance(kind, str):
            return self.expanded(kind, space, depth)
        if kind in _NAMED:
            return self._named(_full(document["name"], document.get("namespace", space)), depth)
        if kind == "array":
            if self._least_bytes(document["items"], space) == 0:
                raise Unreadable("unsupported", "the Avro schema has a list of items without bytes")
            return {"type": kind, "items": self.expanded(document["items"], space, depth)}
        if kind == "map":
            return {"type": kind, "values": self.expanded(document["values"], space, depth)}
        return {"type": kind, **_logical(document)} if kind in _PRIMITIVE else self.expanded(kind, space, depth)

    def _found(self, name: str, space: str) -> str:
        full = _full(name, space)
        return full if full in self._known else name

    def _named(self, name: str, depth: int) -> Any:
        """The type's definition where it first stands at this depth, afterwards its name."""
        if depth >= DEEPEST:
            return TOO_DEEP
        if (name, depth) in self._written:
            return self._written[name, depth]
        definition, space = self._known[name]
        own = self._written[name, depth] = f"t{len(self._written)}"
        kind = definition["type"]
        if kind == "enum":
            return {"type": kind, "name": own, "symbols": definition["symbols"]}
        if kind == "fixed":
            return {"type": kind, "name": own, "size": _size(definition), **_logical(definition)}
        fields = [
            {"name": each["name"], "type": self.expanded(each["type"], space, depth + 1)}
            for each in definition["fields"]
        ]
        return {"type": "record", "name": own, "fields": fields}

    def _least_bytes(self, schema: Any, space: str) -> int:
        """0 where a value may take no bytes at all, else 1 or more."""
        if isinstance(schema, str):
            return int(schema != "null") if schema in _PRIMITIVE else self._least_named(self._found(schema, space))
        if isinstance(schema, list):
            return 1
        document = cast("dict[str, Any]", schema)
        kind: Any = document["type"]
        if isinstance(kind, str) and kind in _NAMED:
            return self._least_named(_full(document["name"], document.get("namespace", space)))
        return 1 if kind in ("array", "map") else self._least_bytes(kind, space)

    def _least_named(self, name: str) -> int:
        """As `_least_bytes`; a record within itself adds nothing."""
        if name not in self._least:
            definition, space = self._known[name]
            self._least[name] = 0
            self._least[name] = {"enum": 1, "fixed": _size(definition)}.get(definition["type"], 0) or sum(
                self._least_bytes(each["type"], space) for each in definition.get("fields", ())
            )
        return self._least[name]


def _size(definition: dict[str, Any]) -> int:
    """Bytes of a fixed type; 0 for other types. Raises ValueError."""
    size = int(definition["size"]) if definition["type"] == "fixed" else 0
    if size < 0:
        raise ValueError(f"a fixed type of {size} bytes")
    return size


def _logical(document: dict[str, Any]) -> dict[str, Any]:
    """The logical type by our name, with what it needs."""
    logical = document.get("logicalType")
    if logical not in _LOGICAL:
        return {}
    if logical != "decimal":
        return {"logicalType": MARK + logical}
    return {"logicalType": MARK + logical, "scale": int(document.get("scale", 0))}
