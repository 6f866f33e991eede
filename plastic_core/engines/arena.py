"""Arrays put next to each other in large pages of memory: kernels that sweep over megabytes wait less for addresses."""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

ALIGNMENT = 64
"""Bytes: a line of the caches."""
STAGGER = 17 * ALIGNMENT
"""Bytes between arrays: a processor takes a load for dependent on a store under way where the last 12 bits of their
addresses are equal, as they would be for equal places of equally large arrays."""

LARGE_PAGE = 2 << 20
"""Bytes of a large page, where the system has them."""

First = TypeVar("First", bound=tuple[Any, ...])
Second = TypeVar("Second", bound=tuple[Any, ...])


def together(first: First, second: Second) -> tuple[First, Second]:
    """The same named tuples with their arrays copied into one place, which lives as long as one of them does.

    Where the system has no large pages to give, it is ordinary memory; so it is for little.
    """
    values = [*first, *second]
    arrays: dict[int, npt.NDArray[Any]] = {n: held for n, held in enumerate(values) if isinstance(held, np.ndarray)}
    place, start = _place(sum(_room(array.nbytes) for array in arrays.values()))
    for n, array in arrays.items():
        values[n] = np.frombuffer(place, array.dtype, array.size, start).reshape(array.shape)
        values[n][...] = array
        start += _room(array.nbytes)
    return type(first)(*values[: len(first)]), type(second)(*values[len(first) :])


def _place(size: int) -> tuple[mmap.mmap, int]:
    """Zeroed memory and where to begin in it."""
    if size < LARGE_PAGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        return mmap.mmap(-1, size + 1), 0
    place = mmap.mmap(-1, -(-size // LARGE_PAGE) * LARGE_PAGE + LARGE_PAGE)
    with suppress(OSError):  # a system built without them
        place.madvise(mmap.MADV_HUGEPAGE)
    return place, -np.frombuffer(place, np.uint8).ctypes.data % LARGE_PAGE


def _room(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT + STAGGER
