"""Whether two readings say the same: 64 bits of each reading's values.

digest = sum over fields of m_f mix(v_f) mod 2^64, with odd m_f; a missing value adds nothing, so that a field which
comes later changes no digest. Two readings that differ have the same digest once in 2^64 by chance; nobody needs it to
withstand an attack, for it only marks.

Letters: B readings, F fields.
"""

from __future__ import annotations

from array import array
from typing import Any, cast
from zlib import crc32

import numpy as np
import numpy.typing as npt

from encoders.contract import Float64, Objects

UInt64 = npt.NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
"""2^64 / golden ratio, rounded to odd: multiples of it are spread evenly (Knuth, The Art of Computer Programming 3)."""
_SHIFT = np.uint64(29)
_ONE = np.uint64(1)


def multipliers(count: int) -> UInt64:
    """uint64[F], odd, the same for a field however many follow it."""
    return np.array([((2 * place + 1) * _GOLDEN * _GOLDEN | 1) % 2**64 for place in range(count)], dtype=np.uint64)


def of_numbers(numbers: Float64) -> UInt64:
    """uint64 of each float64, never 0; 0 for NaN; the same for 0 and -0."""
    bits = (numbers + 0.0).view(np.uint64)
    return np.where(numbers == numbers, (bits ^ (bits >> _SHIFT)) + _ONE, np.uint64(0))


def of_value(value: object) -> int:
    """A positive number that stands for a value of any kind; 0 for None."""
    if value is None:
        return 0
    if isinstance(value, str):
        return crc32(value.encode("utf-8", "surrogatepass")) + 1
    if isinstance(value, bytes):
        return crc32(value) + 1
    if isinstance(value, np.ndarray):
        return crc32(cast("npt.NDArray[Any]", value).tobytes()) + 1
    return crc32(_listed(cast("list[Any]", value)) if isinstance(value, list) else _shown(value)) + 1


def _listed(values: list[Any]) -> bytes:
    """A list of numbers as float64, another one as Python shows it."""
    try:
        return array("d", values).tobytes()
    except (TypeError, ValueError, OverflowError):
        return _shown(values)


def of_values(values: Objects) -> UInt64:
    """uint64[B] of objects, see of_value."""
    return np.fromiter(map(of_value, values.tolist()), dtype=np.uint64, count=len(values))


def digests(prints: UInt64, weights: UInt64) -> UInt64:
    """uint64[B] of uint64[B, F] and the fields' multipliers."""
    mixed = prints * weights
    return np.bitwise_xor(np.add.reduce(mixed, axis=1), np.add.reduce(mixed >> _SHIFT, axis=1))


def _shown(value: object) -> bytes:
    """What Python shows of a value; a part that it refuses to show (an integer of thousands of digits) hides all."""
    try:
        return repr(value).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return b"?"
