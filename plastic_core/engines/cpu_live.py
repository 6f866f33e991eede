"""All ticks of all streams: the order in which sweeps and ticks follow each other, compiled for each kind of sweep."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from plastic_core import squash as squashing
from plastic_core.compiled import compiled, stamp
from plastic_core.engines import cpu_kernel, cpu_sweep, lanes
from plastic_core.engines.cpu_kernel import (
    Fast,
    Scratch,
    Slow,
    add_product,
    clear,
    copy,
    decays_of,
    drive_adding,
    drive_correcting,
    drive_decaying,
    drive_eligible,
    drive_self_limited,
    fade_waiting,
    gates_of,
    make_unit,
    multiply,
    shorten,
    signal_of,
    work_in_waiting,
)
from plastic_core.engines.cpu_sweep import ROWS, Sweep, sweep_block, through_block
from plastic_core.engines.drives import ADDING, DECAYING, NOTHING, SELF_LIMITED
from plastic_core.squash import squash
from plastic_core.state import Float32

Live = Callable[[Slow, Fast, Float32, Float32, Float32, int, int], int]


@compiled
def through(first: int, last: int, values: Float32, weights: Float32, sums: Float32) -> None:
    """Add values [B, K] through weights [K, P] to sums [B, P], for rows first .. last."""
    for row in range(0, values.shape[1], ROWS):
        for b in range(first, last):
            through_block(b, row, values, weights, sums)


@cache
def live_of(sweep: Sweep) -> Live:
    """The compiled life (slow, fast, inputs [T, B, K], signal [T, B], activity [T, B, N], drive, group)."""
    code = sweep.code
    built_from = stamp(*[Path(module.__file__ or "") for module in (lanes, cpu_sweep, cpu_kernel, squashing)])
    pairs, own_alpha, own_leak, own_rate = sweep.pairs, sweep.own_alpha, sweep.own_leak, sweep.own_rate
    eligible, keyed = sweep.eligible, sweep.keyed

    @compiled
    def live(
        slow: Slow, fast: Fast, inputs: Float32, outside: Float32, activity: Float32, kind: int, group: int
    ) -> int:
        count, size = fast.hidden.shape
        sums = np.zeros((6, count, size), np.float32)
        s = Scratch(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5])
        arrays = (
            fast.hidden,
            s.key,
            fast.pre,
            fast.gain,
            fast.decay,
            fast.signal,
            fast.trace,
            fast.eligibility,
            slow.recurrent,
            slow.alpha,
            slow.leak,
            slow.rate,
            s.inward,
            s.direct,
            s.recalled,
        )
        alpha, leak, rate = slow.alpha[0], slow.leak[0], slow.rate[0]
        for first in range(0, count, group):
            last = min(first + group, count)
            for t in range(len(inputs)):
                u = inputs[t]
                for b in range(first, last):
                    copy(slow.bias, s.inward[b])
                    if not own_alpha:
                        clear(s.direct[b])
                    if keyed:
                        clear(s.recalled[b])
                        clear(s.key[b])
                        clear(s.value[b])
                through(first, last, u, slow.input, s.inward)
                if keyed:
                    through(first, last, u, slow.key_of_input, s.key)
                    through(first, last, fast.hidden, slow.key_of_hidden, s.key)
                    through(first, last, u, slow.value_of_input, s.value)
                    through(first, last, fast.hidden, slow.value_of_hidden, s.value)
                    for b in range(first, last):
                        make_unit(s.key[b])
                for row in range(0, size, ROWS):
                    for b in range(first, last):
                        sweep_block(code, b, row, fast.waits[b], fast.age[b], arrays)
                for b in range(first, last):
                    if fast.waits[b] == pairs:  # the sweep has written back what waited
                        fast.waits[b] = 0
                    waits, before, post = fast.waits[b], fast.hidden[b], s.inward[b]
                    # the write is formed where it will wait; its decay too, if it is the first
                    take, fade = fast.gain[b, waits], (s.fade[b] if waits else fast.decay[b])
                    if not own_alpha:
                        work_in_waiting(fast, b, before, s.direct[b])
                        add_product(alpha, s.direct[b], post)
                        if keyed:
                            work_in_waiting(fast, b, s.key[b], s.recalled[b])
                    squash(post)
                    signal = signal_of(slow, post, outside[t, b])
                    if keyed:
                        strength, kept = gates_of(slow, u[b], before)
                        drive_correcting(strength * signal, kept, slow.fan, s.value[b], s.recalled[b], fade, take)
                    elif eligible:
                        drive_eligible(post, fade, take)
                        for j in range(size):
                            fast.signal[b, j] = signal * slow.fan[j]
                    elif kind == DECAYING:
                        drive_decaying(signal, slow.fan, post, fade, take)
                    elif kind == SELF_LIMITED:
                        drive_self_limited(signal, slow.fan, post, fade, take)
                    elif kind == ADDING:
                        drive_adding(signal, slow.fan, post, fade, take)
                    pre = s.key[b] if keyed else before
                    if kind != NOTHING:
                        shorten(slow, pre, fade, take, keyed)
                        if not own_leak:
                            decays_of(leak, fade)
                        if not own_rate:
                            multiply(take, rate)
                        if waits:
                            fade_waiting(fast, b, fade)
                        copy(pre, fast.pre[b, waits])
                        fast.waits[b] += 1
                    fast.age[b] += 1
                    copy(post, before)
                    copy(post, activity[t, b])
        return built_from

    return live
