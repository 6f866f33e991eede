"""What an episode keeps for its way back, and the walk back over it.

A tick leaves its vectors, [B, N] and [B, M]. Every `spacing` ticks the traces are copied; where that makes more than
twice `spacing` copies, every second one is given up and `spacing` doubles. So after T ticks there are at most
2 * spacing copies, with spacing about the root of T, whatever T comes to be. The walk regains the traces of one
segment from its copy at a time, and holds one dL/dH throughout.

Letters: B streams, N presynaptic and M postsynaptic neurons, T ticks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from plastic_core.trace.contract import Fast, Synapses
from plastic_core.trace.copies import copy, first, part, room
from plastic_core.trace.passes import Passes, ReadGradients, SlowGradients, Step, StepGradients

Tensor = torch.Tensor

WALKED = (
    "an episode of adjoint traces was walked back before: add its losses up and call backward once,"
    " or keep its traces with PlainTrace"
)


class Checkpoints:
    """Copies of the traces from before some ticks; from before tick 0 the traces that the episode began with."""

    def __init__(self, start: Fast) -> None:
        self.spacing = 4
        self._kept = {0: start}
        self._spare: list[Fast] = []

    def __len__(self) -> int:
        return len(self._kept)

    def pass_by(self, index: int, fast: Fast) -> None:
        """Keep `fast`, the traces before tick `index`, if it is a tick to keep; ticks come in order."""
        if index % self.spacing or index in self._kept:
            return
        if len(self._kept) == 2 * self.spacing:
            self._thin()
            if index % self.spacing:
                return
        if not self._spare:
            more = room(fast, self.spacing)
            self._spare = [part(more, k) for k in reversed(range(self.spacing))]
        self._kept[index] = self._spare.pop()
        copy(fast, self._kept[index])

    def before(self, index: int) -> tuple[int, Fast]:
        """The last copy at or before tick `index`, with its own tick."""
        first = index - index % self.spacing
        return first, self._kept[first]

    def _thin(self) -> None:
        self.spacing *= 2
        for index in [index for index in self._kept if index % self.spacing]:
            self._spare.append(self._kept.pop(index))


@dataclass
class Totals:
    """DL/d of what an episode began with."""

    slow: SlowGradients
    adjoint: Fast
    """dL/d of the traces; of those before the first tick once the walk is over."""
    readings: list[tuple[Tensor, Tensor]] = field(default_factory=list[tuple[Tensor, Tensor]])
    """(pre [B, N], dL/d inward [B, M]) of each tick: dL/dw is the sum of their outer products."""

    def fixed(self) -> Tensor | None:
        """DL/dw, [N, M], as one matrix product."""
        if not self.readings:
            return None
        pres, inwards = zip(*self.readings, strict=True)
        return torch.cat(pres).T @ torch.cat(inwards)


class Tape:
    """The ticks of one episode. Holds no graph, so that an episode that nobody refers to any more is freed at once."""

    def __init__(self, passes: Passes, synapses: Synapses, start: Fast) -> None:
        self.asked: tuple[bool, bool, bool, bool, bool] = (True, True, True, True, True)
        """Whether gradients of fixed, alpha, leak, rate and the first traces are asked for."""
        self.steps: list[Step] = []
        self.checkpoints = Checkpoints(start)
        self._passes, self._synapses = passes, synapses
        self._totals: Totals | None = None
        self._segment: tuple[Fast, Fast] | None = None
        """The traces before the segment's first tick, and those before each other one, [K, B, N, M]."""
        self._first = 0
        self._walked = False

    def record(self, step: Step, fast: Fast) -> int:
        """The index of a tick; `fast`: the traces before it."""
        index = len(self.steps)
        if not self._walked:
            self.checkpoints.pass_by(index, fast)
            self.steps.append(step)
        return index

    def begin_walk(self, trace: Tensor | None = None, eligibility: Tensor | None = None) -> None:
        """Start the walk back from dL/d of the traces after the last tick. Raises RuntimeError the second time."""
        if self._walked:
            raise RuntimeError(WALKED)
        self._walked = True
        synapses, (_, alpha, leak, rate, _) = self._synapses, self.asked
        slow = SlowGradients(
            torch.zeros_like(synapses.alpha) if alpha else None,
            torch.zeros_like(synapses.leak) if leak else None,
            torch.zeros_like(synapses.rate) if rate else None,
        )
        start = self.checkpoints.before(0)[1]
        given = None if start.eligibility is None else _own(eligibility, start.eligibility)
        self._totals = Totals(slow, Fast(_own(trace, start.trace), given))

    def back(self, index: int, read: ReadGradients) -> StepGradients:
        """Walk tick `index` back; called for one tick after the other, from the last to the first."""
        totals = self._totals
        if totals is None:
            raise RuntimeError(WALKED)
        step = self.steps[index]
        before = self._before(index)
        gradients = self._passes.back(self._synapses, before, step, read, totals.adjoint, totals.slow)
        if self.asked[0] and step.pre is not None and read.inward is not None:
            totals.readings.append((step.pre, read.inward))
        if index == 0:
            self._forget()
        return gradients

    def totals(self) -> Totals:
        """What the walk came to; once."""
        totals, self._totals = self._totals, None
        if totals is None:
            raise RuntimeError(WALKED)
        return totals

    def _before(self, index: int) -> Fast:
        """The traces from before tick `index`; a segment's are regained when its last tick is asked for."""
        if self._segment is None or index < self._first:
            self._first, start = self.checkpoints.before(index)
            into = self._segment[1] if self._segment else room(start, self.checkpoints.spacing - 1)
            self._segment = start, into
            writes = [step.write for step in self.steps[self._first : index]]
            self._passes.replay(self._synapses, start, writes, first(into, len(writes)))
        start, others = self._segment
        return start if index == self._first else part(others, index - self._first - 1)

    def _forget(self) -> None:
        self.steps, self._segment = [], None
        self.checkpoints = Checkpoints(Fast(torch.empty(0)))
        if not any(self.asked):
            self._totals = None


def _own(given: Tensor | None, like: Tensor) -> Tensor:
    """A copy to work on; zeros where nothing was given."""
    return torch.zeros_like(like) if given is None else torch.empty_like(like).copy_(given)
