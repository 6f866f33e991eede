"""What binary documents (CBOR, MessagePack) hold, as the plain values of which readings are made.

Texts, numbers, booleans, byte strings and None stay; moments become ISO-8601 text in UTC; keys become text; whatever
else there is becomes its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from encoders.formats.contract import DEEPEST, MOST_READINGS, Parsed, Unreadable
from encoders.formats.json_messages import flat

_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})
_MOST_LEVELS = 2 * DEEPEST
"""Lists and maps within each other: as many lists as maps at the most."""


def plain(value: Any, levels: int = _MOST_LEVELS) -> Any:
    """A document of plain values only; what is so already stays as it is. Raises Unreadable."""
    if isinstance(value, list | dict | tuple | Mapping):
        if levels <= 0:
            raise Unreadable("too-deep", f"more than {_MOST_LEVELS} lists and maps within each other")
        if isinstance(value, dict | Mapping):
            return _map(cast("Mapping[Any, Any]", value), levels - 1)
        members = cast("Sequence[Any]", value)
        return list(members) if _PLAIN.issuperset(map(type, members)) else [plain(one, levels - 1) for one in members]
    if type(value) in _PLAIN:
        return value
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo is not None else value).isoformat()
    text = value.isoformat() if isinstance(value, date) else str(value)
    return None if text == "undefined" else text  # CBOR knows a null that is none


def _map(document: Mapping[Any, Any], levels: int) -> dict[str, Any]:
    found = {_key(key): value if type(value) in _PLAIN else plain(value, levels) for key, value in document.items()}
    if len(found) < len(document):
        raise Unreadable("malformed", "two keys of a map read the same as text")
    return found


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        try:
            return key.decode()
        except UnicodeDecodeError:
            return "0x" + key.hex()
    if type(key) not in _PLAIN:
        raise Unreadable("unsupported", f"a {type(key).__name__} as the key of a map")
    return str(key)


def readings_of(document: Any, deepest: int) -> Sequence[Parsed]:
    """A reading of a map, one each of several maps in a list. Raises Unreadable."""
    if isinstance(document, dict):
        return (Parsed(flat(cast("dict[str, Any]", document), deepest)),)
    members = cast("list[Any]", document) if isinstance(document, list) else [document]
    if len(members) > MOST_READINGS:
        raise Unreadable("too-many-readings", f"more than {MOST_READINGS} maps")
    if not isinstance(document, list) or not all(isinstance(member, dict) for member in members):
        raise Unreadable("not-an-object", "neither a map nor a list of maps")
    return [Parsed(flat(member, deepest)) for member in members]


def looks_like_readings(document: Any) -> float:
    """How sure it is that bytes which read as this document to their end were meant so: maps with names in them."""
    members = cast("list[Any]", document) if isinstance(document, list) else [document]
    if not members or not isinstance(members[0], dict):
        return 0.0
    keys = cast("dict[str, Any]", members[0])
    return 0.85 if any(key and key.isprintable() and not key.lstrip("-").isdigit() for key in keys) else 0.3
