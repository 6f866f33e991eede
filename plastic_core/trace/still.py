"""The trace of a rule that writes nothing: a product with w, at a small part of the price. Any dtype, any device.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic_core.rules import silent
from plastic_core.trace.contract import Fast, Swept, Synapses, Write

Tensor = torch.Tensor


@dataclass(frozen=True)
class StillTrace:
    """See Trace. For rule "none" from blank traces alone; no value depends on alpha, leak or rate."""

    synapses: Synapses
    fast: Fast

    def sweep(self, write: Write | None, pre: Tensor, key: Tensor | None = None) -> Swept:
        """See Trace. There is nothing to be recalled, by whatever key."""
        del write
        recalled = None if key is None else pre.new_zeros(len(key), self.synapses.fixed.shape[1])
        return Swept(pre @ self.synapses.fixed, recalled, self)

    def settled(self, write: Write | None) -> Fast:
        """See Trace."""
        del write
        return self.fast


def stays_blank(synapses: Synapses, fast: Fast) -> bool:
    """Whether a StillTrace will do: the rule writes nothing, nothing was written before, no gradient is asked of it."""
    rule = synapses.rule
    return rule.drive is silent and not rule.keyed and all(blank(traces) for traces in fast if traces is not None)


def blank(traces: Tensor) -> bool:
    """Whether all [B, N, M] are 0 and given ones; one row stands for all that share its memory (`nothing_written`)."""
    if traces.requires_grad:
        return False
    alone = traces[:1, :1, :1] if not any(traces.stride()) else traces
    return not bool(alone.any())
