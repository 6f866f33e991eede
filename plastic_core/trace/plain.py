"""The trace as the equations say it: torch's own autograd, a new [B, N, M] every tick. Any dtype, any device.

Differentiable to any order; memory grows with ticks times synapses.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic_core.rules import bounded, released, written
from plastic_core.trace.contract import Fast, Swept, Synapses, Write


@dataclass(frozen=True)
class PlainTrace:
    """See Trace."""

    synapses: Synapses
    fast: Fast

    def sweep(self, write: Write | None, pre: torch.Tensor, key: torch.Tensor | None = None) -> Swept:
        """See Trace."""
        fast = self.settled(write)
        slow = self.synapses
        inward = _through(pre, slow.fixed + slow.alpha * fast.trace)
        recalled = None if key is None else _through(key, fast.trace)
        return Swept(inward, recalled, PlainTrace(slow, fast))

    def settled(self, write: Write | None) -> Fast:
        """See Trace."""
        return self.fast if write is None else taken_in(self.fast, write, self.synapses)


def taken_in(fast: Fast, write: Write, synapses: Synapses) -> Fast:
    """The traces after one write."""
    rule, leak, rate = synapses.rule, synapses.leak, synapses.rate
    if fast.eligibility is None:
        trace = written(fast.trace, write.pre, write.drive, leak, rate)
        return Fast(bounded(trace) if rule.bounded else trace)
    trace = released(fast.trace, fast.eligibility, write.signal)
    eligibility = written(fast.eligibility, write.pre, write.drive, leak, rate)
    return Fast(bounded(trace) if rule.bounded else trace, eligibility)


def _through(pre: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Pre [B, N] through weights [B, N, M]: [B, M]. Summed row by row, so that rows never meet."""
    return (pre[:, :, None] * weights).sum(1)
