"""Contradictions between a pinned schema and what the messages show."""

from __future__ import annotations

from collections.abc import Set

from encoders.catalogue import CatalogueError, build
from encoders.schema.topic import NUMERIC, FieldSchema, FieldType, TopicSchema

CERTAIN = 0.9
"""Confidence from which an inferred type contradicts a pinned one; below it the values fit both."""

ALIKE: tuple[frozenset[FieldType], ...] = (
    NUMERIC,
    frozenset({"category", "text", "datetime"}),
    frozenset({"vector", "quaternion", "waveform", "spectrum", "ranges", "position"}),
    frozenset({"image", "points"}),
)
"""Types whose values look the same; which of them it is, the user knows better."""
_MOMENTS: frozenset[FieldType] = frozenset({*NUMERIC, "datetime"})
_NAMES: frozenset[FieldType] = frozenset({*NUMERIC, "category", "text"})


def clash(pinned: TopicSchema, inferred: TopicSchema) -> list[str]:
    """One line for each contradiction, for a person to act on; [] where the messages fit the pinned schema.

    A field that one side lacks is none: fields come and go. A pinned encoder that cannot be built is one.
    """
    lines = _unbuildable(pinned)
    if pinned.format != inferred.format:
        lines.append(f"format: pinned {pinned.format}, the messages are {inferred.format}")
    if not inferred.fields and inferred.time is None and inferred.id is None:
        lines.append("no message of those looked at could be read")
        return lines
    lines += _time(pinned, inferred)
    lines += _identity(pinned, inferred)
    for path, field in pinned.fields.items():
        seen = inferred.fields.get(path)
        if seen is not None and _contradicts(field, seen):
            lines.append(f"field {path}: pinned {field.type}, the messages show {seen.type}")
    return lines


def _unbuildable(pinned: TopicSchema) -> list[str]:
    lines: list[str] = []
    for path, field in pinned.fields.items():
        try:
            if field.encoder is not None:
                build(field.encoder, field.settings)
        except CatalogueError as error:
            lines.append(f"field {path}: {error}".replace("\n", " "))
    return lines


def _time(pinned: TopicSchema, inferred: TopicSchema) -> list[str]:
    if pinned.time is None:
        return []
    path, unit = pinned.time.path, pinned.time.unit
    if inferred.time is not None and inferred.time.path == path:
        shown = inferred.time.unit
        return (
            []
            if shown.partition("-")[0] == unit.partition("-")[0]
            else [f"time {path}: pinned unit {unit}, the messages show {shown}"]
        )
    return _absent("time", path, inferred, _MOMENTS)


def _identity(pinned: TopicSchema, inferred: TopicSchema) -> list[str]:
    if pinned.id is None or (inferred.id is not None and inferred.id.path == pinned.id.path):
        return []
    return _absent("id", pinned.id.path, inferred, _NAMES)


def _absent(role: str, path: str, inferred: TopicSchema, allowed: Set[FieldType]) -> list[str]:
    """What is wrong with a pinned key that inference did not choose; nothing, if it may still be one."""
    other = inferred.time if role == "time" else inferred.id
    instead = f"; {other.path} looks like it" if other is not None else ""
    field = inferred.fields.get(path)
    if field is not None:
        return [] if field.type in allowed else [f"{role} {path}: the messages hold a {field.type} there{instead}"]
    taken = {key.path for key in (inferred.time, inferred.id) if key is not None}
    return [] if path in taken else [f"{role} {path}: the messages have no such field{instead}"]


def _contradicts(pinned: FieldSchema, seen: FieldSchema) -> bool:
    if pinned.type == seen.type or pinned.encoder is None or seen.confidence < CERTAIN:
        return False
    if pinned.settings.get("numbers") and seen.type in NUMERIC:
        return False  # numbers as symbols
    if pinned.type == "boolean" and seen.type == "number":
        return False  # a flag sent as 0 and 1 looks like a number
    return not any(pinned.type in alike and seen.type in alike for alike in ALIKE)
