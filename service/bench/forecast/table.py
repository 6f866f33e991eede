"""A CSV as numbers: the time first, then one column a channel; and predictions written in the same form.

Letters: T rows, C channels.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from plastic_core.state import Float64
from service.bench.forecast.times import seconds_of
from service.errors import UsageError

MISSING = frozenset({"", "nan", "na", "n/a", "null", "none"})
"""Cells that hold nothing, in any case of letters."""
_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Table:
    """T rows in order of time, as the file has them."""

    time_name: str
    stamps: Sequence[str]
    """[T] times as written."""
    times: Float64
    """float64[T], seconds since 1970; NaN where none is told."""
    channels: Sequence[str]
    """[C] names."""
    values: Float64
    """float64[T, C] in the file's units; NaN where nothing is told."""

    def __len__(self) -> int:
        """T."""
        return len(self.values)

    def head(self, rows: int) -> Table:
        """The first rows alone."""
        return replace(self, stamps=self.stamps[:rows], times=self.times[:rows], values=self.values[:rows])


def read(path: Path) -> Table:
    """Read a file. Raises UsageError in one line that names the place of what cannot be read."""
    header, rows = _cells(path)
    names = [name.strip() for name in header]
    if len(names) < 2:
        raise UsageError(f"{path}: a time column and at least one channel are needed, separated by commas")
    if len(set(names[1:])) < len(names) - 1 or not all(names[1:]):
        raise UsageError(f"{path}: each channel needs a name of its own in the first line")
    values = np.array([_numbers(path, names, line, row) for line, row in enumerate(rows, start=2)])
    stamps = [row[0] for row in rows]
    times = seconds_of(stamps)
    unread = [line for line, stamp in enumerate(stamps) if math.isnan(times[line]) and not _is_missing(stamp)]
    if unread:
        raise UsageError(f"{path}, line {unread[0] + 2}: {stamps[unread[0]]!r} is no time")
    return Table(names[0], stamps, times, names[1:], values.reshape(len(rows), len(names) - 1))


def write(path: Path, table: Table, first: int, values: Float64) -> None:
    """Write float64[K, C] under the table's header, beside the times of its rows from `first` on. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([table.time_name, *table.channels])
        stamps = table.stamps[first : first + len(values)]
        writer.writerows([stamp, *_texts(row)] for stamp, row in zip(stamps, values.tolist(), strict=True))


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            start = source.readline()
            source.seek(0)
            header, *rows = csv.reader(source, delimiter=max(_SEPARATORS, key=start.count))
    except FileNotFoundError:
        raise UsageError(f"no file {path}") from None
    except ValueError:  # no line at all, or bytes that are no UTF-8
        raise UsageError(f"{path} is no CSV with a line of names first") from None
    except (OSError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    return header, [row for row in rows if row]


def _numbers(path: Path, names: Sequence[str], line: int, row: Sequence[str]) -> list[float]:
    if len(row) != len(names):
        raise UsageError(f"{path}, line {line}: {len(row)} cells where the first line has {len(names)}")
    try:
        return [_number(cell) for cell in row[1:]]
    except ValueError:
        name, cell = next((name, cell) for name, cell in zip(names[1:], row[1:], strict=True) if _is_no_number(cell))
        raise UsageError(f"{path}, line {line}, column {name}: {cell!r} is no number") from None


def _number(cell: str) -> float:
    """NaN for what is missing or infinite. Raises ValueError."""
    if _is_missing(cell):
        return math.nan
    found = float(cell)
    return found if math.isfinite(found) else math.nan


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _is_no_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return True
    return False


def _texts(row: Iterable[float]) -> list[str]:
    return ["" if math.isnan(value) else repr(value) for value in row]
