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

from plastic_core.compiled import inlined
from plastic_core.engines.lanes import dot
from plastic_core.network import SMALLEST_KEY
from plastic_core.squash import squash
from plastic_core.state import Float32, Int64, UInt32


class Slow(NamedTuple):
    """A Network as the kernels take it; what a network lacks is empty or zero."""

    input: Float32
    """W_in, float32[K, P]."""
    recurrent: Float32
    """w, float32[P, P]."""
    bias: Float32
    """b, float32[P]."""
    alpha: Float32 | UInt32
    """float32[P, P] (uint32[P / 2, P] beside traces in bfloat16), or [1, P]."""
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
    """float32[P]; ones where there is no modulator."""
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
    trace: Float32 | UInt32
    """H as it was last written back, float32[B, P, P], or bfloat16 in uint32[B, P / 2, P]."""
    eligibility: Float32
    """E, float32[B, P, P]."""
    waits: Int64
    """int64[B]: pairs that wait."""
    age: Int64
    """int64[B]: ticks lived."""
    decay: Float32
    """float32[B, P]: what is left of the trace once the pairs are taken in; the fade where synapses have own leaks.
    Means nothing where no pair waits."""
    pre: Float32
    """Presynaptic sides, float32[B, pairs, P]."""
    gain: Float32
    """Postsynaptic sides, float32[B, pairs, P]; what is taken where synapses have own rates."""
    signal: Float32
    """float32[B, P]: for eligible rules, how much of E moves into H."""


class Scratch(NamedTuple):
    """One tick under way, float32[B, P] each."""

    inward: Float32
    direct: Float32
    recalled: Float32
    key: Float32
    value: Float32
    fade: Float32


@inlined
def length(values: Float32) -> float:
    """Euclidean length of float32[P], summed in float64 in order."""
    square = 0.0
    for j in range(len(values)):
        square += float(values[j]) * float(values[j])
    return math.sqrt(square)


@inlined
def make_unit(key: Float32) -> None:
    """float32[P] divided by its length."""
    size = max(np.float32(length(key)), np.float32(SMALLEST_KEY))
    for j in range(len(key)):
        key[j] = key[j] / size


@inlined
def copy(values: Float32, into: Float32) -> None:
    """The first len(into) values."""
    for j in range(len(into)):
        into[j] = values[j]


@inlined
def clear(values: Float32) -> None:
    """To zero, in place."""
    for j in range(len(values)):
        values[j] = np.float32(0)


@inlined
def add_scaled(values: Float32, factor: np.float32, onto: Float32) -> None:
    """Onto += factor * values, float32[P]."""
    for j in range(len(values)):
        onto[j] += factor * values[j]


@inlined
def add_product(left: Float32, right: Float32, onto: Float32) -> None:
    """Onto += left * right, float32[P]."""
    for j in range(len(left)):
        onto[j] += left[j] * right[j]


@inlined
def work_in_waiting(fast: Fast, b: int, vector: Float32, read: Float32) -> None:
    """What the sweep read with vector through H0 alone becomes the read through H; float32[P] each, of stream b."""
    if fast.waits[b] == 0:
        return
    multiply(read, fast.decay[b])
    for c in range(fast.waits[b]):
        add_scaled(fast.gain[b, c], dot(vector, fast.pre[b, c]), read)


@inlined
def signal_of(slow: Slow, post: Float32, outside: np.float32) -> np.float32:
    """The signal before it fans out: s_t M_t is this number times fan. post float32[P]."""
    if not slow.modulated:
        return outside
    inside = slow.modulator_bias.copy()
    for j in range(len(post)):
        inside[0] += post[j] * slow.modulator[j]
    squash(inside)
    return outside * inside[0]


@inlined
def drive_decaying(signal: np.float32, fan: Float32, post: Float32, fade: Float32, take: Float32) -> None:
    """rules.hebb, all float32[P]; fade and take are filled, likewise below."""
    for j in range(len(post)):
        strength = signal * fan[j]
        fade[j] = strength
        take[j] = strength * post[j]


@inlined
def drive_self_limited(signal: np.float32, fan: Float32, post: Float32, fade: Float32, take: Float32) -> None:
    """rules.oja."""
    for j in range(len(post)):
        taken = signal * fan[j] * post[j]
        fade[j] = taken * post[j]
        take[j] = taken


@inlined
def drive_adding(signal: np.float32, fan: Float32, post: Float32, fade: Float32, take: Float32) -> None:
    """rules.accumulated."""
    for j in range(len(post)):
        fade[j] = np.float32(0)
        take[j] = signal * fan[j] * post[j]


@inlined
def drive_eligible(post: Float32, fade: Float32, take: Float32) -> None:
    """rules.hebb for an eligibility trace, which no signal modulates."""
    for j in range(len(post)):
        fade[j] = np.float32(1)
        take[j] = post[j]


@inlined
def drive_correcting(
    strength: np.float32,
    kept: np.float32,
    fan: Float32,
    value: Float32,
    recalled: Float32,
    fade: Float32,
    take: Float32,
) -> None:
    """rules.corrected; strength beta s_t M_t before it fans out, kept g."""
    for j in range(len(value)):
        fade[j] = np.float32(1) - kept
        take[j] = strength * fan[j] * (value[j] - kept * recalled[j])


@inlined
def gates_of(slow: Slow, u: Float32, before: Float32) -> tuple[np.float32, np.float32]:
    """(beta, g) of a keyed rule from u float32[K] and h float32[P]."""
    half, one = np.float32(0.5), np.float32(1)
    gates = slow.gates_bias.copy()
    for g in range(2):
        for c in range(len(u)):
            gates[g] += u[c] * slow.gates_of_input[g, c]
        for i in range(len(before)):
            gates[g] += before[i] * slow.gates_of_hidden[g, i]
    gates *= half
    squash(gates)  # sigmoid(2 a) = (1 + tanh a) / 2
    return half * (one + gates[0]), half * (one + gates[1])


@inlined
def shorten(slow: Slow, pre: Float32, fade: Float32, take: Float32, keyed: bool) -> None:
    """Hold a write, float32[P] each, to Network.write_bound."""
    if math.isinf(slow.write_bound):
        return
    square = 0.0
    for j in range(len(pre)):
        taken = float(slow.steepest[j]) * float(take[j])
        square += taken * taken
    share = np.float32(slow.write_bound / max(length(pre) * math.sqrt(square), slow.write_bound))
    for j in range(len(pre)):
        take[j] *= share
        if not keyed:
            fade[j] *= share


@inlined
def decays_of(leak: Float32, fade: Float32) -> None:
    """Fade, float32[P], becomes what is left of the trace, in place; leak float32[P]."""
    for j in range(len(fade)):
        fade[j] = np.float32(1) - leak[j] * fade[j]


@inlined
def multiply(values: Float32, factors: Float32) -> None:
    """In place, float32[P]."""
    for j in range(len(values)):
        values[j] *= factors[j]


@inlined
def fade_waiting(fast: Fast, b: int, decay: Float32) -> None:
    """What waits fades by decay, float32[P], as the trace of stream b does."""
    multiply(fast.decay[b], decay)
    for c in range(fast.waits[b]):
        multiply(fast.gain[b, c], decay)
