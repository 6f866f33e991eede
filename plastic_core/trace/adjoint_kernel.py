"""The passes over the synapses as fused kernels: each row of synapses comes through the caches once a pass.

Rows of synapses outside, streams inside, so that B streams share one reading of the slow weights. Every sum runs over
one stream's numbers alone, but for those of slow weights, which all streams share.

Letters: B streams, N presynaptic and M postsynaptic neurons, n rows of a block. An array that a layer or a tick lacks
is empty. Arrays of a block are float32[n, M]; [1, M] where all rows share one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plastic_core.compiled import compiled, reordered
from plastic_core.rules import BOUND
from plastic_core.state import Float32

TOP = np.float32(BOUND)
BLOCK = 8
"""Rows of synapses that a kernel goes through at a time."""


class Layer(NamedTuple):
    """Synapses as the kernels take them."""

    fixed: Float32
    """w, float32[N, M]."""
    alpha: Float32
    """float32[N, M] or [1, M], as leak and rate."""
    leak: Float32
    rate: Float32
    bounded: bool


class Traces(NamedTuple):
    """A Fast: float32[B, N, M] each."""

    trace: Float32
    eligibility: Float32


class Vectors(NamedTuple):
    """A Step, or the gradients of one: float32[B, N] for x, pre and key, [B, M] for the rest."""

    x: Float32
    """Presynaptic side of the write; empty where nothing is written."""
    fade: Float32
    take: Float32
    signal: Float32
    pre: Float32
    """Empty where nothing is read."""
    key: Float32


class Read(NamedTuple):
    """What a tick read, or dL/d of it: float32[B, M] each."""

    inward: Float32
    recalled: Float32


class Slow(NamedTuple):
    """Gradients of slow weights, shaped as those; empty where nobody asks."""

    alpha: Float32
    leak: Float32
    rate: Float32


@compiled
def block_of(weights: Float32, lo: int, hi: int) -> Float32:
    """Rows lo to hi of weights [N, M]; of [1, M] the one row that all share."""
    return weights[lo:hi] if len(weights) > 1 else weights


@compiled
def columns_of(leak: Float32, rate: Float32, fade: Float32, take: Float32, decay: Float32, gain: Float32) -> None:
    """The write on each row of synapses, H_ij <- decay_ij H_ij + x_i gain_ij; fade, take float32[M]."""
    one, of_leak, of_rate = np.float32(1), len(leak) - 1, len(rate) - 1
    for i in range(len(decay)):
        for j in range(len(fade)):
            decay[i, j] = one - leak[min(i, of_leak), j] * fade[j]
            gain[i, j] = rate[min(i, of_rate), j] * take[j]


@compiled
def write(trace: Float32, x: Float32, decay: Float32, gain: Float32) -> None:
    """The write, in place; x float32[n]."""
    last = len(decay) - 1
    for i in range(len(trace)):
        for j in range(trace.shape[1]):
            trace[i, j] = trace[i, j] * decay[min(i, last), j] + x[i] * gain[min(i, last), j]


@compiled
def written(before: Float32, x: Float32, decay: Float32, gain: Float32, after: Float32) -> None:
    """As `write`, from one array into another: vectors that may overlap would not be vectorised."""
    last = len(decay) - 1
    for i in range(len(before)):
        for j in range(before.shape[1]):
            after[i, j] = before[i, j] * decay[min(i, last), j] + x[i] * gain[min(i, last), j]


@compiled
def release(trace: Float32, eligibility: Float32, signal: Float32) -> None:
    """What was eligible moves into the trace, in place; signal float32[M]."""
    for i in range(len(trace)):
        for j in range(trace.shape[1]):
            trace[i, j] += signal[j] * eligibility[i, j]


@compiled
def released(before: Float32, eligibility: Float32, signal: Float32, after: Float32) -> None:
    """As `release`, from one array into another."""
    for i in range(len(before)):
        for j in range(before.shape[1]):
            after[i, j] = before[i, j] + signal[j] * eligibility[i, j]


@compiled
def clip(trace: Float32) -> None:
    """Clipped to [-BOUND, BOUND], in place; what is not a number stays so, as in torch."""
    for i in range(len(trace)):
        for j in range(trace.shape[1]):
            value = TOP if trace[i, j] > TOP else trace[i, j]
            trace[i, j] = -TOP if value < -TOP else value


@compiled
def read_through(fixed: Float32, alpha: Float32, trace: Float32, pre: Float32, inward: Float32) -> None:
    """Add what the rows send to inward, float32[M]; pre float32[n]."""
    last = len(alpha) - 1
    for i in range(len(trace)):
        for j in range(len(inward)):
            inward[j] += pre[i] * (fixed[i, j] + alpha[min(i, last), j] * trace[i, j])


@compiled
def recall_through(trace: Float32, key: Float32, recalled: Float32) -> None:
    """Add what the rows send through the trace alone to recalled, float32[M]; key float32[n]."""
    for i in range(len(trace)):
        for j in range(len(recalled)):
            recalled[j] += key[i] * trace[i, j]


@compiled
def advance(layer: Layer, fast: Traces, step: Vectors, read: Read) -> None:
    """Take the write in, in place, and add what is read to `read`."""
    fixed, alpha, leak, rate = layer.fixed, layer.alpha, layer.leak, layer.rate
    B, N, M = fast.trace.shape
    each = 1 if max(len(leak), len(rate)) == 1 else BLOCK
    decay, gain = np.empty((B, each, M), np.float32), np.empty((B, each, M), np.float32)
    for lo in range(0, N, BLOCK):
        hi = min(lo + BLOCK, N)
        for b in range(B):
            trace = fast.trace[b, lo:hi]
            if len(step.x):
                x, n = step.x[b, lo:hi], min(each, hi - lo)
                if lo == 0 or each > 1:
                    some_leak, some_rate = block_of(leak, lo, hi), block_of(rate, lo, hi)
                    columns_of(some_leak, some_rate, step.fade[b], step.take[b], decay[b, :n], gain[b, :n])
                if len(fast.eligibility):
                    waiting = fast.eligibility[b, lo:hi]
                    release(trace, waiting, step.signal[b])
                    write(waiting, x, decay[b, :n], gain[b, :n])
                else:
                    write(trace, x, decay[b, :n], gain[b, :n])
                if layer.bounded:
                    clip(trace)
            if len(step.pre):
                read_through(fixed[lo:hi], block_of(alpha, lo, hi), trace, step.pre[b, lo:hi], read.inward[b])
            if len(step.key):
                recall_through(trace, step.key[b, lo:hi], read.recalled[b])


@compiled
def replay(layer: Layer, start: Traces, writes: Vectors, into: Traces) -> None:
    """Traces of B streams after each of K writes: of write k and stream b in row k * B + b of `writes` and `into`.

    A block of rows lives through all writes before the next begins, so that only the results go through memory.
    """
    B, N, M = start.trace.shape
    each = 1 if max(len(layer.leak), len(layer.rate)) == 1 else BLOCK
    decay, gain = np.empty((len(writes.x), each, M), np.float32), np.empty((len(writes.x), each, M), np.float32)
    for lo in range(0, N, BLOCK):
        hi = min(lo + BLOCK, N)
        leak, rate = block_of(layer.leak, lo, hi), block_of(layer.rate, lo, hi)
        for b in range(B):
            for c in range(b, len(writes.x), B):
                x, n = writes.x[c, lo:hi], min(each, hi - lo)
                if lo == 0 or each > 1:
                    columns_of(leak, rate, writes.fade[c], writes.take[c], decay[c, :n], gain[c, :n])
                before = start.trace[b, lo:hi] if c == b else into.trace[c - B, lo:hi]
                after = into.trace[c, lo:hi]
                if len(start.eligibility):
                    waiting = start.eligibility[b, lo:hi] if c == b else into.eligibility[c - B, lo:hi]
                    released(before, waiting, writes.signal[c], after)
                    written(waiting, x, decay[c, :n], gain[c, :n], into.eligibility[c, lo:hi])
                else:
                    written(before, x, decay[c, :n], gain[c, :n], after)
                if layer.bounded:
                    clip(after)


@reordered
def read_back(
    fixed: Float32,
    alpha: Float32,
    now: Float32,
    pre: Float32,
    inward: Float32,
    adjoint: Float32,
    d_pre: Float32,
    d_alpha: Float32,
) -> None:
    """Set dL/d pre, float32[n]; add what the reading makes of dL/dH, and dL/d alpha."""
    last, of_alpha = len(alpha) - 1, len(d_alpha) - 1
    for i in range(len(now)):
        total, x = np.float32(0), pre[i]
        for j in range(len(inward)):
            adjoint[i, j] += alpha[min(i, last), j] * (x * inward[j])
            d_alpha[min(i, of_alpha), j] += x * inward[j] * now[i, j]
            total += (fixed[i, j] + alpha[min(i, last), j] * now[i, j]) * inward[j]
        d_pre[i] = total


@reordered
def recall_back(now: Float32, key: Float32, recalled: Float32, adjoint: Float32, d_key: Float32) -> None:
    """Set dL/d key, float32[n]; add what the recall makes of dL/dH."""
    for i in range(len(now)):
        total, x = np.float32(0), key[i]
        for j in range(len(recalled)):
            adjoint[i, j] += x * recalled[j]
            total += now[i, j] * recalled[j]
        d_key[i] = total


@reordered
def add_outer(pre: Float32, post: Float32, weights: Float32, into: Float32) -> None:
    """Add pre_i post_j weights_ij to `into`, whose one row may stand for all."""
    last = len(into) - 1
    for i in range(len(weights)):
        for j in range(len(post)):
            into[min(i, last), j] += pre[i] * post[j] * weights[i, j]


@reordered
def clip_back(raw: Float32, adjoint: Float32) -> None:
    """Where the trace was clipped, what it was before does not matter."""
    for i in range(len(raw)):
        for j in range(raw.shape[1]):
            adjoint[i, j] = adjoint[i, j] if abs(raw[i, j]) <= TOP else np.float32(0)


@reordered
def write_back(
    held: Float32,
    decay: Float32,
    gain: Float32,
    adjoint: Float32,
    x: Float32,
    d_x: Float32,
    left: Float32,
    come: Float32,
) -> None:
    """DL/dH of after the write becomes that of before; set dL/d x, float32[n].

    Adds A_ij H_ij to left and A_ij x_i to come, float32[M], which are dL/d fade and take but for factors: neurons_back.
    """
    for i in range(len(held)):
        total, sent = np.float32(0), x[i]
        for j in range(held.shape[1]):
            A = adjoint[i, j]
            left[j] += A * held[i, j]
            come[j] += A * sent
            total += A * gain[0, j]
            adjoint[i, j] = A * decay[0, j]
        d_x[i] = total


@reordered
def neurons_back(layer: Layer, step: Vectors, gradients: Vectors, slow: Slow) -> None:
    """The factors -leak and rate of dL/d fade and take, and dL/d of those, where one a neuron."""
    leak, rate, fade, take = layer.leak, layer.rate, gradients.fade, gradients.take
    for b in range(len(fade)):
        for j in range(fade.shape[1]):
            if len(slow.leak):
                slow.leak[0, j] -= step.fade[b, j] * fade[b, j]
            if len(slow.rate):
                slow.rate[0, j] += step.take[b, j] * take[b, j]
            fade[b, j] *= -leak[0, j]
            take[b, j] *= rate[0, j]


@reordered
def fade_back(leak: Float32, held: Float32, fade: Float32, adjoint: Float32, d_fade: Float32, d_leak: Float32) -> None:
    """DL/d fade, float32[M], and leak, where leak or rate is one a synapse."""
    last = len(leak) - 1
    for i in range(len(held)):
        for j in range(len(fade)):
            d_fade[j] -= leak[min(i, last), j] * (adjoint[i, j] * held[i, j])
    if len(d_leak):
        for i in range(len(held)):
            for j in range(len(fade)):
                d_leak[min(i, last), j] -= fade[j] * (adjoint[i, j] * held[i, j])


@reordered
def take_back(rate: Float32, x: Float32, adjoint: Float32, d_take: Float32) -> None:
    """DL/d take, float32[M], where leak or rate is one a synapse."""
    last = len(rate) - 1
    for i in range(len(adjoint)):
        for j in range(len(d_take)):
            d_take[j] += rate[min(i, last), j] * (adjoint[i, j] * x[i])


@reordered
def gain_back(decay: Float32, gain: Float32, adjoint: Float32, d_x: Float32) -> None:
    """DL/dH of after the write becomes that of before; set dL/d x, float32[n]: with rows of decay and gain."""
    for i in range(len(adjoint)):
        total = np.float32(0)
        for j in range(adjoint.shape[1]):
            total += adjoint[i, j] * gain[i, j]
            adjoint[i, j] *= decay[i, j]
        d_x[i] = total


@reordered
def release_back(trace: Float32, held: Float32, signal: Float32, eligibility: Float32, d_signal: Float32) -> None:
    """From dL/dH of after, add dL/d signal, float32[M], and what it makes of dL/dE of before."""
    for i in range(len(trace)):
        for j in range(len(signal)):
            d_signal[j] += trace[i, j] * held[i, j]
            eligibility[i, j] += trace[i, j] * signal[j]


@reordered
def back(
    layer: Layer, before: Traces, step: Vectors, read: Read, adjoint: Traces, gradients: Vectors, slow: Slow
) -> None:
    """Walk one tick back, see Passes; `gradients` come as zeros."""
    B, N, M = before.trace.shape
    each = 1 if max(len(layer.leak), len(layer.rate)) == 1 else BLOCK
    decay, gain = np.empty((B, each, M), np.float32), np.empty((B, each, M), np.float32)
    raw, clipped = np.empty((BLOCK, M), np.float32), np.empty((BLOCK, M), np.float32)
    unasked = np.zeros((1, M), np.float32)
    writing, eligible = len(step.x) > 0, len(before.eligibility) > 0
    for lo in range(0, N, BLOCK):
        hi = min(lo + BLOCK, N)
        alpha, leak, rate = (block_of(layer.alpha, lo, hi), block_of(layer.leak, lo, hi), block_of(layer.rate, lo, hi))
        for b in range(B):
            now, A, n = before.trace[b, lo:hi], adjoint.trace[b, lo:hi], min(each, hi - lo)
            if writing:
                if lo == 0 or each > 1:
                    columns_of(leak, rate, step.fade[b], step.take[b], decay[b, :n], gain[b, :n])
                if eligible:
                    released(now, before.eligibility[b, lo:hi], step.signal[b], raw[: hi - lo])
                else:
                    written(now, step.x[b, lo:hi], decay[b, :n], gain[b, :n], raw[: hi - lo])
                now = raw[: hi - lo]
                if layer.bounded:
                    clipped[:] = raw
                    now = clipped[: hi - lo]
                    clip(now)
            if len(step.pre):
                pre, inward = step.pre[b, lo:hi], read.inward[b]
                d_alpha = block_of(slow.alpha, lo, hi) if len(slow.alpha) else unasked
                read_back(layer.fixed[lo:hi], alpha, now, pre, inward, A, gradients.pre[b, lo:hi], d_alpha)
            if len(step.key):
                recall_back(now, step.key[b, lo:hi], read.recalled[b], A, gradients.key[b, lo:hi])
            if writing:
                if layer.bounded:
                    clip_back(raw[: hi - lo], A)
                held = before.eligibility[b, lo:hi] if eligible else before.trace[b, lo:hi]
                Q = adjoint.eligibility[b, lo:hi] if eligible else A
                x, d_x, d_fade, d_take = step.x[b, lo:hi], gradients.x[b, lo:hi], gradients.fade[b], gradients.take[b]
                if each == 1:
                    write_back(held, decay[b], gain[b], Q, x, d_x, d_fade, d_take)
                else:
                    fade_back(leak, held, step.fade[b], Q, d_fade, block_of(slow.leak, lo, hi))
                    take_back(rate, x, Q, d_take)
                    if len(slow.rate):
                        add_outer(x, step.take[b], Q, block_of(slow.rate, lo, hi))
                    gain_back(decay[b, :n], gain[b, :n], Q, d_x)
                if eligible:
                    release_back(A, held, step.signal[b], Q, gradients.signal[b])
    if writing and each == 1:
        neurons_back(layer, step, gradients, slow)
