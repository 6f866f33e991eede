"""The files of the Skoltech Anomaly Benchmark: FOLDER/*.csv, `;` between cells.

Columns: datetime, then any number of sensors, then anomaly and changepoint (0 or 1).
Katser, Kozitsin 2020, https://github.com/waico/SKAB.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from plastic_core.state import Bool, Float64
from service.errors import UsageError

FIRST, LAST = "datetime", ("anomaly", "changepoint")


@dataclass(frozen=True)
class Series:
    """One file of T rows and C sensors."""

    name: str
    """The file's name without its ending."""
    sensors: Sequence[str]
    times: Float64
    """float64[T], seconds since 1970."""
    values: Float64
    """float64[T, C]."""
    anomalous: Bool
    """bool[T]."""


def corpus(folder: Path) -> list[Series]:
    """All files of a folder, by name. Raises UsageError where there are none, or where columns or numbers are wrong."""
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise UsageError(f"no files: {folder} holds no *.csv")
    return [_series(path) for path in paths]


def _series(path: Path) -> Series:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter=";"))
    header = rows[0] if rows else []
    if len(header) < 4 or header[0] != FIRST or tuple(header[-2:]) != LAST:
        raise UsageError(f"{path}: columns must be {FIRST};<sensors>;{';'.join(LAST)}")
    try:
        times = np.array([datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp() for row in rows[1:]])
        told = np.array([[_number(cell) for _, cell in zip(header[1:], row[1:], strict=True)] for row in rows[1:]])
    except (ValueError, IndexError) as error:
        raise UsageError(f"{path}: a row is not a time and {len(header) - 1} numbers: {error}") from None
    if not len(times):
        raise UsageError(f"{path} has no rows")
    return Series(path.stem, header[1:-2], times, told[:, :-2], told[:, -2] > 0.5)


def _number(cell: str) -> float:
    """Raises ValueError where a cell is no finite number."""
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"{cell!r} is not finite")
    return value
