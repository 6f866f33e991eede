"""The order in which rows and streams follow each other in a pass of vector code, compiled for each Kind.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.compiled import compiled, reordered, stamp
from plastic_core.engines import lanes
from plastic_core.trace import adjoint_kernel, adjoint_rows
from plastic_core.trace.adjoint_kernel import Layer, Read, Slow, Traces, Vectors, columns_of, neurons_back
from plastic_core.trace.adjoint_rows import ROWS, Kind, rows_back, rows_forward, rows_taken

NEAR = 2**16
"""Synapses of a layer whose slow weights stay in a core's own cache, so that each stream may go through all of them."""
BLOCK = 8
"""Rows at a time of larger layers, for all streams while their slow weights are near; a multiple of ROWS."""

Kernel = Callable[..., None]

SOURCES = [Path(module.__file__ or "") for module in (lanes, adjoint_rows, adjoint_kernel)]


@cache
def advance_of(kind: Kind) -> Callable[[Layer, Traces, Vectors, Read], None]:
    """adjoint_kernel.advance for this kind, of a step that writes and reads."""
    code, built_from = kind.code, stamp(*SOURCES)

    @compiled
    def advance(layer: Any, fast: Any, step: Any, read: Any) -> None:
        _ = built_from
        B, N, M = fast.trace.shape
        decay, gain = np.empty((B, M), np.float32), np.empty((B, M), np.float32)
        for b in range(B):
            columns_of(layer.leak, layer.rate, step.fade[b], step.take[b], decay[b : b + 1], gain[b : b + 1])
        arrays = (
            fast.trace,
            fast.eligibility,
            step.x,
            step.pre,
            step.key,
            decay,
            gain,
            step.signal,
            layer.fixed,
            layer.alpha,
            read.inward,
            read.recalled,
        )
        block = N if N * M <= NEAR else BLOCK
        for lo in range(0, N, block):
            hi = min(lo + block, N)
            for b in range(B):
                row = lo
                while row + ROWS <= hi:
                    rows_forward(code, ROWS, b, row, arrays)
                    row += ROWS
                while row < hi:
                    rows_forward(code, 1, b, row, arrays)
                    row += 1

    return advance


@cache
def replay_of(kind: Kind) -> Callable[[Layer, Traces, Vectors, Traces], None]:
    """adjoint_kernel.replay for this kind: a few rows live through all writes before the next begin."""
    code, built_from = kind.code, stamp(*SOURCES)

    @compiled
    def replay(layer: Any, start: Any, writes: Any, into: Any) -> None:
        _ = built_from
        B, N, M = start.trace.shape
        C = len(writes.x)
        decay, gain = np.empty((C, M), np.float32), np.empty((C, M), np.float32)
        for c in range(C):
            columns_of(layer.leak, layer.rate, writes.fade[c], writes.take[c], decay[c : c + 1], gain[c : c + 1])
        written = (writes.x, decay, gain, writes.signal)
        begin = (start.trace, start.eligibility, into.trace, into.eligibility, *written)
        go_on = (into.trace, into.eligibility, into.trace, into.eligibility, *written)
        for b in range(B):
            row = 0
            while row + ROWS <= N:
                rows_taken(code, ROWS, b, b, row, begin)
                for c in range(b + B, C, B):
                    rows_taken(code, ROWS, c - B, c, row, go_on)
                row += ROWS
            while row < N:
                rows_taken(code, 1, b, b, row, begin)
                for c in range(b + B, C, B):
                    rows_taken(code, 1, c - B, c, row, go_on)
                row += 1

    return replay


@cache
def back_of(kind: Kind) -> Callable[[Layer, Traces, Vectors, Read, Traces, Vectors, Slow], None]:
    """adjoint_kernel.back for this kind, of a step that writes and reads."""
    code, built_from = kind.code, stamp(*SOURCES)

    @reordered
    def back(layer: Any, before: Any, step: Any, read: Any, adjoint: Any, gradients: Any, slow: Any) -> None:
        _ = built_from
        B, N, M = before.trace.shape
        decay, gain = np.empty((B, M), np.float32), np.empty((B, M), np.float32)
        for b in range(B):
            columns_of(layer.leak, layer.rate, step.fade[b], step.take[b], decay[b : b + 1], gain[b : b + 1])
        arrays = (
            before.trace,
            before.eligibility,
            step.x,
            step.pre,
            step.key,
            decay,
            gain,
            step.signal,
            layer.fixed,
            layer.alpha,
            read.inward,
            read.recalled,
            adjoint.trace,
            adjoint.eligibility,
            gradients.x,
            gradients.pre,
            gradients.key,
            gradients.fade,
            gradients.take,
            gradients.signal,
            slow.alpha,
        )
        block = N if N * M <= NEAR else BLOCK
        for lo in range(0, N, block):
            hi = min(lo + block, N)
            for b in range(B):
                row = lo
                while row + ROWS <= hi:
                    rows_back(code, ROWS, b, row, arrays)
                    row += ROWS
                while row < hi:
                    rows_back(code, 1, b, row, arrays)
                    row += 1
        neurons_back(layer, step, gradients, slow)

    return back
