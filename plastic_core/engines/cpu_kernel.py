"""A stream's tick around the sweep: what drives its neurons, and what they write.

A write waits as a pair of vectors until the trace is swept again, or longer: with `pairs` > 1 the trace is read every
tick and written only now and then (see cpu_sweep.py). Streams go by groups that stay in the caches over all ticks.

Letters: B streams, T ticks, D input channels, N neurons; P: N padded to a multiple of LANES, K: D to one of ROWS.
Matrices of slow weights and traces are blocked as cpu_sweep.py says.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.engines.drives import DECAYING, SELF_LIMITED
from plastic_core.engines.lanes import meet
from plastic_core.squash import squash
from plastic_core.state import Float32, Int64, UInt16

SMALLEST_KEY = np.float32(1e-6)
"""A key shorter than this is divided by it instead of by its own length."""


class Slow(NamedTuple):
    """A Network as the kernels take it; what a network lacks is empty or zero."""

    input: Float32
    """W_in, float32[K, P]."""
    recurrent: Float32
    """w, float32[P, P]."""
    bias: Float32
    """b, float32[P]."""
    alpha: Float32 | UInt16
    """float32[P, P] (bfloat16 as uint16 beside traces in bfloat16), or [1, P]."""
    leak: Float32
    """float32[P, P] or [1, P]."""
    rate: Float32
    """float32[P, P] or [1, P]."""
    steepest: Float32
    """max_i |rate_ij|, float32[P]."""
    modulator: Float32
    """m, float32[P]."""
    modulator_bias: Float32
    """float32[1]."""
    fan: Float32
    """float32[P]."""
    key_of_input: Float32
    """K, its rows of u, float32[K, P]."""
    key_of_hidden: Float32
    """K, its rows of h, float32[P, P]."""
    value_of_input: Float32
    """V, likewise."""
    value_of_hidden: Float32
    gates_of_input: Float32
    """G, float32[2, K]."""
    gates_of_hidden: Float32
    """float32[2, P]."""
    gates_bias: Float32
    """float32[2]."""
    write_bound: float
    modulated: bool


class Fast(NamedTuple):
    """B streams and what each has yet to take in; the kernels change it in place."""

    hidden: Float32
    """h, float32[B, P]."""
    trace: Float32 | UInt16
    """H as it was last written back, float32[B, P, P], or bfloat16 as uint16."""
    eligibility: Float32
    """E, float32[B, P, P]."""
    waits: Int64
    """int64[B]: pairs that wait."""
    age: Int64
    """int64[B]: ticks lived."""
    decay: Float32
    """float32[B, P]: what is left of the trace once the pairs are taken in; the fade where synapses have own leaks."""
    pre: Float32
    """Presynaptic sides, float32[B, P, pairs]."""
    gain: Float32
    """Postsynaptic sides, float32[B, pairs, P]; what is taken where synapses have own rates."""
    signal: Float32
    """float32[B, P]: for eligible rules, how much of E moves into H."""


class Scratch(NamedTuple):
    """One tick under way, float32[B, P] each but for gates."""

    inward: Float32
    direct: Float32
    recalled: Float32
    key: Float32
    value: Float32
    told: Float32
    """The signal s_t M_t."""
    fade: Float32
    take: Float32
    gates: Float32
    """float32[B, 2]."""
    met: Float32
    """float32[LANES]: products of a vector with the waiting presynaptic sides."""


@compiled
def length(values: Float32, b: int) -> float:
    """Euclidean length of row b, summed in float64 in order."""
    square = 0.0
    for j in range(values.shape[1]):
        square += float(values[b, j]) * float(values[b, j])
    return math.sqrt(square)


@compiled
def make_unit(key: Float32, b: int) -> None:
    """Row b divided by its length."""
    size = max(np.float32(length(key, b)), SMALLEST_KEY)
    for j in range(key.shape[1]):
        key[b, j] = key[b, j] / size


@compiled
def work_in_waiting(fast: Fast, scratch: Scratch, b: int, keyed: bool) -> None:
    """Complete what the sweep read through H0 alone, where alpha is one a neuron: direct becomes H^T h."""
    count, size = fast.waits[b], fast.gain.shape[2]
    if count == 0:
        return
    for j in range(size):
        scratch.direct[b, j] *= fast.decay[b, j]
    meet(fast.hidden, fast.pre, b, scratch.met)
    for c in range(count):
        for j in range(size):
            scratch.direct[b, j] += scratch.met[c] * fast.gain[b, c, j]
    if keyed:
        for j in range(size):
            scratch.recalled[b, j] *= fast.decay[b, j]
        meet(scratch.key, fast.pre, b, scratch.met)
        for c in range(count):
            for j in range(size):
                scratch.recalled[b, j] += scratch.met[c] * fast.gain[b, c, j]


@compiled
def tell(slow: Slow, scratch: Scratch, post: Float32, b: int, outside: np.float32) -> None:
    """The signal s_t M_t of row b, from post [B, P]."""
    size = post.shape[1]
    if not slow.modulated:
        for j in range(size):
            scratch.told[b, j] = outside
        return
    inside = slow.modulator_bias.copy()
    for j in range(size):
        inside[0] += post[b, j] * slow.modulator[j]
    squash(inside)
    for j in range(size):
        scratch.told[b, j] = outside * (inside[0] * slow.fan[j])


@compiled
def correct(slow: Slow, scratch: Scratch, u: Float32, before: Float32, b: int) -> None:
    """The drive of rules.corrected for row b: u [B, K], before [B, P], value and recalled in scratch."""
    half, one = np.float32(0.5), np.float32(1)
    gates = slow.gates_bias.copy()
    for g in range(2):
        for c in range(u.shape[1]):
            gates[g] += u[b, c] * slow.gates_of_input[g, c]
        for i in range(before.shape[1]):
            gates[g] += before[b, i] * slow.gates_of_hidden[g, i]
    gates *= half
    squash(gates)  # sigmoid(2 a) = (1 + tanh a) / 2
    strength, kept = half * (one + gates[0]), half * (one + gates[1])
    for j in range(before.shape[1]):
        scratch.fade[b, j] = one - kept
        scratch.take[b, j] = scratch.told[b, j] * strength * (scratch.value[b, j] - kept * scratch.recalled[b, j])


@compiled
def drive(kind: int, eligible: bool, scratch: Scratch, post: Float32, b: int) -> None:
    """The drive of the rules without a key for row b, from post [B, P] and the signal."""
    zero, one = np.float32(0), np.float32(1)
    for j in range(post.shape[1]):
        strength = one if eligible else scratch.told[b, j]
        take = strength * post[b, j]
        scratch.take[b, j] = take
        scratch.fade[b, j] = strength if kind == DECAYING else (take * post[b, j] if kind == SELF_LIMITED else zero)


@compiled
def shorten(slow: Slow, scratch: Scratch, pre: Float32, b: int, keyed: bool) -> None:
    """Hold the write of row b to Network.write_bound."""
    if math.isinf(slow.write_bound):
        return
    square = 0.0
    for j in range(pre.shape[1]):
        taken = float(slow.steepest[j]) * float(scratch.take[b, j])
        square += taken * taken
    share = np.float32(slow.write_bound / max(length(pre, b) * math.sqrt(square), slow.write_bound))
    for j in range(pre.shape[1]):
        scratch.take[b, j] *= share
        if not keyed:
            scratch.fade[b, j] *= share


@compiled
def wait(slow: Slow, fast: Fast, scratch: Scratch, pre: Float32, b: int) -> None:
    """Put the write of row b, with its presynaptic side in pre [B, P], to those that wait."""
    one, count, size = np.float32(1), fast.waits[b], pre.shape[1]
    own_leak, own_rate = len(slow.leak) > 1, len(slow.rate) > 1
    for j in range(size):
        decay = scratch.fade[b, j] if own_leak else one - slow.leak[0, j] * scratch.fade[b, j]
        scratch.fade[b, j] = decay
        fast.decay[b, j] = decay if count == 0 else fast.decay[b, j] * decay
        fast.gain[b, count, j] = scratch.take[b, j] if own_rate else slow.rate[0, j] * scratch.take[b, j]
    for c in range(count):
        for j in range(size):
            fast.gain[b, c, j] *= scratch.fade[b, j]
    for i in range(size):
        fast.pre[b, i, count] = pre[b, i]
        fast.signal[b, i] = scratch.told[b, i]
    fast.waits[b] = count + 1


@compiled
def begin(slow: Slow, scratch: Scratch, b: int) -> None:
    """Set the sums of row b to where they start."""
    zero = np.float32(0)
    for j in range(len(slow.bias)):
        scratch.inward[b, j] = slow.bias[j]
        scratch.direct[b, j] = zero
        scratch.recalled[b, j] = zero
        scratch.key[b, j] = zero
        scratch.value[b, j] = zero
