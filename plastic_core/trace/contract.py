"""The seam between cells and traces: a layer of plastic connections as a cell sees it.

A cell sweeps over its synapses once a tick: the write of the tick before is taken in, then the trace is read.

    H <- rule(H, write)          inward = (w + alpha * H)^T pre          recalled = H^T key

A write waits for the next sweep because nothing reads the trace before; so each synapse is touched once a tick.
A trace is used up by `sweep` and `settled`: keep only the one returned.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch

from plastic_core.rules import Drive, Rule

Tensor = torch.Tensor


@dataclass(frozen=True)
class Synapses:
    """The slow side of a layer of plastic connections; gradients flow to each tensor that asks for them."""

    rule: Rule
    fixed: Tensor
    """w, [N, M]."""
    alpha: Tensor
    """[N, M], or [1, M] for one a postsynaptic neuron."""
    leak: Tensor
    """[N, M] or [1, M]; see rules.py."""
    rate: Tensor
    """[N, M] or [1, M]; see rules.py."""


class Write(NamedTuple):
    """What one tick adds to the trace."""

    pre: Tensor
    """x, or the key of a keyed rule, [B, N]."""
    drive: Drive
    """Fade and take, each [B, M]."""
    signal: Tensor | None = None
    """[B, 1] or [B, M], for eligible rules: how much of E moves into H."""


class Swept(NamedTuple):
    """What a sweep brings back."""

    inward: Tensor
    """(w + alpha * H)^T pre, [B, M]."""
    recalled: Tensor | None
    """H^T key, [B, M]; None where no key was given."""
    trace: Trace
    """The trace to be kept."""


class Fast(NamedTuple):
    """The fast side of the connections as plain tensors."""

    trace: Tensor
    """H, [B, N, M]."""
    eligibility: Tensor | None = None
    """E, [B, N, M], for eligible rules."""

    def detached(self) -> Fast:
        """The same memory, cut from every graph."""
        return Fast(self.trace.detach(), None if self.eligibility is None else self.eligibility.detach())


def nothing_written(synapses: Synapses, count: int) -> Fast:
    """Traces of B = count streams that have lived through nothing: one 0 seen everywhere, not to be written to."""
    trace = synapses.fixed.new_zeros(()).expand(count, *synapses.fixed.shape)
    return Fast(trace, trace if synapses.rule.eligible else None)


class Trace(Protocol):
    """Traces of B streams over some synapses."""

    def sweep(self, write: Write | None, pre: Tensor, key: Tensor | None = None) -> Swept:
        """Take in `write`, then read with pre [B, N] and, through H alone, with key [B, N]."""
        ...

    def settled(self, write: Write | None) -> Fast:
        """Take in `write` and give the trace out as tensors, through which gradients flow; ends the episode."""
        ...


class TracingUnfit(ValueError):
    """A way to keep traces that cannot keep those of a rule; the message says which one can."""


class Tracing(Protocol):
    """A way to keep traces: a constructor for the start of an episode."""

    def __call__(self, synapses: Synapses, fast: Fast) -> Trace:
        """Traces that start from `fast`. Raises TracingUnfit."""
        ...
