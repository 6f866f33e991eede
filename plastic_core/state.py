"""The memory of a stream as a struct of arrays, and its hash.

Letters: B streams, D channels of the input vector, N neurons, P features of the readout, K input averages.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Memory:
    """Everything that learning changes, one row a stream. Arrays are C-contiguous and owned by the holder."""

    hidden: Float32
    """h, float32[B, N]: the neurons' activity after the last tick, in (-1, 1)."""
    trace: Float32
    """H, float32[B, N, N]: the plastic part of the connection from neuron i (axis 1) to j (axis 2)."""
    readout: Float32
    """F, float32[B, D, P]: weights from features to the expected change of each channel."""
    features: Float32
    """phi, float32[B, P]: the features from which `expected` was read."""
    mixed: Float32
    """m, float32[B, D]: the mixed input of the last tick."""
    expected: Float32
    """float32[B, D]: what the next input should be."""
    variance: Float32
    """float32[B, D]: variance of input minus expectation, of late."""
    noise: Float32
    """float32[B, D]: that part of it which is the sensor's own noise."""
    last_change: Float32
    """float32[B, D, 2]: the last input and its change from the one before, from which noise is estimated."""
    ticks: Int64
    """int64[B, D]: how often each channel was sensed."""
    revision: Int64
    """int64[B]: ticks that this memory has lived through."""

    def rows(self, index: slice | Int64) -> Memory:
        """The memories of some rows, copied."""
        return Memory(**{f.name: np.ascontiguousarray(getattr(self, f.name)[index]).copy() for f in fields(self)})


def digest(memory: Memory, row: int) -> str:
    """State hash of one stream: blake2b (16 bytes, hexadecimal) over its arrays in the order of Memory's fields."""
    total = hashlib.blake2b(digest_size=16)
    for item in fields(memory):
        total.update(item.name.encode())
        total.update(np.ascontiguousarray(getattr(memory, item.name)[row]).tobytes())
    return total.hexdigest()
