"""The memory of a stream as a struct of arrays, and its hash.

A `Memory` is a pool: row r of every array belongs to one stream. Operations take `rows`, int64[B] of distinct rows of
the pool, and change those rows in place, so that no trace (64 KB at N = 128) is ever gathered or copied. A part of the
core keeps what it remembers in a NamedTuple of arrays of its own, a field of `Memory`.

Letters: C rows of the pool, B rows of a wave, D channels of the input vector, N neurons, A input averages, Q features
of a channel's short memory, E candidate expectations of a channel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

import numpy as np
import numpy.typing as npt

from plastic_core.arrays import Bool as Bool
from plastic_core.arrays import Float32 as Float32
from plastic_core.arrays import Float64 as Float64
from plastic_core.arrays import Int64 as Int64
from plastic_core.arrays import UInt32 as UInt32
from plastic_core.clock import ClockMemory
from plastic_core.episodes import EpisodeMemory
from plastic_core.mixing.memory import ErrorsMemory
from plastic_core.novelty.memory import NoveltyMemory
from plastic_core.readout import ReadoutMemory
from plastic_core.regimes import RegimeMemory


@dataclass(frozen=True)
class Memory:
    """Everything that living through ticks changes, one row a stream. Arrays are C-contiguous and owned by the pool."""

    hidden: Float32
    """h_t, float32[C, N]: the neurons' activity after the last tick, in [-1, 1]."""
    previous: Float32
    """h_{t-1}, float32[C, N]: the activity before that; with `hidden` the pair that the trace has yet to take in."""
    pending: Float32
    """float32[C] in [0, 1]: share of the learning rate with which that pair will be written; 0 for not at all."""
    trace: Float32
    """H, float32[C, N, N]: the plastic part of the connection from neuron i (axis 1) to j (axis 2), without that
    pending write."""
    readout: ReadoutMemory
    """What was learned of the channels."""
    clock: ClockMemory
    """What was learned of the hours of the day."""
    episodes: EpisodeMemory
    """The last moments, and how alike they were."""
    regimes: RegimeMemory
    """Readouts for each of the ways in which the stream goes."""
    level: Float32
    """float32[C, D]: the last input, or what was imagined in its place."""
    expected: Float32
    """float32[C, D]: what the next input should be."""
    variance: Float32
    """S, float32[C, D]: running mean of the squared error, input minus expectation."""
    alternation: Float32
    """float32[C, D]: running mean of (x_t - x_{t-1})(x_{t-1} - x_{t-2}); minus this is the sensor's noise variance."""
    last_change: Float32
    """float32[C, D]: x_{t-1} - x_{t-2}, where both were sensed; else 0."""
    errors: ErrorsMemory
    """What is remembered of the errors beyond that."""
    sensed: Int64
    """int64[C, D]: how often each channel was sensed."""
    imagined: Int64
    """int64[C, D]: ticks since each channel was last sensed."""
    revision: Int64
    """int64[C]: ticks that this memory has lived through."""
    novelty: NoveltyMemory
    """What was normal, and what was seen before."""

    def __len__(self) -> int:
        """C, the rows of the pool."""
        return len(self.revision)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Name -> array, no copies, those of a part under "part.name"; for snapshots."""
        found: dict[str, npt.NDArray[Any]] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                found[field.name] = value
            else:
                found |= {f"{field.name}.{name}": array for name, array in value._asdict().items()}
        return found

    @staticmethod
    def of(arrays: Mapping[str, npt.NDArray[Any]]) -> Memory:
        """The inverse of `arrays`; raises KeyError where a name is missing."""
        hints, values = get_type_hints(Memory), dict[str, Any]()
        for field in fields(Memory):
            parts: tuple[str, ...] | None = getattr(hints[field.name], "_fields", None)
            if parts is None:
                values[field.name] = np.ascontiguousarray(arrays[field.name])
            else:
                told = [np.ascontiguousarray(arrays[f"{field.name}.{name}"]) for name in parts]
                values[field.name] = hints[field.name](*told)
        return Memory(**values)

    def take(self, rows: Int64) -> Memory:
        """The memories of some rows, copied: a pool of B."""
        return Memory.of({name: value[rows] for name, value in self.arrays().items()})

    def put(self, rows: Int64, memory: Memory) -> None:
        """Write the B memories of another pool over `rows` of this one, in place."""
        incoming = memory.arrays()
        for name, value in self.arrays().items():
            value[rows] = incoming[name]

    def grow(self, more: Memory) -> Memory:
        """A pool with the rows of this one followed by those of `more`; both are left as they are."""
        added = more.arrays()
        return Memory.of({name: np.concatenate([value, added[name]]) for name, value in self.arrays().items()})


def digest(memory: Memory, row: int) -> str:
    """State hash of one stream: blake2b (16 bytes, hexadecimal) over its arrays in the order of Memory's fields."""
    total = hashlib.blake2b(digest_size=16)
    for name, value in memory.arrays().items():
        total.update(name.encode())
        total.update(np.ascontiguousarray(value[row]).tobytes())
    return total.hexdigest()
