"""Positions, attitudes and the like: a few numbers of one value, as a list or by name.

Letters: B values, N numbers of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from encoders.codes.number import as_number
from encoders.contract import Float64

_LISTS = (list, tuple)
_PLAIN = {float, int}

Names = Sequence[Sequence[str]]
"""[N]: under what names, the first that is there, a number may stand; () where it has none."""


def coordinates(values: Sequence[object], names: Names, fewest: int, largest: float) -> Float64:
    """float64[B, N] of lists, tuples, arrays and mappings; a row of NaN where a value is none of these.

    fewest: so many of the first numbers must be there; a later one that is missing or None is NaN, and so are all
    after it. largest: of the magnitudes; one beyond, or one that is no number, spoils its row.

    >>> coordinates([[1, 2.5], {"y": 4, "x": 3}, [1, "2"]], [("x",), ("y",)], 2, 1e9)
    array([[1. , 2.5],
           [3. , 4. ],
           [nan, nan]])
    """
    rows = [_row(value, names, fewest) for value in values]
    numbers = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    spoilt = np.isnan(numbers[:, 0]) | np.logical_or.reduce(np.abs(numbers) > largest, axis=1)
    numbers[spoilt] = np.nan
    return numbers


def _row(value: object, names: Names, fewest: int) -> list[float]:
    """One value's numbers."""
    nothing = [np.nan] * len(names)
    items = _items(value, names)
    if items is None or not fewest <= len(items) <= len(names):
        return nothing
    if set(map(type, items)) <= _PLAIN and len(items) == len(names):
        numbers = [as_number(item) for item in items]
        return nothing if any(number != number for number in numbers) else numbers
    present = items
    while len(present) > fewest and present[-1] is None:
        present = present[:-1]
    numbers = [as_number(item) for item in present]
    if any(number != number for number in numbers):
        return nothing
    return numbers + nothing[len(numbers) :]


def _items(value: object, names: Names) -> Sequence[object] | None:
    """The entries of a value in order; None where it has none."""
    if isinstance(value, _LISTS):
        return cast("Sequence[object]", value)
    if isinstance(value, np.ndarray):
        array = cast("np.ndarray[Any, Any]", value)
        return array.tolist() if array.ndim == 1 and array.size <= len(names) else None
    if isinstance(value, Mapping):
        told = cast("Mapping[object, object]", value)
        return [next((told[name] for name in known if name in told), None) for known in names]
    return None
