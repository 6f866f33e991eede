"""The plastic LSTM as a torch module, see lstm_tick.py.

Letters: T ticks, B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import nn

from plastic_core.cells.connections import Connections, ConnectionsConfig, rule_named
from plastic_core.cells.lstm_tick import LSTMMemory, LSTMState, LSTMWeights, lstm_driven, lstm_tick
from plastic_core.cells.modulator import KeyedWriting, Neuromodulator, modulates
from plastic_core.trace.contract import Tracing, nothing_written
from plastic_core.trace.plain import PlainTrace

Tensor = torch.Tensor

FORGET_BIAS = 1.0
"""The forget gate starts open (Gers, Schmidhuber and Cummins 2000; Jozefowicz et al. 2015)."""


@dataclass(frozen=True)
class LSTMConfig:
    """How a plastic LSTM is made. Raises ValueError for settings that contradict each other."""

    width: int
    """D."""
    neurons: int
    """N."""
    connections: ConnectionsConfig = field(default_factory=lambda: ConnectionsConfig(gain=1.0))
    """Those to the candidate."""
    modulated: bool | None = None
    """Whether the network has a neuromodulatory neuron of its own; None: as the rule needs."""
    fan_out: bool = False
    """The signal reaches each postsynaptic neuron with a learned strength of its own."""
    write_bound: float = math.inf
    """See Network.write_bound."""

    def __post_init__(self) -> None:
        """Check what hangs together."""
        if self.width < 1 or self.neurons < 1:
            raise ValueError(f"width and neurons are at least 1, not {self.width} and {self.neurons}")
        modulates(self.connections.rule, self.modulated)


class PlasticLSTM(nn.Module):
    """A plastic LSTM: slow weights as parameters, state in and out. Episodes as in PlasticRecurrent."""

    def __init__(self, config: LSTMConfig, seed: int) -> None:
        """The same config and seed give the same bytes, whatever was drawn elsewhere. Raises ValueError."""
        super().__init__()
        self.config = config
        rule, width, neurons = rule_named(config.connections.rule), config.width, config.neurons
        generator = torch.Generator().manual_seed(seed)
        self.input = nn.Parameter(torch.randn(width, 4 * neurons, generator=generator) / width**0.5)
        self.gates = nn.Parameter(torch.randn(neurons, 3 * neurons, generator=generator) / neurons**0.5)
        start = torch.zeros(4 * neurons)
        start[neurons : 2 * neurons] = FORGET_BIAS
        self.bias = nn.Parameter(start)
        self.connections = Connections(config.connections, rule, neurons, neurons, generator)
        self.modulator = (
            Neuromodulator(neurons, config.fan_out, generator)
            if modulates(config.connections.rule, config.modulated)
            else None
        )
        driving = self.input.detach()[:, 3 * neurons :]
        self.key_value = KeyedWriting(driving, config.connections.eta_start, generator) if rule.keyed else None

    def weights(self) -> LSTMWeights:
        """The slow weights of this moment as the tick takes them."""
        return LSTMWeights(
            input=self.input,
            gates=self.gates,
            bias=self.bias,
            synapses=self.connections.synapses(),
            modulation=self.modulator and self.modulator.weights(),
            keying=self.key_value and self.key_value.weights(),
            write_bound=self.config.write_bound,
        )

    def begin(self, count: int, tracing: Tracing | None = None, memory: LSTMMemory | None = None) -> LSTMState:
        """The start of an episode of B = count streams: from `memory`, else from nothing.

        tracing: how traces are kept, None for PlainTrace. Raises ValueError where count and memory disagree.
        """
        synapses = self.connections.synapses()
        if memory is None:
            rows = self.bias.new_zeros(count, self.config.neurons)
            memory = LSTMMemory(rows, rows, nothing_written(synapses, count))
        elif len(memory.hidden) != count:
            raise ValueError(f"a memory of {len(memory.hidden)} streams, not of {count}")
        trace = (tracing or PlainTrace)(synapses, memory.fast)
        return LSTMState(memory.hidden, memory.cell, trace, None)

    def forward(
        self, inputs: Tensor, state: LSTMState | None = None, signal: Tensor | None = None
    ) -> tuple[Tensor, LSTMState]:
        """Live through inputs [T, B, D], with signal [T, B] (s_t, None for ones).

        Returns the output h, [T, B, N], and the state after; the state given is used up.
        """
        slow = self.weights()
        state = self.begin(inputs.shape[1]) if state is None else state
        drive, outputs = lstm_driven(slow, inputs), list[Tensor]()
        for t, (given, driving) in enumerate(zip(inputs, drive, strict=True)):  # the way back of drive[t] is T long
            state = lstm_tick(slow, state, given, None if signal is None else signal[t], drive=driving)
            outputs.append(state.hidden)
        return torch.stack(outputs) if outputs else drive[..., : self.config.neurons], state

    @torch.no_grad()
    def memory(self, state: LSTMState) -> LSTMMemory:
        """What the streams remember, every write in it, without gradients. Uses up the state."""
        fast = state.trace.settled(state.write).detached()
        return LSTMMemory(state.hidden.detach(), state.cell.detach(), fast)
