"""The engine `cpu`: fused vector kernels, one thread, no GIL. See Engine.

Where a rule is linear in the trace and its leak and rate are of one a neuron (hebb, oja, delta), writes wait and the
trace is written back every few ticks only; other rules write every tick. Either way a synapse is touched once a tick.

dtype "bfloat16" halves the traces and, where each synapse has its own, alpha; sums, waiting writes and all else stay
float32. Written back, a trace is rounded up or down at random, so that small changes count on average; chance comes
from a hash of the stream's age and the synapse's place, so that a replay draws the same. The Frobenius error of a
trace that lived through the same activity is within 2^-8 (1 + 1 / sqrt(2 eta C)) of its norm, C writes being put off
together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from plastic_core.engines.arena import together
from plastic_core.engines.contract import told_dtype, told_inputs, told_signal
from plastic_core.engines.cpu_arrays import fast_of, slow_of, snapshot_of, state_of
from plastic_core.engines.cpu_kernel import Fast, Slow
from plastic_core.engines.cpu_layout import padded
from plastic_core.engines.cpu_live import live_of
from plastic_core.engines.cpu_sweep import Sweep
from plastic_core.engines.drives import DRIVES
from plastic_core.network import Network, NetworkState
from plastic_core.rules import RULES
from plastic_core.state import Float32

CACHE_BYTES = 1_100_000
"""What a group of streams and the slow weights may take to stay in a core's own cache over all ticks."""
LARGEST_GROUP = 16


@dataclass(frozen=True)
class CpuEngine:
    """See Engine."""

    dtype: str = "float32"
    """How traces are kept: "float32" or "bfloat16"."""

    def __post_init__(self) -> None:
        """Raise ValueError for another dtype."""
        told_dtype(self.dtype)

    @property
    def name(self) -> str:
        """See Engine."""
        return "cpu"

    def open(self, network: Network, state: NetworkState) -> CpuSession:
        """See Engine. Raises ValueError also where the rule needs float32."""
        sweep = sweep_for(network)
        if self.dtype != "float32" and sweep.pairs == 1:
            raise ValueError(
                f"bfloat16 is for rules whose writes can wait: hebb, oja and delta with leak and rate [1, N]; "
                f"open rule {network.rule!r} of this network with float32"
            )
        wide = self.dtype == "float32"
        slow, fast = together(slow_of(network, wide), fast_of(network, state, sweep, wide))
        return CpuSession(network, sweep, slow, fast)


def sweep_for(network: Network) -> Sweep:
    """The sweep that this network needs; how many writes wait was chosen by measurement."""
    rule = RULES[network.rule]
    own = [len(values) > 1 for values in (network.alpha, network.leak, network.rate)]
    can_wait = not (rule.bounded or rule.eligible or own[1] or own[2])
    pairs = 1
    if can_wait:
        pairs = 4 if not own[0] else 2
    return Sweep(pairs, *own, bounded=rule.bounded, eligible=rule.eligible, keyed=rule.keyed)


class CpuSession:
    """See Session."""

    def __init__(self, network: Network, sweep: Sweep, slow: Slow, fast: Fast) -> None:
        self._network, self._sweep, self._slow, self._fast = network, sweep, slow, fast
        self._live = live_of(sweep)

    def advance(self, inputs: Float32, signal: Float32 | None = None) -> Float32:
        """See Session."""
        streams = len(self._fast.hidden)
        inputs = told_inputs(inputs, streams, self._network.width)
        outside = told_signal(signal, len(inputs), streams)
        activity = np.empty((len(inputs), streams, self._network.neurons), np.float32)
        given = padded(inputs, len(self._slow.input))
        kind = DRIVES[self._network.rule]
        self._live(self._slow, self._fast, given, outside, activity, kind, group_for(self._slow, self._fast))
        return activity

    def state(self) -> NetworkState:
        """See Session."""
        return state_of(self._network, self._sweep, self._fast)

    def snapshot(self) -> NetworkState:
        """See Session."""
        if self._sweep.pairs == 1:  # what waits will be written at the next tick anyway, to the same bits
            return self.state()
        state, waiting = snapshot_of(self._network, self._fast)
        return replace(state, waiting=waiting)

    def bytes_per_step(self) -> float:
        """Bytes of traces and slow weights that a tick of one stream reads and writes, its group sharing the latter."""
        streams, slow, fast = len(self._fast.hidden), self._slow, self._fast
        writes = 1 / self._sweep.pairs
        shared = slow.recurrent.nbytes + sum(v.nbytes for v in (slow.alpha, slow.leak, slow.rate) if len(v) > 1)
        own = (fast.trace.nbytes * (1 + writes) + 2 * fast.eligibility.nbytes) / streams
        return own + shared / min(group_for(slow, fast), streams)


def group_for(slow: Slow, fast: Fast) -> int:
    """Streams that live through all ticks together."""
    shared = slow.recurrent.nbytes + slow.alpha.nbytes + slow.leak.nbytes + slow.rate.nbytes
    own = max((fast.trace.nbytes + fast.eligibility.nbytes) // max(len(fast.hidden), 1), 1)
    if shared + own > CACHE_BYTES:  # then slow weights, at least, should be fetched once a tick for all
        return LARGEST_GROUP
    return min((CACHE_BYTES - shared) // own, LARGEST_GROUP)
