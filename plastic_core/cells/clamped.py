"""A plastic recurrent layer whose inputs clamp: where a neuron is told its activity, it has it; the others are free.

    y_t = given where clamped, else tanh((w + alpha * H_{t-1})^T y_{t-1})           H_t = rule(H_{t-1}, y_{t-1}, y_t)

(Miconi, Clune and Stanley 2018, sec. 4.2.) A layer lives through phases, each some ticks of one constant input.

**Phases that clamp every neuron are one write.** Nothing is read in them, and n ticks of the same p, under Hebb's rule
with one eta, come to

    H <- (1 - eta)^n H + eta s x p^T       s = sum_{k<n} (1 - eta)^k,  x = (l y + (s - l) p) / s,  l = (1 - eta)^(n-1)

with y the activity before; that is the rule's own write with the signal s, since eta s = 1 - (1 - eta)^n. It is exact,
and as a sum of powers fit to be differentiated where eta is 0 or 1.

Letters: B streams, N neurons, P phases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import nn

from plastic_core.cells.connections import Connections, ConnectionsConfig, rule_named
from plastic_core.cells.writing import associated
from plastic_core.trace.contract import Synapses, Trace, Tracing, Write, nothing_written
from plastic_core.trace.plain import PlainTrace
from plastic_core.trace.still import StillTrace

Tensor = torch.Tensor

CLAMPED_RULES = ("hebb", "none")


@dataclass(frozen=True)
class ClampedConfig:
    """How a clamped layer is made. Raises ValueError for settings that it cannot keep."""

    neurons: int
    """N; a bias is a neuron that every phase clamps at one."""
    connections: ConnectionsConfig = field(default_factory=ConnectionsConfig)

    def __post_init__(self) -> None:
        """Check the size, and that a constant phase is one write."""
        if self.neurons < 1:
            raise ValueError(f"neurons are at least 1, not {self.neurons}")
        if self.connections.rule not in CLAMPED_RULES:
            raise ValueError(
                f"a clamped layer keeps the rules {', '.join(CLAMPED_RULES)}, not {self.connections.rule!r}"
            )
        if self.connections.eta != "scalar" or not self.connections.tied:
            raise ValueError("a clamped layer has one eta, which is leak and rate: eta scalar and tied")


class Phase(NamedTuple):
    """Some ticks of one constant input."""

    given: Tensor
    """The activity where clamped, [B, N]; elsewhere it says nothing."""
    clamped: Tensor
    """bool[B, N]."""
    ticks: int
    """At least 1."""


class ClampedState(NamedTuple):
    """What B streams carry from phase to phase; used up by the next one."""

    synapses: Synapses
    """As they are throughout the episode: eta's clip must see its whole gradient."""
    hidden: Tensor
    """y, [B, N]."""
    trace: Trace
    write: Write | None
    """What the trace has yet to take in."""


class ClampedRecurrent(nn.Module):
    """A layer as above: w, alpha and eta as parameters, state in and out. Episodes as in PlasticRecurrent."""

    def __init__(self, config: ClampedConfig, seed: int) -> None:
        """The same config and seed give the same bytes, whatever was drawn elsewhere. Raises ValueError."""
        super().__init__()
        self.config = config
        rule, neurons = rule_named(config.connections.rule), config.neurons
        generator = torch.Generator().manual_seed(seed)
        self.connections = Connections(config.connections, rule, neurons, neurons, generator)

    def begin(self, count: int, tracing: Tracing | None = None) -> ClampedState:
        """The start of an episode of B = count streams, from nothing.

        tracing: how traces are kept, None for PlainTrace; under rule none there are none to keep.
        """
        synapses = self.connections.synapses()
        kept = StillTrace if self.config.connections.rule == "none" else tracing or PlainTrace
        hidden = synapses.fixed.new_zeros(count, self.config.neurons)
        return ClampedState(synapses, hidden, kept(synapses, nothing_written(synapses, count)), None)

    def forward(self, phases: Sequence[Phase], state: ClampedState) -> tuple[Tensor, ClampedState]:
        """Live through phases, at least one.

        Returns the activity at the last tick of each, [P, B, N], and the state after; the state given is used up.
        """
        ends = list[Tensor]()
        for phase in phases:
            state = lived(state, phase)
            ends.append(state.hidden)
        return torch.stack(ends), state


def lived(state: ClampedState, phase: Phase) -> ClampedState:
    """The state after one phase."""
    if bool(phase.clamped.all()):
        return held(state, phase)
    synapses, hidden, trace, write = state
    once = hidden.new_ones(1, 1)
    for _ in range(phase.ticks):
        inward, _, trace = trace.sweep(write, hidden)
        after = torch.where(phase.clamped, phase.given, torch.tanh(inward))
        hidden, write = after, associated(synapses, hidden, after, once)
    return ClampedState(synapses, hidden, trace, write)


def held(state: ClampedState, phase: Phase) -> ClampedState:
    """The state after a phase that clamps every neuron."""
    synapses, trace = state.synapses, state.trace
    if state.write is not None:
        trace = trace.sweep(state.write, torch.zeros_like(phase.given)).trace  # nobody reads: only to take the write in
    kept = (1 - synapses.leak[:, :1]) ** torch.arange(phase.ticks, device=phase.given.device)[:, None]
    strength, first = kept.sum(0, keepdim=True), kept[-1:]
    pre = (first * state.hidden + (strength - first) * phase.given) / strength
    return ClampedState(synapses, phase.given, trace, associated(synapses, pre, phase.given, strength))
