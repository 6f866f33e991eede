"""Arrow IPC: streams and files of record batches, each row a reading; read as columns, without an object a number.

- Numbers are columns as they lie in the message, without a copy where one batch has no nulls; a null is NaN (whole
  numbers with nulls become float64). Decimals are float64.
- Timestamps, times, durations and dates are whole numbers: timestamps, times and durations in the unit of their
  column, dates in seconds. Only the topic's schema says which of them is the event time.
- Booleans, text, bytes and dictionaries are objects, a null None. Lists of numbers are numpy arrays, those of other
  values lists. A struct's fields are columns of their own at "<struct>.<field>".
- The metadata "unit" of a field is noted as its unit, with every reading; of times and durations their own unit is.

Maps, unions, views and run-end encoded columns are not read. How much a message unpacks to is known beforehand
(arrow_sizes.py); what is read is validated in full before it is looked at.

Source: Apache Arrow columnar format 1.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow
from pyarrow import compute

from encoders.formats.arrow_sizes import SCHEMA, check, parts
from encoders.formats.contract import DEEPEST, MOST_FIELDS, FormatMemory, Message, Parsed, Table, Unreadable
from encoders.formats.decoding import escaped
from encoders.reading import Columns, Notes
from encoders.schema.topic import TimeKey

pa = cast("Any", pyarrow)
_compute = cast("Any", compute)
Array = Any
Column = npt.NDArray[Any]

FILE_MARK = b"ARROW1\0\0"
"""A file is this mark, a stream, and a table of contents that is not needed here."""

_BROKEN = (pa.ArrowException, OSError, ValueError, TypeError, LookupError, OverflowError, MemoryError, RecursionError)
"""What the library raises over bytes that are wrong."""


@dataclass(frozen=True)
class ArrowBatches:
    """See Format."""

    largest_bytes: int = 16 << 20

    name: str = field(default="arrow", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: a file's mark, or a stream that begins with a schema."""
        value = message.value or b""
        if value.startswith(FILE_MARK):
            return 1.0
        try:
            first = next(parts(value), None)
        except Unreadable:
            return 0.0
        return 1.0 if first is not None and first.kind == SCHEMA else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed] | Table:  # noqa: ARG002 -- it needs none
        """See Format."""
        value = message.value or b""
        stream = value[len(FILE_MARK) :] if value.startswith(FILE_MARK) else value
        if stream is not value:
            stream = _without_contents(stream)
        check(stream)
        try:
            return _table(stream)
        except _BROKEN as error:
            raise Unreadable("malformed", f"not an Arrow IPC stream: {error}") from None


def _table(stream: bytes) -> Table:
    chunks: dict[str, list[Column]] = {}
    units: dict[str, str] = {}
    count = 0
    for batch in _batches(stream):
        count += batch.num_rows
        for described, array in zip(batch.schema, batch.columns, strict=True):
            for path, unit, part in _flat(escaped(described.name), described, array, 1):
                chunks.setdefault(path, []).append(column_of(part))
                if unit:
                    units[path] = unit
            if len(chunks) > MOST_FIELDS:
                raise Unreadable("too-many-fields", f"more than {MOST_FIELDS} fields")
    columns = {path: _joined(parts, count) for path, parts in chunks.items()}
    return Table(Columns(columns, count), dict.fromkeys(range(count), Notes(units=units)) if units else {})


def _without_contents(stream: bytes) -> bytes:
    """A file's stream alone; the table of contents at its end names its own length before the closing mark."""
    length = int.from_bytes(stream[-10:-6], "little")
    if stream[-6:] != FILE_MARK[:6] or length + 10 > len(stream):
        raise Unreadable("malformed", "an Arrow file without its closing mark: it was cut off")
    return stream[: len(stream) - 10 - length]


def _batches(stream: bytes) -> list[Any]:
    """All batches that hold rows, valid in full."""
    batches = [batch for batch in pa.ipc.open_stream(pa.py_buffer(stream)) if batch.num_rows]
    for batch in batches:
        batch.validate(full=True)
    return batches


