"""A tick of streams whose traces are in device memory: `look` (keyed rules), `sweep` and `turn`, one after the other.

`sweep` alone touches N x N a stream, each synapse once: it takes in the write of the tick before, stores the row-block
and reads it. A program owns a stripe of neurons j of a few streams, so nothing is summed across programs; w and alpha
are loaded once for these streams. Every sum has an order that depends on N and D alone: a program does the same for
each stream that it holds, and the tiles' sizes are fixed.

Letters: B streams, T ticks, D input channels, N neurons; S streams, R rows and C columns of a tile.
"""

from __future__ import annotations

from plastic_core.engines import drives
from plastic_core.engines.gpu_language import constexpr, kernel, tensor, tl
from plastic_core.engines.gpu_tick import chance_of, synaptic, turned, written

NOTHING = tl.constexpr(drives.NOTHING)
STREAMS, ROWS, COLUMNS = 4, 16, 64
"""S, R, C."""
S, R, C = tl.constexpr(STREAMS), tl.constexpr(ROWS), tl.constexpr(COLUMNS)


@kernel
def place(streams: tensor) -> tensor:
    """Which streams [S, 1, 1] and neurons [1, 1, C] this program owns, and whether there is such a stream."""
    s = tl.program_id(0) * S + tl.arange(0, S)[:, None, None]
    j = tl.program_id(1) * C + tl.arange(0, C)[None, None, :]
    return s.to(tl.int64), j, s < streams


@kernel
def through(
    values: tensor, weights: tensor, total: tensor, size: constexpr, j: tensor, real: tensor, kind: constexpr
) -> tensor:
    """Add values @ weights to total [S, R, C]: values at [S, 1, 1] pointers to rows of `size`, weights [size, N]."""
    for first in range(0, size, R):
        i = first + tl.arange(0, R)[None, :, None]
        x = tl.load(values + i, mask=real & (i < size), other=0.0)
        w = tl.load(
            weights + i * kind.neurons + j,
            mask=(i < size) & (j < kind.neurons),
            other=0.0,
            eviction_policy="evict_last",
        )
        total = tl.fma(x, w, total)
    return total


@kernel
def look(slow: tensor, fast: tensor, inputs: tensor, tick: tensor, streams: tensor, kind: constexpr) -> None:
    """Key and value of keyed rules, z K and z V; inputs float32[T, B, D]. Grid (B / S, N / C), rounded up."""
    s, j, real = place(streams)
    inside = real & (j < kind.neurons)
    given, before = inputs + (tick * streams.to(tl.int64) + s) * kind.width, fast.hidden + s * kind.neurons
    key = through(given, slow.key_input, tl.zeros([S, R, C], tl.float32), kind.width, j, real, kind)
    key = through(before, slow.key_recurrent, key, kind.neurons, j, real, kind)
    tl.store(fast.key + s * kind.neurons + j, tl.sum(key, 1, keep_dims=True), mask=inside)
    value = through(given, slow.value_input, tl.zeros([S, R, C], tl.float32), kind.width, j, real, kind)
    value = through(before, slow.value_recurrent, value, kind.neurons, j, real, kind)
    tl.store(fast.value + s * kind.neurons + j, tl.sum(value, 1, keep_dims=True), mask=inside)


