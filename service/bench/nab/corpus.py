"""The corpus as it is published: DIR/data/<category>/*.csv and DIR/labels/combined_windows.json.

A file has the columns timestamp,value; the labels say in which stretches of time something was wrong.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.state import Float64
from service.errors import UsageError

COLUMNS = ("timestamp", "value")


@dataclass(frozen=True)
class Series:
    """One file of T rows."""

    name: str
    """Path below DIR/data, with slashes."""
    stamps: Sequence[str]
    """[T] times as the file writes them."""
    times: Float64
    """float64[T], seconds since 1970."""
    texts: Sequence[str]
    """[T] values as the file writes them."""
    values: Float64
    """float64[T]."""
    windows: Sequence[tuple[int, int]]
    """First and last row of every labelled window, in order of time."""


def corpus(folder: Path) -> list[Series]:
    """All files that lie there, by name. Raises UsageError where folders, columns, numbers or labels are missing."""
    labels = folder / "labels" / "combined_windows.json"
    paths = sorted((folder / "data").glob("*/*.csv"))
    if not labels.is_file():
        raise UsageError(f"no labels: {labels} is missing")
    if not paths:
        raise UsageError(f"no series: {folder / 'data'} holds no <category>/*.csv")
    told = _labels(labels)
    names = [path.relative_to(folder / "data").as_posix() for path in paths]
    unlabelled = [name for name in names if name not in told]
    if unlabelled:
        raise UsageError(f"{labels} says nothing of {unlabelled[0]}")
    return [_series(path, name, told[name]) for path, name in zip(paths, names, strict=True)]


def moment(stamp: str) -> float:
    """Seconds since 1970 of a time without zone, taken as UTC. Raises ValueError."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()


def _labels(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise UsageError(f"{path} must map files to windows")
    return found  # pyright: ignore[reportUnknownVariableType]


def _series(path: Path, name: str, windows: Any) -> Series:
    try:
        with path.open(encoding="utf-8", newline="") as source:
            header, *rows = list(csv.reader(source)) or [[]]
        if tuple(header[:2]) != COLUMNS:
            raise UsageError(f"{path}: the columns must be {','.join(COLUMNS)}")
        stamps, texts = [row[0] for row in rows], [row[1] for row in rows]
        times = np.array([moment(stamp) for stamp in stamps])
        values = np.array([float(text) for text in texts])
        spans = [_rows_between(times, moment(first), moment(last)) for first, last in windows]
    except (ValueError, IndexError, TypeError) as error:
        raise UsageError(f"{path}: {error}") from None
    return Series(name, stamps, times, texts, values, [span for span in spans if span])


def _rows_between(times: Float64, first: float, last: float) -> tuple[int, int] | None:
    """First and last row within a stretch of time, both included; None where it holds none."""
    inside = np.flatnonzero((times >= first) & (times <= last))
    return (int(inside[0]), int(inside[-1])) if len(inside) else None
