"""The passes as torch operators: any dtype, any device. See Passes."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from plastic_core.rules import BOUND
from plastic_core.trace.contract import Fast, Synapses, Write
from plastic_core.trace.copies import copy, part
from plastic_core.trace.passes import ReadGradients, SlowGradients, Step, StepGradients

Tensor = torch.Tensor


class OperatorPasses:
    """See Passes."""

    def advance(self, synapses: Synapses, fast: Fast, step: Step) -> tuple[Tensor | None, Tensor | None]:
        """See Passes."""
        if step.write is not None:
            take_in(synapses, fast, step.write)
        recalled = None if step.key is None else row_through(step.key, fast.trace)
        if step.pre is None:
            return None, recalled
        return step.pre @ synapses.fixed + seen_through(step.pre, fast.trace, synapses.alpha), recalled

    def replay(self, synapses: Synapses, start: Fast, writes: Sequence[Write | None], into: Fast) -> None:
        """See Passes."""
        for k, write in enumerate(writes):
            fast = part(into, k)
            copy(start, fast)
            if write is not None:
                take_in(synapses, fast, write)
            start = fast

    def back(
        self, synapses: Synapses, before: Fast, step: Step, read: ReadGradients, adjoint: Fast, slow: SlowGradients
    ) -> StepGradients:
        """See Passes."""
        raw = before.trace if step.write is None else unclipped(synapses, before, step.write)
        now = raw.clamp(-BOUND, BOUND) if synapses.rule.bounded else raw
        pre = None if step.pre is None else _read_back(synapses, now, step.pre, read.inward, adjoint.trace, slow)
        key = None if step.key is None else _recall_back(now, step.key, read.recalled, adjoint.trace)
        if step.write is None:
            return StepGradients(None, None, None, None, pre, key)
        if synapses.rule.bounded:
            adjoint.trace.masked_fill_(((raw >= -BOUND) & (raw <= BOUND)).logical_not_(), 0)
        if before.eligibility is None or adjoint.eligibility is None or step.write.signal is None:
            written, fade, take = _write_back(synapses, before.trace, step.write, adjoint.trace, slow)
            return StepGradients(written, fade, take, None, pre, key)
        signal = (adjoint.trace * before.eligibility).sum(1)
        written, fade, take = _write_back(synapses, before.eligibility, step.write, adjoint.eligibility, slow)
        adjoint.eligibility.addcmul_(adjoint.trace, step.write.signal[:, None, :])
        return StepGradients(written, fade, take, signal, pre, key)


def take_in(synapses: Synapses, fast: Fast, write: Write) -> None:
    """The write, in place."""
    target = fast.trace
    if fast.eligibility is not None and write.signal is not None:
        fast.trace.addcmul_(write.signal[:, None, :], fast.eligibility)
        target = fast.eligibility
    target.mul_(_decay(synapses.leak, write.drive.fade))
    rate, take = synapses.rate, write.drive.take
    if len(rate) == 1:
        target.addcmul_(write.pre[:, :, None], (rate * take)[:, None, :])
    else:
        target.addcmul_(write.pre[:, :, None] * take[:, None, :], rate)
    if synapses.rule.bounded:
        fast.trace.clamp_(-BOUND, BOUND)


def unclipped(synapses: Synapses, before: Fast, write: Write) -> Tensor:
    """The trace [B, N, M] after the write, before it is clipped."""
    if before.eligibility is not None and write.signal is not None:
        return before.trace.addcmul(write.signal[:, None, :], before.eligibility)
    outer = write.pre[:, :, None] * write.drive.take[:, None, :]
    return before.trace * _decay(synapses.leak, write.drive.fade) + synapses.rate * outer


def row_through(pre: Tensor, weights: Tensor) -> Tensor:
    """Pre [B, N] through weights [B, N, M]: [B, M]."""
    return torch.bmm(pre[:, None, :], weights)[:, 0]


def seen_through(pre: Tensor, trace: Tensor, alpha: Tensor) -> Tensor:
    """(alpha * H)^T pre, [B, M]."""
    return row_through(pre, trace) * alpha if len(alpha) == 1 else row_through(pre, alpha * trace)


def _decay(leak: Tensor, fade: Tensor) -> Tensor:
    """[B, 1, M] or [B, N, M]."""
    return 1 - leak * fade[:, None, :]


def _columns(weights: Tensor, post: Tensor) -> Tensor:
    """Weights [B, N, M] from the postsynaptic side, through post [B, M]: [B, N]."""
    return torch.bmm(weights, post[:, :, None])[:, :, 0]


def _read_back(
    synapses: Synapses, now: Tensor, pre: Tensor, inward: Tensor | None, adjoint: Tensor, slow: SlowGradients
) -> Tensor:
    """DL/d pre of a reading, [B, N]."""
    if inward is None:
        return torch.zeros_like(pre)
    alpha = synapses.alpha
    if len(alpha) == 1:
        adjoint.addcmul_(pre[:, :, None], (alpha * inward)[:, None, :])
        through = _columns(now, alpha * inward)
    else:
        adjoint.addcmul_(pre[:, :, None] * inward[:, None, :], alpha)
        through = _columns(alpha * now, inward)
    if slow.alpha is not None and len(alpha) == 1:
        slow.alpha.add_((inward * row_through(pre, now)).sum(0))
    elif slow.alpha is not None:
        slow.alpha.add_((pre[:, :, None] * inward[:, None, :] * now).sum(0))
    return inward @ synapses.fixed.T + through


def _recall_back(now: Tensor, key: Tensor, recalled: Tensor | None, adjoint: Tensor) -> Tensor:
    """DL/d key of a recall, [B, N]."""
    if recalled is None:
        return torch.zeros_like(key)
    adjoint.addcmul_(key[:, :, None], recalled[:, None, :])
    return _columns(now, recalled)


def _write_back(
    synapses: Synapses, before: Tensor, write: Write, adjoint: Tensor, slow: SlowGradients
) -> tuple[Tensor, Tensor, Tensor]:
    """DL/d (pre [B, N], fade [B, M], take [B, M]) of a write into `before`; `adjoint`, of after, becomes of before."""
    leak, rate, x, (fade, take) = synapses.leak, synapses.rate, write.pre, write.drive
    kept = adjoint * before
    if len(leak) == 1:
        left = kept.sum(1)
        d_leak, d_fade = (fade * left).sum(0), -leak * left
    else:
        d_leak, d_fade = (kept * fade[:, None, :]).sum(0), -(leak * kept).sum(1)
    if slow.leak is not None:
        slow.leak.sub_(d_leak)
    if len(rate) == 1:
        come = row_through(x, adjoint)
        d_rate, d_take, d_pre = (take * come).sum(0), rate * come, _columns(adjoint, rate * take)
    else:
        weighed = rate * adjoint
        d_take, d_pre = row_through(x, weighed), _columns(weighed, take)
        d_rate = None if slow.rate is None else (adjoint * x[:, :, None] * take[:, None, :]).sum(0)
    if slow.rate is not None and d_rate is not None:
        slow.rate.add_(d_rate)
    adjoint.mul_(_decay(leak, fade))
    return d_pre, d_fade, d_take
