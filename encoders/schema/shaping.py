"""Readings as the schema wants them: fields left out, renamed and cast, before anything else sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy.typing as npt

from encoders.contract import objects
from encoders.reading import Columns, Fields, Notes, Readings, listed
from encoders.schema.rules import is_left_out, rule_for
from encoders.schema.texts import is_none_sign, numeral
from encoders.schema.topic import Cast, FieldRule, TopicSchema

MOST_KNOWN = 4096
"""Layouts of messages that are remembered; senders of ever new fields cost time, not memory."""
_YES, _NO = {"true", "yes", "on", "1", "y", "t", "ja"}, {"false", "no", "off", "0", "n", "f", "nein"}

Step = tuple[str, str, Callable[[Any], Any] | None]
"""Path as sent, path from here on, and the cast."""


def shaped(readings: Readings, schema: TopicSchema) -> Readings:
    """The readings after the schema's rules; the same object where it has none."""
    if not schema.rules and not schema.include:
        return readings
    shaper = _shaper(schema.rules, schema.include)
    sent = readings.fields
    fields = shaper.table(sent) if isinstance(sent, Columns) else [shaper.row(row) for row in sent]
    notes = {place: shaper.noted(note) for place, note in readings.notes.items()}
    return replace(readings, fields=fields, notes=notes)


@dataclass(frozen=True)
class Shaper:
    """Rules made ready for many messages."""

    rules: tuple[FieldRule, ...]
    include: tuple[str, ...]
    known: dict[tuple[str, ...], tuple[Step, ...] | None] = field(default_factory=dict[Any, Any])

    def row(self, sent: Fields) -> Fields:
        """One reading; itself where nothing is to be done."""
        steps = self.steps(tuple(sent))
        if steps is None:
            return sent
        return {path: sent[before] if cast is None else cast(sent[before]) for before, path, cast in steps}

    def table(self, sent: Columns) -> Columns:
        """Readings as columns."""
        steps = self.steps(tuple(sent.columns))
        if steps is None:
            return sent
        return Columns({path: _cast_column(sent.columns[before], cast) for before, path, cast in steps}, len(sent))

    def noted(self, notes: Notes) -> Notes:
        """The same notes by the new paths."""
        return Notes(*(self._moved(part) for part in (notes.units, notes.reasons, notes.sigmas, notes.times)))

    def _moved(self, part: Mapping[str, Any]) -> dict[str, Any]:
        steps = self.steps(tuple(part))
        return dict(part) if steps is None else {path: part[before] for before, path, _ in steps}

    def steps(self, paths: tuple[str, ...]) -> tuple[Step, ...] | None:
        """What to do with fields of these paths, in this order; None for nothing."""
        try:
            return self.known[paths]
        except KeyError:
            steps = self._steps(paths)
            if len(self.known) < MOST_KNOWN:
                self.known[paths] = steps
            return steps

    def _steps(self, paths: tuple[str, ...]) -> tuple[Step, ...] | None:
        steps: dict[str, Step] = {}
        for before in paths:
            rule = rule_for(before, self.rules)
            if is_left_out(before, rule, self.include):
                continue
            path = before if rule is None or rule.rename is None else rule.rename
            cast = None if rule is None or rule.cast is None else CASTS[rule.cast]
            steps.setdefault(path, (before, path, cast))  # of two fields of one name the first counts
        plain = tuple((path, path, None) for path in paths)
        return None if tuple(steps.values()) == plain else tuple(steps.values())


@lru_cache(maxsize=64)
def _shaper(rules: tuple[FieldRule, ...], include: tuple[str, ...]) -> Shaper:
    return Shaper(rules, include)


def as_number(value: Any) -> Any:
    """The number that it says, also with a comma for the point; None where text says none; others as they are."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    said = numeral(value)
    return said if said is not None else numeral(value.strip().replace(",", "."))


def as_boolean(value: Any) -> Any:
    """True or False of words and numbers that mean it; None of all others."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _YES else False if word in _NO else None
    return bool(value) if isinstance(value, int | float) and value == value else None


def as_category(value: Any) -> Any:
    """The text of a value; None of signs for none."""
    if value is None or is_none_sign(value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


CASTS: Mapping[Cast, Callable[[Any], Any]] = {"number": as_number, "boolean": as_boolean, "category": as_category}


def _cast_column(column: npt.NDArray[Any], cast: Callable[[Any], Any] | None) -> npt.NDArray[Any]:
    if cast is None or (cast is as_number and column.dtype.kind in "fiu"):
        return column
    return objects([cast(cell) for cell in listed(column)])
