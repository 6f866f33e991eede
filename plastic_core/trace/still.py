"""The trace that never changes: for rule none, where a sweep is one matrix product and nothing is kept.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic_core.trace.contract import Fast, Swept, Synapses, Write


@dataclass(frozen=True)
class StillTrace:
    """See Trace; what is written goes nowhere, and the trace it began with must be nothing, as rule none leaves it."""

    synapses: Synapses
    fast: Fast

    def sweep(self, write: Write | None, pre: torch.Tensor, key: torch.Tensor | None = None) -> Swept:
        """See Trace."""
        del write
        recalled = None if key is None else key.new_zeros(len(key), self.synapses.fixed.shape[1])
        return Swept(pre @ self.synapses.fixed, recalled, self)

    def settled(self, write: Write | None) -> Fast:
        """See Trace."""
        del write
        return self.fast
