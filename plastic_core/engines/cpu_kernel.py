"""The fused ticks of a recurrent plastic network: one pass over the synapses of a stream a tick.

The write of tick t waits until tick t + 1 reads the trace: decay, rank-1 write and read are one pass then, a row of
synapses at a time, so that the trace comes through the caches once. A stream lives through all its ticks before the
next stream begins. Every sum has one order, which depends on N and D alone.

Letters: B streams, T ticks, D input channels, N neurons.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.engines.drives import CORRECTING, DECAYING, NOTHING, SELF_LIMITED
from plastic_core.rules import BOUND
from plastic_core.squash import squash
from plastic_core.state import Bool, Float32

SMALLEST_KEY = np.float32(1e-6)
"""A key shorter than this is divided by it instead of by its own length."""


class Slow(NamedTuple):
    """A Network as the kernels take it; what a network lacks is empty."""

    input: Float32
    """W_in, float32[D, N]."""
    recurrent: Float32
    """w, float32[N, N]."""
    bias: Float32
    """b, float32[N]."""
    alpha: Float32
    """float32[N, N] or [1, N], as leak and rate."""
    leak: Float32
    rate: Float32
    steepest: Float32
    """max_i |rate_ij|, float32[N]."""
    modulator: Float32
    """m, float32[N], or empty."""
    modulator_bias: Float32
    """float32[1]."""
    fan: Float32
    """float32[N]."""
    key: Float32
    """K, float32[D + N, N]."""
    value: Float32
    """V, float32[D + N, N]."""
    gates: Float32
    """G, float32[D + N, 2]."""
    gates_bias: Float32
    """float32[2]."""
    write_bound: float
    drive: int
    """One of the constants of drives.py."""
    bounded: bool
    eligible: bool


class Fast(NamedTuple):
    """B streams and the write that each has yet to take in; the kernels change it in place."""

    hidden: Float32
    """h, float32[B, N]."""
    trace: Float32
    """H, float32[B, N, N], without the pending write."""
    eligibility: Float32
    """E, float32[B, N, N], or empty."""
    pending: Bool
    """bool[B]: whether there is a write."""
    pre: Float32
    """Presynaptic side of the write, float32[B, N]."""
    fade: Float32
    """float32[B, N], see rules.Drive."""
    take: Float32
    """float32[B, N], see rules.Drive."""
    signal: Float32
    """float32[B, N]: for eligible rules, how much of E moves into H."""


@compiled
def columns_of(slow: Slow, fast: Fast, b: int, i: int, decay: Float32, gain: Float32) -> None:
    """The pending write on row i of stream b: H_ij <- decay_j H_ij + x_i gain_j, into float32[N] each."""
    leak, rate, fade, take = slow.leak, slow.rate, fast.fade, fast.take
    from_leak, from_rate = min(i, len(leak) - 1), min(i, len(rate) - 1)
    one = np.float32(1)
    for j in range(len(decay)):
        decay[j] = one - leak[from_leak, j] * fade[b, j]
        gain[j] = rate[from_rate, j] * take[b, j]


@compiled
def write_row(slow: Slow, fast: Fast, b: int, i: int, decay: Float32, gain: Float32) -> None:
    """Take the pending write in on row i of stream b, with the columns of that row, float32[N] each."""
    neurons = len(decay)
    x, top = fast.pre[b, i], np.float32(BOUND)
    trace, eligibility, signal = fast.trace, fast.eligibility, fast.signal
    if slow.eligible:
        for j in range(neurons):
            waiting = eligibility[b, i, j]
            trace[b, i, j] += signal[b, j] * waiting
            eligibility[b, i, j] = waiting * decay[j] + x * gain[j]
    else:
        for j in range(neurons):
            trace[b, i, j] = trace[b, i, j] * decay[j] + x * gain[j]
    if slow.bounded:
        for j in range(neurons):
            trace[b, i, j] = min(max(trace[b, i, j], -top), top)


@compiled
def read_row(slow: Slow, fast: Fast, b: int, i: int, inward: Float32) -> None:
    """Add what row i of stream b sends, x_i (w_ij + alpha_ij H_ij), to inward, float32[N]."""
    recurrent, alpha, trace = slow.recurrent, slow.alpha, fast.trace
    x, from_alpha = fast.hidden[b, i], min(i, len(alpha) - 1)
    for j in range(len(inward)):
        inward[j] += x * (recurrent[i, j] + alpha[from_alpha, j] * trace[b, i, j])


@compiled
def sweep(slow: Slow, fast: Fast, b: int, inward: Float32, key: Float32, recalled: Float32) -> None:
    """Take the pending write in and read, one pass: adds to inward, float32[N], and sets recalled = H^T key."""
    neurons = len(inward)
    decay, gain = np.empty(neurons, np.float32), np.empty(neurons, np.float32)
    trace, writing, keyed = fast.trace, fast.pending[b], slow.drive == CORRECTING
    rows = max(len(slow.leak), len(slow.rate))
    recalled[:] = np.float32(0)
    for i in range(neurons):
        if writing:
            if i < rows:
                columns_of(slow, fast, b, i, decay, gain)
            write_row(slow, fast, b, i, decay, gain)
        read_row(slow, fast, b, i, inward)
        if keyed:
            k = key[i]
            for j in range(neurons):
                recalled[j] += k * trace[b, i, j]


@compiled
def settle(slow: Slow, fast: Fast) -> None:
    """Take every pending write in."""
    count, neurons = fast.hidden.shape
    decay, gain = np.empty(neurons, np.float32), np.empty(neurons, np.float32)
    for b in range(count):
        if fast.pending[b]:
            for i in range(neurons):
                columns_of(slow, fast, b, i, decay, gain)
                write_row(slow, fast, b, i, decay, gain)
            fast.pending[b] = False


@compiled
def add_through(values: Float32, weights: Float32, first: int, into: Float32) -> None:
    """Add values [K] through rows first .. first + K of weights [.., M] to into, float32[M]."""
    for c in range(len(values)):
        value = values[c]
        for j in range(len(into)):
            into[j] += value * weights[first + c, j]


@compiled
def seen_through(u: Float32, before: Float32, weights: Float32, into: Float32) -> None:
    """Add z = [u, h], float32[D] and [N], through weights [D + N, M] to into, float32[M]."""
    add_through(u, weights, 0, into)
    add_through(before, weights, len(u), into)


@compiled
def length(values: Float32) -> np.float32:
    """Euclidean length of float32[N], summed in float64."""
    square = 0.0
    for j in range(len(values)):
        square += float(values[j]) * float(values[j])
    return np.float32(math.sqrt(square))


@compiled
def key_of(slow: Slow, u: Float32, before: Float32, key: Float32) -> None:
    """The key k = z K / |z K| of a keyed rule, into float32[N]."""
    key[:] = np.float32(0)
    seen_through(u, before, slow.key, key)
    size = max(length(key), SMALLEST_KEY)
    for j in range(len(key)):
        key[j] = key[j] / size


@compiled
def signal_of(slow: Slow, post: Float32, outside: np.float32, signal: Float32) -> None:
    """The signal s_t M_t, into float32[N]."""
    if not len(slow.modulator):
        signal[:] = outside
        return
    inside = slow.modulator_bias.copy()
    for j in range(len(post)):
        inside[0] += post[j] * slow.modulator[j]
    squash(inside)
    for j in range(len(post)):
        signal[j] = outside * (inside[0] * slow.fan[j])


@compiled
def correct(slow: Slow, fast: Fast, b: int, u: Float32, recalled: Float32, signal: Float32) -> None:
    """The drive of rules.corrected, into fade and take of stream b; recalled H^T k and signal, float32[N]."""
    neurons, half, one = len(recalled), np.float32(0.5), np.float32(1)
    value, gates = np.zeros(neurons, np.float32), slow.gates_bias.copy()
    seen_through(u, fast.hidden[b], slow.value, value)
    seen_through(u, fast.hidden[b], slow.gates, gates)
    gates *= half
    squash(gates)  # sigmoid(2 a) = (1 + tanh a) / 2
    strength, kept = half * (one + gates[0]), half * (one + gates[1])
    for j in range(neurons):
        fast.fade[b, j] = one - kept
        fast.take[b, j] = signal[j] * strength * (value[j] - kept * recalled[j])


@compiled
def drive(slow: Slow, fast: Fast, b: int, post: Float32, signal: Float32) -> None:
    """The drive of the rules without a key, from post y and signal, float32[N], into fade and take of stream b."""
    one = np.float32(1)
    for j in range(len(post)):
        strength = one if slow.eligible else signal[j]
        take = strength * post[j]
        fast.take[b, j] = take
        if slow.drive == DECAYING:
            fast.fade[b, j] = strength
        elif slow.drive == SELF_LIMITED:
            fast.fade[b, j] = take * post[j]
        else:
            fast.fade[b, j] = np.float32(0)
        fast.signal[b, j] = signal[j]


@compiled
def shorten(slow: Slow, fast: Fast, b: int) -> None:
    """Hold the write of stream b to Network.write_bound."""
    if math.isinf(slow.write_bound):
        return
    bound = slow.write_bound
    norm = float(length(fast.pre[b])) * float(length(slow.steepest * fast.take[b]))
    share = np.float32(bound / max(norm, bound))
    for j in range(len(slow.bias)):
        fast.take[b, j] *= share
        if slow.drive != CORRECTING:
            fast.fade[b, j] *= share


@compiled
def live(slow: Slow, fast: Fast, inputs: Float32, outside: Float32, activity: Float32) -> None:
    """All ticks of all streams: inputs float32[T, B, D], outside signal float32[T, B], activity float32[T, B, N]."""
    count, neurons = fast.hidden.shape
    post, key = np.zeros(neurons, np.float32), np.zeros(neurons, np.float32)
    recalled, signal = np.zeros(neurons, np.float32), np.zeros(neurons, np.float32)
    for b in range(count):
        for t in range(len(inputs)):
            u = inputs[t, b]
            post[:] = slow.bias
            add_through(u, slow.input, 0, post)
            if slow.drive == CORRECTING:
                key_of(slow, u, fast.hidden[b], key)
            sweep(slow, fast, b, post, key, recalled)
            squash(post)
            signal_of(slow, post, outside[t, b], signal)
            if slow.drive == CORRECTING:
                correct(slow, fast, b, u, recalled, signal)
                fast.pre[b] = key
            else:
                drive(slow, fast, b, post, signal)
                fast.pre[b] = fast.hidden[b]
            shorten(slow, fast, b)
            fast.pending[b] = slow.drive != NOTHING
            fast.hidden[b] = post
            activity[t, b] = post
