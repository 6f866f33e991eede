"""Many ticks of streams whose traces fit into one processor: a program holds a stream's trace in registers throughout.

Device memory sees a trace twice a chunk of ticks instead of twice a tick; w and alpha come from the caches. Nothing is
pending between ticks: what is held on chip can be written at once. It is held as float32 also where it is kept as
bfloat16, rounded all the same. Sums run in an order that depends on N and D alone.

Letters: B streams, T ticks, D input channels, N neurons.
"""

from __future__ import annotations

from plastic_core.engines import drives
from plastic_core.engines.gpu_language import constexpr, kernel, tensor, tl
from plastic_core.engines.gpu_tick import chance_of, synaptic, turned, written

NOTHING = tl.constexpr(drives.NOTHING)
R = tl.constexpr(16)
"""Rows of W_in at a time."""


@kernel
def from_input(given: tensor, weights: tensor, j: tensor, kind: constexpr) -> tensor:
    """Input u through W: [N], from what is at `given` [D] through weights [D, N]; j [1, N]."""
    total = tl.zeros([R, kind.row_block], tl.float32)
    for first in range(0, kind.width, R):
        d = first + tl.arange(0, R)[:, None]
        u = tl.load(given + d, mask=d < kind.width, other=0.0)
        w = tl.load(weights + d * kind.neurons + j, mask=(d < kind.width) & (j < kind.neurons), other=0.0)
        total = tl.fma(u, w, total)
    return tl.sum(total, 0)


@kernel
def seen(
    given: tensor, x: tensor, by_input: tensor, by_activity: tensor, i: tensor, j: tensor, kind: constexpr
) -> tensor:
    """Input at `given` [D] and activity x [N, 1] through W: [N]; the weights are [D, N] and [N, N]."""
    return from_input(given, by_input, j, kind) + tl.sum(x * synaptic(by_activity, i, j, True, kind), 0)


@kernel
def live(
    slow: tensor,
    fast: tensor,
    inputs: tensor,
    outside: tensor,
    activity: tensor,
    ticks: tensor,
    streams: tensor,
    kind: constexpr,
) -> None:
    """All ticks of a stream: inputs float32[T, B, D], outside float32[T, B], activity float32[T, B, N]. Grid (B,)."""
    s = tl.program_id(0).to(tl.int64)
    row = tl.arange(0, kind.row_block)
    i, j = row[:, None], row[None, :]
    inside, there = row < kind.neurons, (i < kind.neurons) & (j < kind.neurons)
    tile = (s * kind.neurons + i) * kind.neurons + j
    trace = tl.load(fast.trace + tile, mask=there, other=0.0).to(tl.float32)
    eligibility: tensor = None
    if kind.eligible:
        eligibility = tl.load(fast.eligibility + tile, mask=there, other=0.0).to(tl.float32)
    before = tl.load(fast.hidden + s * kind.neurons + row, mask=inside, other=0.0)
    bias = tl.load(slow.bias + row, mask=inside, other=0.0)
    for tick in range(ticks):
        now = tick * streams.to(tl.int64) + s
        given, x = inputs + now * kind.width, before[:, None]
        w = synaptic(slow.recurrent, i, j, True, kind)
        alpha = synaptic(slow.alpha, i, j, kind.own_alpha, kind)
        inward = from_input(given, slow.input, j, kind) + tl.sum(x * tl.fma(alpha, trace, w), 0) + bias
        key, value, recalled = None, None, None
        if kind.keyed:
            key = seen(given, x, slow.key_input, slow.key_recurrent, i, j, kind)
            value = seen(given, x, slow.value_input, slow.value_recurrent, i, j, kind)
            recalled = tl.sum(key[:, None] * trace, 0)
        told = tl.load(outside + now)
        post, pre, fade, take, signal = turned(slow, given, told, inward, before, key, value, recalled, row, kind)
        if kind.drive != NOTHING:
            chance = chance_of(inward, row, kind)
            pre, fade, take, signal = pre[:, None], fade[None, :], take[None, :], signal[None, :]
            trace, waiting = written(slow, trace, eligibility, pre, fade, take, signal, chance, i, j, kind)
            if kind.eligible:
                eligibility = waiting
        tl.store(activity + now * kind.neurons + row, post, mask=inside)
        before = post
    tl.store(fast.trace + tile, trace, mask=there)
    if kind.eligible:
        tl.store(fast.eligibility + tile, eligibility, mask=there)
    tl.store(fast.hidden + s * kind.neurons + row, before, mask=inside)
