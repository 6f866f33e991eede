"""What the first messages hold, field by field and stream by stream: the evidence from which a schema is judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from encoders.instant import SECONDS_PER, event_seconds
from encoders.reading import Notes, Readings

FIELDS_LIMIT = 1024
"""Fields that a schema lists; a topic with more is not described further."""
MOST_READINGS = 2000
"""Readings that are looked at; one message may hold many more."""
ANY_RANGE_S = (946_684_800.0, 4_102_444_800.0)
"""2000 to 2100: where numbers may be moments. Units leave no overlap in it."""


@dataclass(frozen=True)
class Column:
    """One field's values in order of arrival, without nulls."""

    path: str
    values: list[Any]
    rows: list[int]
    """The reading that each came with."""


@dataclass(frozen=True)
class Observed:
    """The first readings of a topic as columns."""

    columns: Mapping[str, Column]
    count: int
    """How many readings there are."""
    streams: Sequence[str]
    """[count] the stream of each; all alike until it is known what names it."""
    moments: Sequence[float]
    """[count] seconds since 1970; NaN where not known."""
    notes: Mapping[int, Notes]

    def keyed(self, time: Column | None, identity: Column | None) -> Observed:
        """The same, with streams and moments as these columns tell them."""
        streams, moments = list(self.streams), [math.nan] * self.count
        if identity is not None:
            for row, value in zip(identity.rows, identity.values, strict=True):
                streams[row] = str(value)
        if time is not None:
            for row, value in zip(time.rows, time.values, strict=True):
                moments[row] = any_seconds(value)
        return replace(self, streams=streams, moments=moments)

    def series(self, column: Column) -> list[list[Any]]:
        """The values of each stream by themselves, in order of event time, what was sent twice taken once."""
        members: dict[str, list[int]] = {}
        for place, row in enumerate(column.rows):
            members.setdefault(self.streams[row], []).append(place)
        return [self._ordered(column, places) for places in members.values()]

    def _ordered(self, column: Column, places: list[int]) -> list[Any]:
        moments = {place: self.moments[column.rows[place]] for place in places}
        if any(math.isnan(moment) for moment in moments.values()):
            return [column.values[place] for place in places]
        places = sorted(places, key=lambda place: moments[place])
        kept = [places[0]]
        for place in places[1:]:
            again = moments[place] == moments[kept[-1]] and column.values[place] == column.values[kept[-1]]
            if not again or isinstance(column.values[place], np.ndarray):
                kept.append(place)
        return [column.values[place] for place in kept]


def observed(readings: Readings) -> Observed:
    """The readings as columns; fields that are only ever null are left out."""
    columns: dict[str, Column] = {}
    count = min(len(readings), MOST_READINGS)
    for row, fields in enumerate(islice(iter(readings.fields), count)):
        for path, value in fields.items():
            if value is None or (path not in columns and len(columns) >= FIELDS_LIMIT):
                continue
            column = columns.setdefault(path, Column(path, [], []))
            column.values.append(value)
            column.rows.append(row)
    return Observed(columns, count, readings.streams[:count], [math.nan] * count, readings.notes)


def any_seconds(value: object) -> float:
    """A moment in whichever unit puts it between 2000 and 2100; NaN where none does."""
    for unit in ("iso", *SECONDS_PER):
        seconds = event_seconds(value, unit)
        if ANY_RANGE_S[0] <= seconds <= ANY_RANGE_S[1]:
            return seconds
    return math.nan
