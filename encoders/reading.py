"""Decoded sensor messages: a batch of readings, and the messages that could not be read.

Letters: K readings, B of them picked out, F fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

Fields = dict[str, Any]
"""Field path ("cpu.core0") -> number, boolean, string, list, bytes or None, as sent."""

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reject:
    """A message that could not be read: a value, not an exception."""

    source: int
    """Its position in the batch handed to the decoder."""
    reason: str
    """One machine-readable word; encoders.formats.contract.REASONS lists them."""
    detail: str
    """One line for a person."""


@dataclass(frozen=True)
class Notes:
    """What a message says about the values of one reading beside the values; by field path, and sparse."""

    units: Mapping[str, str] = field(default_factory=dict[str, str])
    """The unit as sent ("Cel", "degF")."""
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why a value is null or not to be trusted, in one word ("stale", "bad", "uncertain")."""
    sigmas: Mapping[str, float] = field(default_factory=dict[str, float])
    """Standard deviation of the sensor's own error, in the value's unit."""
    times: Mapping[str, float] = field(default_factory=dict[str, float])
    """Event time of a value, seconds since 1970, where it is not that of the reading."""


SILENT = Notes()
"""Nothing to note, as for most."""


class Columns(Sequence[Fields]):
    """Readings with the same fields as columns, which spares an object a value; read as rows it is a sequence of them.

    A number that is NaN is a value that is missing, and reads as None.
    """

    def __init__(self, columns: Mapping[str, npt.NDArray[Any]], count: int) -> None:
        """columns: path -> [count] numbers of any kind, or object."""
        self.columns = dict(columns)
        self._count = count

    def __len__(self) -> int:
        """K."""
        return self._count

    @overload
    def __getitem__(self, place: int) -> Fields: ...
    @overload
    def __getitem__(self, place: slice) -> Columns: ...
    def __getitem__(self, place: int | slice) -> Fields | Columns:
        """One reading, or some of them."""
        if isinstance(place, slice):
            return self.take(np.arange(self._count)[place])
        return next(iter(self.take([place])))

    def __iter__(self) -> Iterator[Fields]:
        """Row after row."""
        lists = [listed(column) for column in self.columns.values()]
        for row in zip(*lists, strict=True) if lists else ((),) * self._count:
            yield dict(zip(self.columns, row, strict=True))

    def take(self, places: Sequence[int] | Int64) -> Columns:
        """The readings at these places, in this order."""
        index = np.asarray(places, dtype=np.int64)
        return Columns({path: column[index] for path, column in self.columns.items()}, len(index))

    def numbers(self, paths: Sequence[str]) -> Float64 | None:
        """float64[B * F], reading after reading; None where one of these columns is missing or holds no numbers."""
        found = [self.columns.get(path) for path in paths]
        if any(column is None or column.dtype.kind not in "fiu" for column in found):
            return None
        return np.stack([column.astype(np.float64) for column in found if column is not None], axis=1).reshape(-1)


def listed(column: npt.NDArray[Any]) -> list[Any]:
    """A column as plain values, NaN as None."""
    values: list[Any] = column.tolist()
    return [None if value != value else value for value in values] if column.dtype.kind == "f" else values


def picked(fields: Sequence[Fields], places: Sequence[int] | Int64) -> Sequence[Fields]:
    """The readings at these places, in the form in which they are held."""
    return (
        fields.take(places)
        if isinstance(fields, Columns)
        else [fields[place] for place in (places if isinstance(places, list) else np.asarray(places).tolist())]
    )


@dataclass(frozen=True)
class Readings:
    """K readings of a batch of messages, in the order in which they came; a message may hold none, one or many."""

    source: Int64
    """int64[K]: position in the batch of the message that holds it; never falls."""
    streams: list[str]
    """[K] stream ids."""
    times: Float64
    """float64[K]: event time, seconds since 1970 UTC; NaN where the message tells none."""
    fields: Sequence[Fields]
    """[K] flattened fields, without the time and id keys."""
    rejects: list[Reject] = field(default_factory=list[Reject])
    """Messages of which nothing could be read, in order. A message is read whole or not at all."""
    notes: Mapping[int, Notes] = field(default_factory=dict[int, Notes])
    """Reading -> what its message notes about its values; most have none."""
    sequences: Mapping[int, int] = field(default_factory=dict[int, int])
    """Reading -> sequence number given by the sender, where there is one."""
    historical: frozenset[int] = frozenset()
    """Readings that the sender marks as stored before and sent later."""

    def __len__(self) -> int:
        """K."""
        return len(self.streams)

    @cached_property
    def nth(self) -> list[int]:
        """[K]: which reading of its message each is, from 0."""
        return (np.arange(len(self)) - np.searchsorted(self.source, self.source)).tolist()
