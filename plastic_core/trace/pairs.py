"""The trace as the list of what was written, exact: for short episodes of many neurons. Any dtype, any device.

Where a rule only fades and adds, with leak and rate of one a neuron, T writes x_c into a layer leave

    H_ij = kept_j H0_ij + sum_c x_ci gain_cj                gain, kept <- (1 - leak fade) gain, (1 - leak fade) kept

which is read without ever being formed: sum_c gain_cj sum_i (pre_i x_ci) alpha_ij. So the tick after c writes costs c
products with alpha, as one product of matrices, and where alpha is one a neuron only c dot products. Traces that an
episode begins with, unless nothing is in them, are kept as they are beside the list.

torch's autograd goes through all of it, to any order; it keeps B T^2 (N + M) numbers of an episode of T ticks. It also
adds up gradients of the size of w and alpha every tick, which B streams share: measured with N = 1025, T = 39 on one
core, an episode takes 1.5 times as long as with adjoint at B = 1, 0.8 at 4, 0.6 at 8; with alpha one a neuron 0.3 at 4.

Letters: C writes, B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from plastic_core.rules import columns
from plastic_core.trace.contract import Fast, Swept, Synapses, TracingUnfit, Write
from plastic_core.trace.still import StillTrace, blank, stays_blank

Tensor = torch.Tensor

NOT_LINEAR = (
    "pairs keep traces of rules that only fade and add, with leak and rate of one a neuron:"
    " for rules that clip or have eligibility, and for leak or rate of one a synapse, use adjoint"
)


def pairs_trace(synapses: Synapses, fast: Fast) -> PairsTrace | StillTrace:
    """See Tracing. Raises TracingUnfit for rules and rates that it cannot keep."""
    if stays_blank(synapses, fast):
        return StillTrace(synapses, fast)
    if synapses.rule.bounded or synapses.rule.eligible or _alone(synapses.leak) or _alone(synapses.rate):
        raise TracingUnfit(NOT_LINEAR)
    B, N, M = fast.trace.shape
    new = synapses.fixed.new_zeros
    if blank(fast.trace):
        return PairsTrace(synapses, new(0, B, N), new(0, B, M), None)
    # read through alpha * H0, which is formed once
    seen = synapses.alpha * fast.trace if _alone(synapses.alpha) else fast.trace
    return PairsTrace(synapses, new(0, B, N), new(0, B, M), Beginning(fast.trace, seen, new(B, M) + 1))


@dataclass(frozen=True)
class Beginning:
    """The traces from before the first write."""

    trace: Tensor
    """H0, [B, N, M]."""
    seen: Tensor
    """Alpha * H0, [B, N, M], where alpha is one a synapse; else H0."""
    kept: Tensor
    """[B, M]: the share that has not faded."""

    def through(self, pre: Tensor, weights: Tensor) -> Tensor:
        """Pre [B, N] through the trace or what is seen of it, [B, M]."""
        return self.kept * torch.bmm(pre[:, None, :], weights)[:, 0]


@dataclass(frozen=True)
class PairsTrace:
    """See Trace."""

    synapses: Synapses
    pres: Tensor
    """x of each write, [C, B, N]."""
    gains: Tensor
    """What is left of rate * take of each write, [C, B, M]."""
    beginning: Beginning | None
    """None where the episode began with nothing."""

    def sweep(self, write: Write | None, pre: Tensor, key: Tensor | None = None) -> Swept:
        """See Trace."""
        taken = self._taken(write)
        inward = pre @ self.synapses.fixed + taken._seen(pre)
        return Swept(inward, None if key is None else taken._recalled(key), taken)

    def settled(self, write: Write | None) -> Fast:
        """See Trace."""
        taken = self._taken(write)
        written = torch.einsum("cbn,cbm->bnm", taken.pres, taken.gains)
        began = taken.beginning
        return Fast(written if began is None else written + began.kept[:, None, :] * began.trace)

    def _taken(self, write: Write | None) -> PairsTrace:
        if write is None:
            return self
        decay, gain = columns(write.drive, self.synapses.leak, self.synapses.rate)
        pres = torch.cat([self.pres, write.pre[None]])
        gains = torch.cat([self.gains * decay, gain.expand(1, *self.gains.shape[1:])])
        began = self.beginning and replace(self.beginning, kept=self.beginning.kept * decay)
        return PairsTrace(self.synapses, pres, gains, began)

    def _seen(self, pre: Tensor) -> Tensor:
        """(alpha * H)^T pre, [B, M]."""
        alpha, began = self.synapses.alpha, self.beginning
        if not _alone(alpha):
            return alpha * self._recalled(pre)
        seen = (self.gains * ((pre * self.pres).flatten(0, 1) @ alpha).view_as(self.gains)).sum(0)
        return seen if began is None else seen + began.through(pre, began.seen)

    def _recalled(self, key: Tensor) -> Tensor:
        """H^T key, [B, M]."""
        alike = torch.einsum("cbn,bn->cb", self.pres, key)
        recalled = torch.einsum("cb,cbm->bm", alike, self.gains)
        return recalled if self.beginning is None else recalled + self.beginning.through(key, self.beginning.trace)


def _alone(values: Tensor) -> bool:
    """Whether each synapse has its own, [N, M] with N > 1, and not each neuron."""
    return values.dim() > 1 and values.shape[-2] > 1
