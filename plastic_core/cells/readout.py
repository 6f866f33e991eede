"""A plastic layer from inputs to outputs as a torch module: it can be told, once, what an input should bring.

    y_t = f( (w + alpha * H_{t-1})^T x_t + b )
    H_t = rule(H_{t-1}, x_t, written_t, s_t)                            see rules.py

What is written is y_t, or the target in its place: the target clamps the output (Miconi, Clune and Stanley 2018,
sec. 4.4). Under rule "error" it is the difference, target - y_t (see rules.error_modulated), and nothing where there
is no target. A neuromodulatory signal comes from outside, in [T, B]; eligible rules release by it.

Letters: T ticks, B streams, N inputs, M outputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

import torch
from torch import nn

from plastic_core.cells.connections import Connections, ConnectionsConfig
from plastic_core.cells.writing import associated, shortened
from plastic_core.rules import RULES, Rule, accumulated, error_modulated
from plastic_core.trace.contract import Fast, Synapses, Trace, Tracing, Write, nothing_written
from plastic_core.trace.plain import PlainTrace

Tensor = torch.Tensor
Activation = Literal["tanh", "softmax", "identity"]

READOUT_RULES: Mapping[str, Rule] = MappingProxyType(
    {name: rule for name, rule in RULES.items() if not rule.keyed} | {"error": Rule(accumulated)}
)
"""Name -> rule of a readout."""


@dataclass(frozen=True)
class PlasticReadoutConfig:
    """How a plastic readout is made. Raises ValueError for settings out of range."""

    inputs: int
    """N."""
    outputs: int
    """M."""
    connections: ConnectionsConfig = field(default_factory=lambda: ConnectionsConfig(rule="oja"))
    """Its rule is a key of READOUT_RULES."""
    activation: Activation = "softmax"
    write_bound: float = math.inf
    """See Network.write_bound."""

    def __post_init__(self) -> None:
        """Check the rule and the size."""
        if self.inputs < 1 or self.outputs < 1:
            raise ValueError(f"inputs and outputs are at least 1, not {self.inputs} and {self.outputs}")
        if self.connections.rule not in READOUT_RULES:
            raise ValueError(f"no rule {self.connections.rule!r} of a readout; there are {', '.join(READOUT_RULES)}")


class ReadoutState(NamedTuple):
    """What B streams carry from tick to tick; used up by the next call."""

    trace: Trace
    write: Write | None
    """What the trace has yet to take in."""


class PlasticReadout(nn.Module):
    """A feed-forward plastic layer: slow weights as parameters, state in and out. Episodes as in PlasticRecurrent."""

    def __init__(self, config: PlasticReadoutConfig, seed: int) -> None:
        """The same config and seed give the same bytes, whatever was drawn elsewhere. Raises ValueError."""
        super().__init__()
        self.config = config
        generator = torch.Generator().manual_seed(seed)
        rule = READOUT_RULES[config.connections.rule]
        self.connections = Connections(config.connections, rule, config.inputs, config.outputs, generator)
        self.bias = nn.Parameter(torch.zeros(config.outputs))

    def begin(self, count: int, tracing: Tracing | None = None, fast: Fast | None = None) -> ReadoutState:
        """The start of an episode of B = count streams: from `fast`, else from nothing.

        tracing: how traces are kept, None for PlainTrace. Raises ValueError where count and `fast` disagree.
        """
        synapses, size = self.connections.synapses(), (count, self.config.inputs, self.config.outputs)
        if fast is not None and fast.trace.shape != size:
            raise ValueError(f"traces are {size}, not {tuple(fast.trace.shape)}")
        fast = nothing_written(synapses, count) if fast is None else fast
        return ReadoutState((tracing or PlainTrace)(synapses, fast), None)

    def forward(
        self,
        inputs: Tensor,
        state: ReadoutState | None = None,
        target: Tensor | None = None,
        signal: Tensor | None = None,
    ) -> tuple[Tensor, ReadoutState]:
        """Outputs y [T, B, M] of inputs [T, B, N], before any clamp, and the state after; the state given is used up.

        target [T, B, M]: what is written in place of y; None for y itself. signal [T, B]: s_t, None for ones; 0 leaves
        the trace as it is.
        """
        synapses = self.connections.synapses()
        state = self.begin(inputs.shape[1]) if state is None else state
        outputs = list[Tensor]()
        for t, given in enumerate(inputs):
            inward, _, trace = state.trace.sweep(state.write, given)
            output = activated(inward + self.bias, self.config.activation)
            told = output.new_ones(len(output), 1) if signal is None else signal[t][:, None]
            write = self._write(synapses, given, output, None if target is None else target[t], told)
            state = ReadoutState(trace, shortened(write, synapses, self.config.write_bound))
            outputs.append(output)
        return torch.stack(outputs) if outputs else inputs.new_zeros(0, inputs.shape[1], self.config.outputs), state

    def _write(self, synapses: Synapses, pre: Tensor, output: Tensor, target: Tensor | None, told: Tensor) -> Write:
        if self.config.connections.rule == "error":
            return Write(pre, error_modulated(output if target is None else target, output, told.expand_as(output)))
        return associated(synapses, pre, output if target is None else target, told)

    @torch.no_grad()
    def fast(self, state: ReadoutState) -> Fast:
        """What the streams remember, every write in it, without gradients. Uses up the state."""
        return state.trace.settled(state.write).detached()


def activated(drive: Tensor, activation: Activation) -> Tensor:
    """The output f(drive), [B, M]; softmax over the outputs."""
    match activation:
        case "tanh":
            return torch.tanh(drive)
        case "softmax":
            return torch.softmax(drive, 1)
        case "identity":
            return drive
