"""The seam between the walk of an episode and the arithmetic of one tick: three passes over the synapses.

    advance     H <- rule(H, write); inward, recalled                      forward, in place
    replay      the traces after each of some writes                       from a checkpoint, one segment at a time
    back        A <- what dL/dH was before the tick; dL/d of its vectors   backward, in place

Nothing here is recorded by autograd. See README.md, "The adjoint", for the equations of `back`.

Letters: B streams, N presynaptic and M postsynaptic neurons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch

from plastic_core.trace.contract import Fast, Synapses, Write

Tensor = torch.Tensor


class Step(NamedTuple):
    """What one tick did to the synapses, cut from every graph; each tensor full and contiguous."""

    write: Write | None
    """Pre [B, N], fade, take and, for eligible rules, signal, each [B, M]; None where nothing was written."""
    pre: Tensor | None
    """[B, N]; None where nothing was read."""
    key: Tensor | None
    """[B, N]; None where nothing was recalled."""


class ReadGradients(NamedTuple):
    """How the loss hangs on what one tick read."""

    inward: Tensor | None
    """dL/d inward, [B, M]; None for zero."""
    recalled: Tensor | None
    """dL/d recalled, [B, M]; None for zero."""


class StepGradients(NamedTuple):
    """How the loss hangs on the vectors of one tick; None where there was no such vector."""

    written: Tensor | None
    """dL/d write.pre, [B, N]."""
    fade: Tensor | None
    """[B, M]."""
    take: Tensor | None
    """[B, M]."""
    signal: Tensor | None
    """[B, M]."""
    pre: Tensor | None
    """[B, N]."""
    key: Tensor | None
    """[B, N]."""


@dataclass(frozen=True)
class SlowGradients:
    """Gradients of slow weights, added up over ticks in place; None where nobody asks."""

    alpha: Tensor | None
    """Shaped as the weights: [N, M] or [1, M]."""
    leak: Tensor | None
    rate: Tensor | None


class Passes(Protocol):
    """One way to compute the three passes. alpha, leak and rate are [N, M] or [1, M], all contiguous."""

    def advance(self, synapses: Synapses, fast: Fast, step: Step) -> tuple[Tensor | None, Tensor | None]:
        """Take the step's write into `fast`, in place, then read: inward [B, M], recalled [B, M]."""
        ...

    def replay(self, synapses: Synapses, start: Fast, writes: Sequence[Write | None], into: Fast) -> None:
        """Set into[k], of [K, B, N, M], to the traces after writes[0] to writes[k], from `start`, which stays."""
        ...

    def back(
        self, synapses: Synapses, before: Fast, step: Step, read: ReadGradients, adjoint: Fast, slow: SlowGradients
    ) -> StepGradients:
        """Walk one tick back. `before`: the traces before its write.

        `adjoint` holds dL/d of the traces after the write through all later ticks, and then, in place, dL/d of `before`
        through this tick and all later ones.
        """
        ...
