"""A user's rules on fields: which of them hold for a path, and what they make of a field.

Globs: * stands for anything within a part of the path, ** for anything, all else for itself ([*] for a star). Of each
thing that rules can say the first rule that says it counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from encoders.schema.choice import buildable, chosen
from encoders.schema.topic import ENCODER_OF, FieldRule, FieldSchema, FieldType

TYPE_OF: dict[str, FieldType] = {}
"""Name of an encoder -> the type that it is made for."""
for _kind, _encoder in ENCODER_OF.items():
    if _encoder is not None:
        TYPE_OF.setdefault(_encoder, _kind)

_PIECES = {"[*]": r"\*", "**": r"(?s:.*)", "*": r"(?:\\.|[^.\\])*"}
_TOKEN = re.compile(r"\[\*\]|\*\*|\*")


@lru_cache(maxsize=4096)
def pattern(glob: str) -> re.Pattern[str]:
    r"""The glob as an expression on whole paths.

    >>> pattern("motor.*").fullmatch("motor.rpm") is not None, pattern("motor.*").fullmatch("motor.a.b") is not None
    (True, False)
    """
    built, place = "", 0
    for found in _TOKEN.finditer(glob):
        built += re.escape(glob[place : found.start()]) + _PIECES[found[0]]
        place = found.end()
    return re.compile(built + re.escape(glob[place:]))


def literal(path: str) -> str:
    """The glob that matches this path alone."""
    return path.replace("*", "[*]")


def matches(glob: str, path: str) -> bool:
    """Whether a field's path is one that the glob means."""
    return pattern(glob).fullmatch(path) is not None


def rule_for(path: str, rules: Sequence[FieldRule], *, renamed: bool = False) -> FieldRule | None:
    """All that the rules say about a field, as one; None where they say nothing.

    path: as sent, or where renamed is true as it is called from there on.
    """
    said: dict[str, Any] = {}
    for rule in rules:
        if matches(rule.path, path) or (renamed and rule.rename == path):
            for key, value in spoken(rule).items():
                said.setdefault(key, value)
    return FieldRule(path=path, **said) if said else None


def spoken(rule: FieldRule) -> dict[str, Any]:
    """What a rule says, but for the fields that it is about."""
    values = {key: getattr(rule, key) for key in FieldRule.model_fields if key != "path"}
    return {key: value for key, value in values.items() if value is not None and value not in ({}, ())}


def is_left_out(path: str, rule: FieldRule | None, include: Sequence[str]) -> bool:
    """Whether a field is left out, by its rule and the globs of which one must match; path: as sent."""
    if rule is not None and rule.exclude:
        return True
    return bool(include) and not any(matches(glob, path) for glob in include)


def ruled(field: FieldSchema, rule: FieldRule | None) -> FieldSchema:
    """The field as its rule wants it."""
    if rule is None:
        return field
    kind: FieldType = rule.type or _type_by(rule.encoder, field) or rule.cast or field.type
    changed: dict[str, Any] = {"type": kind}
    settings = {**(field.settings if kind == field.type else {}), **rule.settings}
    if rule.encoder is not None:
        own = settings if rule.encoder == field.encoder or buildable(rule.encoder, settings) else rule.settings
        changed |= {"encoder": rule.encoder, "settings": own}
    elif kind != field.type or rule.settings:
        encoder, complete = chosen(kind, settings)
        changed |= {"encoder": encoder, "settings": complete}
    if kind != field.type or rule.encoder is not None:
        changed["confidence"] = 1.0
    changed |= {key: getattr(rule, key) for key in ("unit", "low", "high") if getattr(rule, key) is not None}
    changed |= {"parts": rule.parts} if rule.parts else {}
    told = ", ".join(spoken(rule))
    return field.model_copy(update={**changed, "why": (*field.why, f"a rule: {told}")})


def _type_by(encoder: str | None, field: FieldSchema) -> FieldType | None:
    """The type that an encoder is made for: the field's own where that is one."""
    if encoder is None or ENCODER_OF[field.type] == encoder:
        return None if encoder is None else field.type
    return TYPE_OF.get(encoder)
