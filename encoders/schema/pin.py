"""What a user has decided about a topic's messages, laid over what they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from encoders.schema.choice import chosen
from encoders.schema.rules import is_left_out, rule_for, ruled, spoken
from encoders.schema.topic import FieldRule, FieldSchema, FieldType, IdKey, TimeKey, TimeUnit, TopicSchema

_TYPES: frozenset[str] = frozenset(get_args(FieldType))


@dataclass(frozen=True)
class Pins:
    """The decisions; None and () say nothing."""

    format: str | None = None
    time_path: str | None = None
    time_unit: TimeUnit | None = None
    zone: str | None = None
    id_path: str | None = None
    rules: tuple[FieldRule, ...] = ()
    include: tuple[str, ...] = ()

    def over(self, other: Pins) -> Pins:
        """Both; where both say something, this one counts."""
        time = self if self.time_path is not None else other
        return replace(
            self,
            format=self.format or other.format,
            time_path=time.time_path,
            time_unit=time.time_unit,
            zone=time.zone,
            id_path=self.id_path or other.id_path,
            rules=self.rules + other.rules,
            include=self.include + other.include,
        )


def typed(fields: Mapping[str, str]) -> tuple[FieldRule, ...]:
    """Rules of glob -> type, or name of an encoder."""
    kinds = {glob: ("type" if said in _TYPES else "encoder", said) for glob, said in fields.items()}
    return tuple(FieldRule.model_validate({"path": glob, key: said}) for glob, (key, said) in kinds.items())


def pinned(pins: Pins, inferred: TopicSchema) -> TopicSchema:
    """The decisions alone, as a schema that `clash` can hold against the messages; fields by their paths as sent.

    A time key that inference did not choose is ISO-8601 where its values are, else seconds, unless the pins say.
    """
    told = {path: rule_for(path, pins.rules) for path in inferred.fields}
    fields = {
        path: ruled(inferred.fields[path], rule)
        for path, rule in told.items()
        if rule is not None and not rule.exclude and rule.cast is None and (rule.type or rule.encoder)
    }
    return TopicSchema(
        format=pins.format or inferred.format,
        time=None if pins.time_path is None else _time(pins, inferred, pins.time_path),
        id=None if pins.id_path is None else IdKey(path=pins.id_path),
        fields=_unseen(pins, inferred) | fields,
        rules=pins.rules,
        include=pins.include,
    )


def overlaid(inferred: TopicSchema, pinned: TopicSchema) -> TopicSchema:
    """The inferred schema with the pinned keys, and its fields as the pinned rules want them."""
    time, identity = pinned.time or inferred.time, pinned.id or inferred.id
    taken = {key.path for key in (time, identity) if key is not None}
    fields: dict[str, FieldSchema] = {}
    unseen = {path: field for path, field in pinned.fields.items() if path not in inferred.fields}
    for path, field in (inferred.fields | unseen).items():
        rule = rule_for(path, pinned.rules)
        if path not in taken and not is_left_out(path, rule, pinned.include):
            name = rule.rename if rule is not None and rule.rename is not None else path
            fields.setdefault(name, ruled(field, rule) if path in inferred.fields else field)
    return inferred.model_copy(
        update={
            "format": pinned.format,
            "time": time,
            "id": identity,
            "fields": _parted(fields),
            "rules": pinned.rules,
            "include": pinned.include,
        }
    )


def unkept(pins: Pins, kept: TopicSchema) -> list[str]:
    """One line for each rule that changes what is read and that the schema in force does not have."""
    lines = [
        f"field {rule.path}: the schema in force has no such rule ({', '.join(said)})"
        for rule in pins.rules
        if (said := {"exclude", "rename", "cast", "parts"} & spoken(rule).keys()) and rule not in kept.rules
    ]
    if pins.include and pins.include != kept.include:
        lines.append(f"include: the schema in force has {', '.join(kept.include) or 'none'}")
    return lines


def _time(pins: Pins, inferred: TopicSchema, path: str) -> TimeKey:
    seen = inferred.time if inferred.time is not None and inferred.time.path == path else None
    field = inferred.fields.get(path)
    guess: TimeUnit = seen.unit if seen else "iso" if field is not None and field.type == "datetime" else "s"
    return TimeKey(path=path, unit=pins.time_unit or guess, zone=pins.zone or (seen.zone if seen else "UTC"))


def _unseen(pins: Pins, inferred: TopicSchema) -> dict[str, FieldSchema]:
    """Fields that rules describe and the messages did not show: made of others, or yet to come."""
    fields: dict[str, FieldSchema] = {}
    for rule in pins.rules:
        path = rule.path.replace("[*]", "\0")
        if "*" in path or rule.exclude or not (rule.type or rule.encoder or rule.parts):
            continue
        path = path.replace("\0", "*")
        if path not in inferred.fields and path not in fields:
            kind: FieldType = "position" if rule.parts else "category"
            encoder, settings = chosen(kind, {})
            base = FieldSchema(type=kind, encoder=encoder, settings=settings)
            fields[path] = ruled(base, rule)
    return fields


def _parted(fields: dict[str, FieldSchema]) -> dict[str, FieldSchema]:
    """Fields that are part of another have no block of their own."""
    parts = {part: path for path, field in fields.items() for part in field.parts}
    return {
        path: field.model_copy(update={"encoder": None, "why": (*field.why, f"part of {parts[path]}")})
        if path in parts and not field.parts
        else field
        for path, field in fields.items()
    }
