"""An array of numbers out of whatever a message holds: read with care once, for all encoders of arrays.

Lists and tuples, nested evenly, and numpy arrays of integers or floats are arrays of numbers. Text, True and False,
objects, ragged rows and more than `most` numbers are none. One number that is not finite, or beyond LARGEST, makes the
whole value none, unless the caller says that gaps have a meaning (no echo came back).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from encoders.contract import Float64

MOST = 2**20
"""Numbers in one value."""
LARGEST = 1e36
"""Beyond this a number is an error code, not a measurement; sums of its fourth powers still fit float64."""

_LISTS = (list, tuple)
_PLAIN = {float, int}


def array_of(value: object, *dimensions: int, gaps: bool = False, most: int = MOST) -> Float64 | None:
    """A fresh, contiguous float64 array with one of these numbers of dimensions, at least one entry; None for all else.

    gaps: None, NaN, infinities and numbers beyond LARGEST become NaN instead of spoiling the rest.

    >>> array_of([[1, 2], [3, 4]], 2)
    array([[1., 2.],
           [3., 4.]])
    >>> array_of(["1", 2], 1) is None
    True
    """
    if type(value) is np.ndarray:
        found = _of_array(value, dimensions, most)
    elif type(value) in _LISTS:
        found = _of_lists(cast("Sequence[Any]", value), dimensions, most, gaps=gaps)
    else:
        return None
    if found is None:
        return None
    measured = np.abs(found) <= LARGEST
    if measured.all():
        return found
    if not gaps:
        return None
    found[~measured] = np.nan
    return found


def is_empty(value: object) -> bool:
    """Whether it is a list, tuple or array without entries, which to some sensors means that nothing happened."""
    if type(value) is np.ndarray:
        return value.size == 0
    return type(value) in _LISTS and not value


def _of_array(value: npt.NDArray[Any], dimensions: tuple[int, ...], most: int) -> Float64 | None:
    """Of a numpy array; a copy in any case."""
    if value.dtype.kind not in "fiu" or value.ndim not in dimensions or not 0 < value.size <= most:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        return value.astype(np.float64, order="C")


def _of_lists(value: Sequence[Any], dimensions: tuple[int, ...], most: int, *, gaps: bool) -> Float64 | None:
    """Of lists within lists: the shape by the first entries, then each level held to it, then the numbers."""
    shape = _shape(value, max(dimensions))
    if len(shape) not in dimensions or not 0 < math.prod(shape) <= most:
        return None
    flat = value
    for length in shape[1:]:
        if any(type(row) not in _LISTS or len(row) != length for row in flat):
            return None
        flat = list(chain.from_iterable(flat))
    try:
        plain = set(map(type, flat)) <= _PLAIN
        numbers = np.array(flat if plain else [_number(entry, gaps=gaps) for entry in flat], dtype=np.float64)
    except (OverflowError, TypeError):
        return None
    return numbers.reshape(shape)


def _shape(value: Sequence[Any], deepest: int) -> tuple[int, ...]:
    """Lengths level by level, down the first entries."""
    shape: list[int] = []
    entry: Any = value
    while type(entry) in _LISTS and len(shape) < deepest:
        shape.append(len(entry))
        entry = entry[0] if entry else None
    return tuple(shape)


def _number(entry: object, *, gaps: bool) -> float:
    """One entry; TypeError where it is no number, OverflowError where it fits no float."""
    if entry is None and gaps:
        return math.nan
    if isinstance(entry, bool) or not isinstance(entry, int | float | np.integer | np.floating):
        raise TypeError(type(entry).__name__)
    return float(cast("float", entry))
