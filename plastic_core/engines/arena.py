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

Arrays = TypeVar("Arrays", bound=tuple[Any, ...])


def together(values: Arrays) -> Arrays:
    """The same named tuple with its arrays copied into one place, which lives as long as one of them does.

    Where the system has no large pages to give, it is ordinary memory.
    """
    arrays: dict[int, npt.NDArray[Any]] = {n: held for n, held in enumerate(values) if isinstance(held, np.ndarray)}
    place = mmap.mmap(-1, sum(_room(array.nbytes) for array in arrays.values()) + 1)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system built without them
            place.madvise(mmap.MADV_HUGEPAGE)
    moved, start = list(values), 0
    for n, array in arrays.items():
        moved[n] = np.frombuffer(place, array.dtype, array.size, start).reshape(array.shape)
        moved[n][...] = array
        start += _room(array.nbytes)
    return type(values)(*moved)


def _room(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT + STAGGER