def _joined(parts: Sequence[Column], count: int) -> Column:
    """The chunks of one column. Raises Unreadable."""
    if sum(map(len, parts)) != count:
        raise Unreadable("malformed", "two columns with the same name")
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _flat(path: str, described: Any, array: Array, depth: int) -> Iterator[tuple[str, str | None, Array]]:
    """A column, or those of a struct, with path and unit."""
    if not pa.types.is_struct(described.type):
        yield path, _unit(described), array
        return
    if depth >= DEEPEST:
        raise Unreadable("too-deep", f"more than {DEEPEST} structs within each other")
    for inner, part in zip(described.type, array.flatten(), strict=True):
        yield from _flat(f"{path}.{escaped(inner.name)}", inner, part, depth + 1)


def _unit(described: Any) -> str | None:
    told: bytes | None = described.metadata[b"unit"] if described.metadata and b"unit" in described.metadata else None
    if told:
        return told.decode(errors="replace")[:64]
    types = pa.types
    return described.type.unit if types.is_duration(described.type) or types.is_time(described.type) else None


def column_of(array: Array) -> Column:
    """An array as a column. Raises Unreadable."""
    types, kind = pa.types, array.type
    if types.is_integer(kind) or types.is_floating(kind):
        return _numbers(array)
    if types.is_decimal(kind):
        return _numbers(array.cast(pa.float64(), safe=False))
    if types.is_temporal(kind) and not types.is_interval(kind):
        ticks = _ticks(array)
        return _objects(ticks.to_pylist()) if ticks.null_count else _numbers(ticks)
    return _objects(_values(array, 1))


def _numbers(array: Array) -> Column:
    return array.to_numpy(zero_copy_only=not array.null_count)


def _ticks(array: Array) -> Array:
    """Times as whole numbers."""
    kind = array.type
    if pa.types.is_date32(kind):
        return _compute.multiply(array.view(pa.int32()).cast(pa.int64()), 86_400)
    if pa.types.is_date64(kind):
        return _compute.divide(array.view(pa.int64()), 1000)
    return array.view(pa.int32()).cast(pa.int64()) if kind.bit_width == 32 else array.view(pa.int64())


def _objects(values: Sequence[Any]) -> Column:
    column = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):  # one by one: numpy would make rows of lists of equal length
        column[place] = value
    return column


def _values(array: Array, depth: int) -> list[Any]:
    """The values of an array of any kind that is read; those of a dictionary are shared, never written out."""
    types, kind = pa.types, array.type
    if depth >= DEEPEST:
        raise Unreadable("too-deep", f"more than {DEEPEST} lists within each other")
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _rows(array, depth)
    if types.is_dictionary(kind):
        words = _values(array.dictionary, depth + 1)
        return [None if place is None else words[place] for place in array.indices.to_pylist()]
    if types.is_struct(kind):
        names = [inner.name for inner in kind]
        columns = [_values(part, depth + 1) for part in array.flatten()]
        rows = zip(*columns, strict=True) if columns else ((),) * len(array)
        return [dict(zip(names, row, strict=True)) for row in rows]
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_null(kind):
        return array.to_pylist()
    if types.is_decimal(kind) or (types.is_temporal(kind) and not types.is_interval(kind)):
        return column_of(array).tolist()
    if any(is_kind(kind) for is_kind in (types.is_string, types.is_large_string)):
        return array.to_pylist()
    if any(is_kind(kind) for is_kind in (types.is_binary, types.is_large_binary, types.is_fixed_size_binary)):
        return array.to_pylist()
    raise Unreadable("unsupported", f"Arrow columns of type {kind} are not read: send another type")


def _rows(array: Array, depth: int) -> list[Any]:
    """Lists: numpy arrays where they hold numbers."""
    kind = array.type
    if pa.types.is_fixed_size_list(kind):
        first = array.offset * kind.list_size
        bounds = [first + place * kind.list_size for place in range(len(array) + 1)]
    else:
        bounds = array.offsets.to_pylist()
    inner = array.values
    numeric = pa.types.is_integer(inner.type) or pa.types.is_floating(inner.type)
    flat = _numbers(inner) if numeric else _values(inner, depth + 1)
    rows: list[Any] = [flat[start:stop] for start, stop in pairwise(bounds)]
    if array.null_count:
        rows = [row if valid else None for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)]
    return rows
