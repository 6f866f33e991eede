"""All ticks of all streams: the order in which sweeps and ticks follow each other, compiled for each kind of sweep."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from plastic_core.compiled import compiled, stamp
from plastic_core.engines import cpu_kernel, cpu_sweep, lanes
from plastic_core.engines.cpu_kernel import (
    Fast,
    Scratch,
    Slow,
    begin,
    correct,
    drive,
    make_unit,
    shorten,
    tell,
    wait,
    work_in_waiting,
)
from plastic_core.engines.cpu_sweep import ROWS, Sweep, sweep_block, through_block
from plastic_core.engines.drives import NOTHING
from plastic_core.engines.lanes import LANES
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
    code, built_from = sweep.code, stamp(Path(lanes.__file__), Path(cpu_sweep.__file__), Path(cpu_kernel.__file__))
    pairs, own_alpha, eligible, keyed = sweep.pairs, sweep.own_alpha, sweep.eligible, sweep.keyed

    @compiled
    def live(
        slow: Slow, fast: Fast, inputs: Float32, outside: Float32, activity: Float32, kind: int, group: int
    ) -> int:
        count, size = fast.hidden.shape
        neurons = activity.shape[2]
        s = Scratch(
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, size), np.float32),
            np.zeros((count, 2), np.float32),
            np.zeros(LANES, np.float32),
        )
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
        for first in range(0, count, group):
            last = min(first + group, count)
            for t in range(len(inputs)):
                u = inputs[t]
                for b in range(first, last):
                    begin(slow, s, b)
                through(first, last, u, slow.input, s.inward)
                if keyed:
                    through(first, last, u, slow.key_of_input, s.key)
                    through(first, last, fast.hidden, slow.key_of_hidden, s.key)
                    through(first, last, u, slow.value_of_input, s.value)
                    through(first, last, fast.hidden, slow.value_of_hidden, s.value)
                    for b in range(first, last):
                        make_unit(s.key, b)
                for row in range(0, size, ROWS):
                    for b in range(first, last):
                        sweep_block(code, b, row, fast.waits[b], fast.age[b], arrays)
                for b in range(first, last):
                    if fast.waits[b] == pairs:  # the sweep has written back what waited
                        fast.waits[b] = 0
                        fast.decay[b] = np.float32(1)
                    if not own_alpha:
                        work_in_waiting(fast, s, b, keyed)
                        for j in range(size):
                            s.inward[b, j] += slow.alpha[0, j] * s.direct[b, j]
                    squash(s.inward[b])
                    tell(slow, s, s.inward, b, outside[t, b])
                    if keyed:
                        correct(slow, s, u, fast.hidden, b)
                        shorten(slow, s, s.key, b, keyed)
                        wait(slow, fast, s, s.key, b)
                    elif kind != NOTHING:
                        drive(kind, eligible, s, s.inward, b)
                        shorten(slow, s, fast.hidden, b, keyed)
                        wait(slow, fast, s, fast.hidden, b)
                    fast.age[b] += 1
                    fast.hidden[b] = s.inward[b]
                    activity[t, b] = s.inward[b, :neurons]
        return built_from

    return live
