"""The passes as fused kernels: float32 on the CPU. See Passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from plastic_core.state import Float32
from plastic_core.trace import adjoint_kernel
from plastic_core.trace.adjoint_kernel import Layer, Read, Slow, Traces, Vectors
from plastic_core.trace.adjoint_lanes import advance_of, back_of, replay_of
from plastic_core.trace.adjoint_rows import Kind
from plastic_core.trace.contract import Fast, Synapses, Write
from plastic_core.trace.passes import ReadGradients, SlowGradients, Step, StepGradients

Tensor = torch.Tensor

NO_ROWS = np.zeros((0, 0), np.float32)
NO_TRACES = np.zeros((0, 0, 0), np.float32)


class FusedPasses:
    """See Passes."""

    def advance(self, synapses: Synapses, fast: Fast, step: Step) -> tuple[Tensor | None, Tensor | None]:
        """See Passes."""
        B, _, M = fast.trace.shape
        inward = None if step.pre is None else torch.zeros(B, M)
        recalled = None if step.key is None else torch.zeros(B, M)
        read = Read(rows(inward), rows(recalled))
        kind = kind_of(synapses, step)
        advance = adjoint_kernel.advance if kind is None else advance_of(kind)
        advance(layer_of(synapses), traces_of(fast), vectors_of(step), read)
        return inward, recalled

    def replay(self, synapses: Synapses, start: Fast, writes: Sequence[Write | None], into: Fast) -> None:
        """See Passes."""
        if not writes:
            return
        flat = Fast(into.trace.flatten(0, 1), None if into.eligibility is None else into.eligibility.flatten(0, 1))
        kind = kind_of(synapses)
        replay = adjoint_kernel.replay if kind is None else replay_of(kind)
        replay(layer_of(synapses), traces_of(start), stack_of(writes, start), traces_of(flat))

    def back(
        self,
        synapses: Synapses,
        before: Fast,
        step: Step,
        read: ReadGradients,
        adjoint: Fast,
        slow: SlowGradients,
    ) -> StepGradients:
        """See Passes."""
        B, _, M = before.trace.shape
        inward = torch.zeros(B, M) if read.inward is None else read.inward
        recalled = torch.zeros(B, M) if read.recalled is None else read.recalled
        gradients = blank(step)
        kind = kind_of(synapses, step, slow)
        back = adjoint_kernel.back if kind is None else back_of(kind)
        back(
            layer_of(synapses),
            traces_of(before),
            vectors_of(step),
            Read(rows(inward), rows(recalled)),
            traces_of(adjoint),
            Vectors(*[rows(values) for values in gradients]),
            Slow(rows(slow.alpha), rows(slow.leak), rows(slow.rate)),
        )
        return gradients


def kind_of(synapses: Synapses, step: Step | None = None, slow: SlowGradients | None = None) -> Kind | None:
    """What vector code does this; None where it is for adjoint_kernel's loops. step: None for writes alone."""
    rule, leaving_out = synapses.rule, step is not None and (step.write is None or step.pre is None)
    if leaving_out or len(synapses.leak) > 1 or len(synapses.rate) > 1:
        return None
    return Kind(
        own_alpha=len(synapses.alpha) > 1 and step is not None,
        bounded=rule.bounded,
        eligible=rule.eligible,
        keyed=step is not None and step.key is not None,
        asks_alpha=slow is not None and slow.alpha is not None,
    )


def blank(step: Step) -> StepGradients:
    """Zeros for each vector of a step."""
    write = step.write
    vectors = (write and write.pre, write and write.drive.fade, write and write.drive.take, write and write.signal)
    return StepGradients(*[None if v is None else torch.zeros_like(v) for v in (*vectors, step.pre, step.key)])


def stack_of(writes: Sequence[Write | None], fast: Fast) -> Vectors:
    """K writes one below the other, float32[K * B, ...]; where there is none, one that changes nothing."""
    B, N, M = fast.trace.shape
    still = np.zeros((B, N), np.float32), np.zeros((B, M), np.float32)
    told = [vectors_of(Step(write, None, None)) for write in writes]
    x = np.concatenate([write.x if write.x.size else still[0] for write in told])
    fade, take, signal = (
        np.concatenate([part if part.size else still[1] for part in parts])
        for parts in zip(*[(write.fade, write.take, write.signal) for write in told], strict=True)
    )
    return Vectors(x, fade, take, signal, NO_ROWS, NO_ROWS)


def rows(values: Tensor | None) -> Float32:
    """A matrix in the same memory; empty where there is none."""
    return NO_ROWS if values is None else values.numpy()


def traces_of(fast: Fast) -> Traces:
    """The same memory."""
    return Traces(fast.trace.numpy(), NO_TRACES if fast.eligibility is None else fast.eligibility.numpy())


def layer_of(synapses: Synapses) -> Layer:
    """The same memory."""
    fixed, alpha, leak, rate = (v.numpy() for v in (synapses.fixed, synapses.alpha, synapses.leak, synapses.rate))
    return Layer(fixed, alpha, leak, rate, synapses.rule.bounded)


def vectors_of(step: Step) -> Vectors:
    """The same memory."""
    if step.write is None:
        return Vectors(NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, rows(step.pre), rows(step.key))
    x, (fade, take), signal = step.write
    return Vectors(rows(x), rows(fade), rows(take), rows(signal), rows(step.pre), rows(step.key))
