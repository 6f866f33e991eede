"""Which kernels run for a chunk of ticks, in order, on either path. Letters: B streams, D input channels, N neurons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from plastic_core.engines.drives import NOTHING
from plastic_core.engines.gpu_kernel import COLUMNS, STREAMS, look, sweep, turn
from plastic_core.engines.gpu_language import Launch
from plastic_core.engines.gpu_layout import Fast, Kind, Slow
from plastic_core.engines.gpu_resident import live

WARPS = 8
"""Of a program of the streamed path."""


class Chunk(NamedTuple):
    """Room on the device for what some ticks take and give; C is how many there can be."""

    inputs: torch.Tensor
    """u, float32[C, B, D]."""
    outside: torch.Tensor
    """s, float32[C, B]."""
    activity: torch.Tensor
    """h, float32[C, B, N]."""


def writes(kind: Kind) -> bool:
    """Whether a tick leaves a write for the next one to take in."""
    return kind.drive != NOTHING and not kind.resident


def launches(slow: Slow, fast: Fast, chunk: Chunk, kind: Kind, ticks: int, pending: bool) -> Iterator[Launch]:
    """The first `ticks` ticks of a chunk; pending: there is a write to take in."""
    streams = len(fast.hidden)
    if kind.resident:
        yield Launch(live, (streams,), (slow, fast, *chunk, ticks, streams, kind), resident_warps(kind))
        return
    row_warps = min(max(kind.row_block // 256, 1), 8)
    for tick in range(ticks):
        now = (chunk.inputs, tick, streams)
        if kind.keyed:
            yield Launch(look, stripes(streams, kind), (slow, fast, *now, kind), WARPS)
        yield Launch(sweep, stripes(streams, kind), (slow, fast, *now, int(pending), True, kind), WARPS)
        yield Launch(turn, (streams,), (slow, fast, *chunk, tick, streams, kind), row_warps)
        pending = writes(kind)


def settling(slow: Slow, fast: Fast, chunk: Chunk, kind: Kind) -> Launch:
    """Take the pending writes in, in place."""
    streams = len(fast.hidden)
    return Launch(sweep, stripes(streams, kind), (slow, fast, chunk.inputs, 0, streams, 1, False, kind), WARPS)


def stripes(streams: int, kind: Kind) -> tuple[int, int]:
    """The grid of `look` and `sweep`."""
    return -(-streams // STREAMS), -(-kind.neurons // COLUMNS)


def resident_warps(kind: Kind) -> int:
    """Enough for at most 64 synapses in the registers of a thread, half as many where each needs more room."""
    return min(max(kind.row_block**2 // (1024 if kind.eligible or kind.rounding else 2048), 1), 8)
