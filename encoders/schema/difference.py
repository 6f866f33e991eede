"""What two schemas have differently, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from encoders.schema.rules import spoken
from encoders.schema.topic import FieldSchema, TopicSchema

_COMPARED = ("type", "unit", "encoder", "settings", "low", "high", "parts")
_RESHAPING = {"exclude", "rename", "cast"}
"""What rules do to fields that are yet to come; the rest shows in the fields."""


def difference(old: TopicSchema, new: TopicSchema) -> list[str]:
    """Lines that begin with + (only in the new one), - (only in the old one) or ~ (changed); [] for equal schemas.

    How sure the judgements are and why they were made does not count.
    """
    return [*_keys(old, new), *_fields(old, new), *_rules(old, new)]


def _keys(old: TopicSchema, new: TopicSchema) -> Iterator[str]:
    pairs = (
        ("format", old.format, new.format),
        ("time", _time(old), _time(new)),
        ("id", old.id.path if old.id else None, new.id.path if new.id else None),
    )
    for name, before, after in pairs:
        if before != after:
            yield f"~ {name}: {before or 'none'} -> {after or 'none'}"


def _time(schema: TopicSchema) -> str | None:
    key = schema.time
    return None if key is None else f"{key.path} in {key.unit}" + (f" ({key.zone})" if key.zone != "UTC" else "")


def _fields(old: TopicSchema, new: TopicSchema) -> Iterator[str]:
    for path in {**old.fields, **new.fields}:
        before, after = old.fields.get(path), new.fields.get(path)
        if before is None and after is not None:
            yield f"+ {path}: {_told(after)}"
        elif after is None and before is not None:
            yield f"- {path}: {_told(before)}"
        elif before is not None and after is not None:
            changes = [
                f"{name} {_word(getattr(before, name))} -> {_word(getattr(after, name))}"
                for name in _COMPARED
                if getattr(before, name) != getattr(after, name)
            ]
            if changes:
                yield f"~ {path}: {', '.join(changes)}"


def _rules(old: TopicSchema, new: TopicSchema) -> Iterator[str]:
    before, after = _reshaping(old), _reshaping(new)
    for sign, rules, others in (("-", before, after), ("+", after, before)):
        yield from (f"{sign} rule on {path}: {told}" for path, told in rules if (path, told) not in others)
    if old.include != new.include:
        yield f"~ include: {', '.join(old.include) or 'all'} -> {', '.join(new.include) or 'all'}"


def _reshaping(schema: TopicSchema) -> list[tuple[str, str]]:
    """Path and what it does, of the rules that change which fields there are and what they hold."""
    done = [
        (rule.path, {key: said for key, said in spoken(rule).items() if key in _RESHAPING}) for rule in schema.rules
    ]
    return [(path, ", ".join(f"{key} {said}" for key, said in sorted(told.items()))) for path, told in done if told]


def _told(field: FieldSchema) -> str:
    return field.type + (f" in {field.unit}" if field.unit else "")


def _word(value: object) -> str:
    return "none" if value in (None, {}, ()) else str(value)
