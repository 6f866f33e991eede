"""The seam between a network and its number crunching: what every engine promises.

Held for every engine of the catalogue by tests/contracts/test_engines.py:

- it computes network.py's equations with the rule of rules.py, and agrees with `reference` within a stated bound;
- a stream's result does not depend on the other streams, their number or their order, nor on how its ticks are cut
  into calls of `advance`: the same bytes, always (`cpu`, `gpu`; `reference` promises the same numbers to rounding);
- inputs that are NaN or infinite count as 0, others are held to [-LARGEST_INPUT, LARGEST_INPUT]; a stream whose state
  is not finite stays that way alone;
- what a session holds is its own: neither the arrays that opened it nor those it gave out change later.

Letters: B streams, T ticks, D input channels, N neurons.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from plastic_core.network import Network, NetworkState
from plastic_core.state import Float32

LARGEST_INPUT = 1e6
DTYPES = ("float32", "bfloat16")
"""What traces can be kept in."""


def told_dtype(dtype: str) -> str:
    """One of DTYPES. Raises ValueError."""
    if dtype not in DTYPES:
        raise ValueError(f"traces are kept as {' or '.join(DTYPES)}, not {dtype!r}")
    return dtype


def told_inputs(inputs: Float32, streams: int, width: int) -> Float32:
    """The inputs as every engine takes them: finite, within bounds, contiguous float32[T, B, D]. Raises ValueError."""
    if inputs.ndim != 3 or inputs.shape[1:] != (streams, width):
        raise ValueError(f"inputs are [T, B, D] = [T, {streams}, {width}], not {list(inputs.shape)}")
    return _held(inputs)


def told_signal(signal: Float32 | None, ticks: int, streams: int) -> Float32:
    """The signal from outside as every engine takes it: as the inputs, float32[T, B]. Raises ValueError."""
    if signal is None:
        return np.ones((ticks, streams), np.float32)
    if signal.shape != (ticks, streams):
        raise ValueError(f"signal is [T, B] = [{ticks}, {streams}], not {list(signal.shape)}")
    return _held(signal)


def _held(values: Float32) -> Float32:
    finite = np.where(np.isfinite(values), values, np.float32(0))
    return np.ascontiguousarray(np.clip(finite, -LARGEST_INPUT, LARGEST_INPUT), np.float32)


class Session(Protocol):
    """B streams under way in an engine's own layout."""

    def advance(self, inputs: Float32, signal: Float32 | None = None) -> Float32:
        """Live through float32[T, B, D]; returns the activity h, float32[T, B, N].

        signal: float32[T, B], s_t of network.py, None for ones. Raises ValueError where shapes disagree.
        """
        ...

    def state(self) -> NetworkState:
        """What the streams remember now, copied out; every write is in it. The session goes on unchanged."""
        ...

    def snapshot(self) -> NetworkState:
        """The same as it stands: a session opened from it goes on byte for byte; writes may wait apart in it."""
        ...


class Engine(Protocol):
    """Kernels; holds no network and no stream."""

    @property
    def name(self) -> str:
        """Its key in the catalogue."""
        ...

    def open(self, network: Network, state: NetworkState) -> Session:
        """A session of these streams, which starts from `state` (copied). Raises ValueError where shapes disagree."""
        ...
