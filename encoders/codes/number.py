"""What counts as a number, and as a list of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from encoders.contract import Float64

_PLAIN = {float, int, type(None)}
_LONGEST_TEXT = 64


def as_number(value: object) -> float:
    """float64 of an int or float, Python's or numpy's; NaN for all else, True and False, and ints beyond float64."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return np.nan
    try:
        return float(cast("float", value))
    except OverflowError:
        return np.nan


def read_number(value: object) -> float:
    """One value of any kind as a number, as text too; NaN where it is none. True and False are no numbers."""
    if not isinstance(value, str):
        return as_number(value)
    try:
        return float(value) if len(value) <= _LONGEST_TEXT and "_" not in value else np.nan
    except ValueError:
        return np.nan


def read_numbers(values: Sequence[object]) -> Float64:
    """float64[B] of B values of any kind, NaN for each that is missing or no number: `NumberEncoder.parse`."""
    if set(map(type, values)) <= _PLAIN:
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:
            pass
    return np.array([read_number(value) for value in values], dtype=np.float64)


def read_list(value: object, shortest: int, longest: int, largest: float) -> Float64 | None:
    """A list, tuple or array [n] of numbers as a float64[n] of its own; None where it is none, or not all are finite.

    shortest, longest: bounds of n. largest: of the magnitudes. Numbers as text do not count here.
    """
    if isinstance(value, np.ndarray):
        value = _listed(cast("np.ndarray[Any, Any]", value), longest)
    if not isinstance(value, list | tuple):
        return None
    items = cast("list[object]", value)
    if not shortest <= len(items) <= longest:
        return None
    numbers = np.array([as_number(item) for item in items], dtype=np.float64)
    return numbers if bool((np.abs(numbers) <= largest).all()) else None


def _listed(array: np.ndarray[Any, Any], longest: int) -> list[Any] | None:
    """An array [n] as a list; None where it has another shape or is too long to be worth it."""
    return array.tolist() if array.ndim == 1 and len(array) <= longest else None
