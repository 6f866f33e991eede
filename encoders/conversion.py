"""Values that were noted in another unit than their field's: value in the field's unit = gain * value as sent + offset.

Letters: B readings, F fields of a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from encoders.block import Block
from encoders.circumstances import Circumstances
from encoders.codes.number import as_number
from encoders.group import Group, Sent
from encoders.reading import Fields
from encoders.schema.topic import NUMERIC, FieldType
from encoders.schema.units import converter

_LISTS: frozenset[FieldType] = frozenset({"vector", "waveform", "spectrum", "ranges"})
_MEASURED = NUMERIC | _LISTS
"""Types whose values have a unit."""
NO_MAP = (np.nan, np.nan)
"""Gain and offset where the units do not fit each other: then nothing is sensed."""


@dataclass(frozen=True)
class Noted:
    """One value whose unit its message tells."""

    row: int
    place: int
    """Among the plan's blocks."""
    unit: str


@dataclass(frozen=True)
class Converted:
    """One value in another unit than its field's."""

    row: int
    place: int
    gain: float
    offset: float


class Units:
    """The units of a plan's fields."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        measured = [(place, block) for place, block in enumerate(blocks) if not block.timed and block.kind in _MEASURED]
        self._wanted = {place: block.unit for place, block in measured}
        self._places = {block.path: place for place, block in measured}
        self._told = [(place, block.unit_path) for place, block in measured if block.unit_path is not None]

    def noted(self, fields: Sequence[Fields], came: Circumstances) -> list[Noted]:
        """The values of a wave whose unit is told, by a note or in another field of the message."""
        if not came.notes and not self._told:
            return []
        return [*self._by_note(came), *self._by_field(fields)]

    def foreign(self, noted: Sequence[Noted]) -> list[Converted]:
        """Those whose unit is another than the schema's."""
        found: list[Converted] = []
        for value in noted:
            wanted = self._wanted[value.place]
            if wanted is None or value.unit == wanted:
                continue
            gain, offset = converter(value.unit, wanted) or NO_MAP
            if (gain, offset) != (1.0, 0.0):
                found.append(Converted(value.row, value.place, gain, offset))
        return found

    def unsettled(self, noted: Sequence[Noted]) -> list[tuple[int, int, str]]:
        """Row, field and unit of those for whose field the schema names none."""
        return [(value.row, value.place, value.unit) for value in noted if self._wanted[value.place] is None]

    def _by_note(self, came: Circumstances) -> Iterator[Noted]:
        for row, notes in came.notes.items():
            for path, unit in notes.units.items():
                if unit and path in self._places:
                    yield Noted(row, self._places[path], unit)

    def _by_field(self, fields: Sequence[Fields]) -> Iterator[Noted]:
        for row, reading in enumerate(fields if self._told else ()):
            for place, path in self._told:
                unit = reading.get(path)
                if isinstance(unit, str) and unit:
                    yield Noted(row, place, unit)


def turned(group: Group, sent: Sent, foreign: Sequence[Converted]) -> Sent:
    """[B * F] values of a group, those of other units turned into the fields' own; `sent` is left as it was."""
    columns = {place: column for column, place in enumerate(group.places.tolist())}
    mine = [value for value in foreign if value.place in columns]
    if not mine:
        return sent
    out = sent.copy()
    for value in mine:
        index = value.row * len(columns) + columns[value.place]
        out[index] = _in_unit(out[index], value.gain, value.offset)
    return out


def _in_unit(value: Any, gain: float, offset: float) -> Any:
    """A number or a list of numbers; what is neither stays as it is, for the encoder to refuse."""
    if isinstance(value, list | tuple | np.ndarray):
        return None if np.isnan(gain) else _each_in_unit(cast("Sequence[Any]", value), gain, offset)
    number = as_number(value)
    return value if np.isnan(number) else gain * number + offset


def _each_in_unit(values: Sequence[Any], gain: float, offset: float) -> Any:
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return (gain * np.asarray(values, dtype=np.float64) + offset).tolist()
    except (TypeError, ValueError, OverflowError):
        return values