@kernel
def sweep(
    slow: tensor,
    fast: tensor,
    inputs: tensor,
    tick: tensor,
    streams: tensor,
    pending: tensor,
    reading: constexpr,
    kind: constexpr,
) -> None:
    """Take the write in where one is pending (0, 1) and gather what reaches the neurons: fast.inward, fast.recalled.

    inputs float32[T, B, D]; not reading: take in, no more. Grid (B / S, N / C), rounded up. `pending` is no constant:
    code of its own for ticks with and without a write might add in another order.
    """
    s, j, real = place(streams)
    inside, row = real & (j < kind.neurons), s * kind.neurons
    total = tl.zeros([S, R, C], tl.float32)
    recalled = tl.zeros([S, R, C], tl.float32)
    if reading:
        given = inputs + (tick * streams.to(tl.int64) + s) * kind.width
        total = through(given, slow.input, total, kind.width, j, real, kind)
    fade = tl.load(fast.fade + row + j, mask=inside, other=0.0)
    take = tl.load(fast.take + row + j, mask=inside, other=0.0)
    signal = tl.load(fast.signal + row + j, mask=inside, other=0.0)
    chance = tl.load(fast.chance + s, mask=real, other=0)
    for first in range(0, kind.neurons, R):
        i = first + tl.arange(0, R)[None, :, None]
        tile, there = (row + i) * kind.neurons + j, inside & (i < kind.neurons)
        trace = tl.load(fast.trace + tile, mask=there, other=0.0, eviction_policy="evict_first").to(tl.float32)
        if kind.drive != NOTHING:
            pre = tl.load(fast.pre + row + i, mask=real & (i < kind.neurons), other=0.0)
            eligibility = None
            if kind.eligible:
                eligibility = tl.load(fast.eligibility + tile, mask=there, other=0.0).to(tl.float32)
            after, waiting = written(slow, trace, eligibility, pre, fade, take, signal, chance, i, j, kind)
            trace = tl.where(pending != 0, after, trace)
            tl.store(fast.trace + tile, trace, mask=there, eviction_policy="evict_first")
            if kind.eligible:
                waiting = tl.where(pending != 0, waiting, eligibility)
                tl.store(fast.eligibility + tile, waiting, mask=there, eviction_policy="evict_first")
        if reading:
            x = tl.load(fast.hidden + row + i, mask=real & (i < kind.neurons), other=0.0)
            w = synaptic(slow.recurrent, i, j, True, kind)
            alpha = synaptic(slow.alpha, i, j, kind.own_alpha, kind)
            total = tl.fma(x, tl.fma(alpha, trace, w), total)
            if kind.keyed:
                k = tl.load(fast.key + row + i, mask=real & (i < kind.neurons), other=0.0)
                recalled = tl.fma(k, trace, recalled)
    if reading:
        bias = tl.load(slow.bias + j, mask=j < kind.neurons, other=0.0)
        tl.store(fast.inward + row + j, tl.sum(total, 1, keep_dims=True) + bias, mask=inside)
        if kind.keyed:
            tl.store(fast.recalled + row + j, tl.sum(recalled, 1, keep_dims=True), mask=inside)


@kernel
def turn(
    slow: tensor,
    fast: tensor,
    inputs: tensor,
    outside: tensor,
    activity: tensor,
    tick: tensor,
    streams: tensor,
    kind: constexpr,
) -> None:
    """What is left of the tick, a stream a program: the new activity and the write that is pending now.

    inputs float32[T, B, D], outside float32[T, B], activity float32[T, B, N]. Grid (B,).
    """
    s, j = tl.program_id(0).to(tl.int64), tl.arange(0, kind.row_block)
    inside, at, now = j < kind.neurons, s * kind.neurons + j, tick * streams.to(tl.int64) + s
    inward = tl.load(fast.inward + at, mask=inside, other=0.0)
    before = tl.load(fast.hidden + at, mask=inside, other=0.0)
    key, value, recalled = None, None, None
    if kind.keyed:
        key = tl.load(fast.key + at, mask=inside, other=0.0)
        value = tl.load(fast.value + at, mask=inside, other=0.0)
        recalled = tl.load(fast.recalled + at, mask=inside, other=0.0)
    given, told = inputs + now * kind.width, tl.load(outside + now)
    post, pre, fade, take, signal = turned(slow, given, told, inward, before, key, value, recalled, j, kind)
    tl.store(activity + now * kind.neurons + j, post, mask=inside)
    tl.store(fast.hidden + at, post, mask=inside)
    tl.store(fast.pre + at, pre, mask=inside)
    tl.store(fast.fade + at, fade, mask=inside)
    tl.store(fast.take + at, take, mask=inside)
    tl.store(fast.signal + at, signal, mask=inside)
    if kind.rounding:
        tl.store(fast.chance + s, chance_of(inward, j, kind))
