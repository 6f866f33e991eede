"""Between plain arrays and the padded blocks of the cpu kernels (see cpu_sweep.py)."""

from __future__ import annotations

from typing import Any

import numpy as np

from plastic_core.engines.cpu_sweep import ROWS
from plastic_core.engines.lanes import LANES
from plastic_core.state import Float32, UInt32


def padded_size(count: int) -> int:
    """The next multiple of LANES, at least one."""
    return max(-(-count // LANES), 1) * LANES


def padded(values: Any, *sizes: int) -> Float32:
    """A float32 copy whose last axes are filled up with zeros to `sizes`."""
    values = np.asarray(values, np.float32)
    whole = np.zeros((*values.shape[: values.ndim - len(sizes)], *sizes), np.float32)
    whole[(..., *(slice(n) for n in values.shape[values.ndim - len(sizes) :]))] = values
    return whole


def blocked(values: Float32) -> Float32:
    """[..., K, P] from rows into blocks of ROWS by tiles of LANES; the shape stays, the order is another."""
    *lead, rows, columns = values.shape
    tiles = values.reshape(*lead, rows // ROWS, ROWS, columns // LANES, LANES).swapaxes(-3, -2)
    return np.ascontiguousarray(tiles).reshape(values.shape)


def unblocked(values: Float32) -> Float32:
    """The other way round."""
    *lead, rows, columns = values.shape
    tiles = values.reshape(*lead, rows // ROWS, columns // LANES, ROWS, LANES).swapaxes(-3, -2)
    return np.ascontiguousarray(tiles).reshape(values.shape)


def narrow(values: Float32) -> UInt32:
    """Blocked float32 [..., P, P] as bfloat16, to nearest (ties to even), two rows a word: uint32 [..., P / 2, P]."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) >> np.uint32(16)
    halves = np.where(np.isnan(values), np.uint32(0x7FC0), rounded).reshape(-1, 2, LANES)
    words = halves[:, 0] | halves[:, 1] << np.uint32(16)
    return words.reshape(*values.shape[:-2], values.shape[-2] // 2, values.shape[-1])


def wide(values: Float32 | UInt32) -> Float32:
    """The other way round; float32 stays as it is."""
    if values.dtype == np.float32:
        return values.view(np.float32)
    words = values.view(np.uint32).reshape(-1, LANES)
    bits = np.stack([words << np.uint32(16), words & np.uint32(0xFFFF0000)], axis=1)
    return bits.view(np.float32).reshape(*values.shape[:-2], 2 * values.shape[-2], values.shape[-1])
