"""The recurrent plastic layer as a torch module: a trainable `Network`.

Letters: T ticks, B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from plastic_core.cells.connections import Connections, ConnectionsConfig, rule_named
from plastic_core.cells.modulator import KeyedWriting, Neuromodulator, modulates
from plastic_core.cells.recurrent_tick import (
    RecurrentState,
    RecurrentWeights,
    driven,
    fast_of,
    numbers,
    tick,
    weights_of,
)
from plastic_core.network import Network, NetworkState, checked, settled
from plastic_core.trace.contract import Fast, Tracing, nothing_written
from plastic_core.trace.plain import PlainTrace

Tensor = torch.Tensor


@dataclass(frozen=True)
class RecurrentConfig:
    """How a recurrent plastic layer is made. Raises ValueError for settings that contradict each other."""

    width: int
    """D."""
    neurons: int
    """N."""
    connections: ConnectionsConfig = field(default_factory=ConnectionsConfig)
    modulated: bool | None = None
    """Whether the network has a neuromodulatory neuron of its own; None: as the rule needs."""
    fan_out: bool = False
    """The signal reaches each postsynaptic neuron with a learned strength of its own."""
    input: Literal["dense", "direct"] = "dense"
    """dense: W_in is learned. direct: D = N, channel c drives neuron c by `input_scale`; nothing is learned there."""
    input_scale: float = 1.0
    write_bound: float = math.inf
    """See Network.write_bound."""

    def __post_init__(self) -> None:
        """Check what hangs together."""
        if self.width < 1 or self.neurons < 1:
            raise ValueError(f"width and neurons are at least 1, not {self.width} and {self.neurons}")
        if self.input == "direct" and self.width != self.neurons:
            raise ValueError(f"direct input: a channel a neuron, not {self.width} for {self.neurons}")
        modulates(self.connections.rule, self.modulated)


class PlasticRecurrent(nn.Module):
    """A recurrent plastic layer: slow weights as parameters, state in and out.

    An episode runs from `begin` to the backward pass, through any number of calls. After a step of the optimiser a
    state must be `cut`, or begun anew: its trace still holds the connections that began it.
    """

    input: Tensor
    """W_in, [D, N], or [N] for direct input."""
    bias: Tensor
    """b, [N]."""

    def __init__(self, config: RecurrentConfig, seed: int) -> None:
        """The same config and seed give the same bytes, whatever was drawn elsewhere. Raises ValueError."""
        super().__init__()
        self.config = config
        rule, width, neurons = rule_named(config.connections.rule), config.width, config.neurons
        generator = torch.Generator().manual_seed(seed)
        if config.input == "direct":
            self.register_buffer("input", torch.full((neurons,), config.input_scale))
        else:
            self.input = nn.Parameter(torch.randn(width, neurons, generator=generator) / width**0.5)
        self.bias = nn.Parameter(torch.zeros(neurons))
        self.connections = Connections(config.connections, rule, neurons, neurons, generator)
        self.modulator = (
            Neuromodulator(neurons, config.fan_out, generator)
            if modulates(config.connections.rule, config.modulated)
            else None
        )
        driving = torch.diag(self.input) if self.input.ndim == 1 else self.input.detach()
        keyed = KeyedWriting(driving, config.connections.eta_start, generator) if rule.keyed else None
        self.key_value = keyed

    @staticmethod
    def of(network: Network) -> PlasticRecurrent:
        """A module that starts from a network's numbers, trainable again.

        A network does not say how its numbers came about: low rank, sparsity, numbers shared by a layer and what was
        fixed are forgotten. Raises ValueError for a leak out of [0, 1].
        """
        square = (network.neurons, network.neurons)
        connections = ConnectionsConfig(
            rule=network.rule,
            alpha="synapse" if network.alpha.shape == square else "neuron",
            eta="synapse" if network.leak.shape == square else "neuron",
            tied=network.leak.tobytes() == network.rate.tobytes(),
        )
        config = RecurrentConfig(
            width=network.width,
            neurons=network.neurons,
            connections=connections,
            modulated=network.modulator is not None,
            fan_out=network.modulator is not None and network.modulator.fan.size > 1,
            write_bound=float(network.write_bound),
        )
        cell, given = PlasticRecurrent(config, 0), weights_of(network)
        cell.connections.take(given.synapses)
        with torch.no_grad():
            cell.input.copy_(given.input)
            cell.bias.copy_(given.bias)
            if cell.modulator is not None and given.modulation is not None:
                cell.modulator.take(given.modulation)
            if cell.key_value is not None and given.keying is not None:
                cell.key_value.take(given.keying)
        return cell

    def weights(self) -> RecurrentWeights:
        """The slow weights of this moment as the tick takes them."""
        return RecurrentWeights(
            input=self.input,
            bias=self.bias,
            synapses=self.connections.synapses(),
            modulation=self.modulator and self.modulator.weights(),
            keying=self.key_value and self.key_value.weights(),
            write_bound=self.config.write_bound,
        )

    def begin(self, count: int, tracing: Tracing | None = None, state: NetworkState | None = None) -> RecurrentState:
        """The start of an episode of B = count streams: from `state` (copied), else from nothing.

        tracing: how traces are kept, None for PlainTrace. Raises ValueError where count, state and cell disagree.
        """
        neurons, rule = self.config.neurons, self.connections.rule
        synapses = self.connections.synapses()
        if state is None:
            hidden, fast = self.bias.new_zeros(count, neurons), nothing_written(synapses, count)
        else:
            if len(state) != count:
                raise ValueError(f"a state of {len(state)} streams, not of {count}")
            checked(state, self.config.connections.rule, neurons)
            state = settled(state)
            hidden = torch.tensor(state.hidden).to(self.bias)
            trace, eligibility = fast_of(state, rule.eligible)
            fast = Fast(trace.to(self.bias), None if eligibility is None else eligibility.to(self.bias))
        return RecurrentState(hidden, (tracing or PlainTrace)(synapses, fast), None)

    def forward(
        self, inputs: Tensor, state: RecurrentState | None = None, signal: Tensor | None = None
    ) -> tuple[Tensor, RecurrentState]:
        """Live through inputs [T, B, D], with signal [T, B] (s_t of network.py, None for ones).

        What is not finite is taken as it is, where an engine would take a 0: training wants to know of it.
        Returns the activity h, [T, B, N], and the state after; the state given is used up.
        """
        slow = self.weights()
        state = self.begin(inputs.shape[1]) if state is None else state
        drive, activity = driven(slow, inputs), list[Tensor]()
        for t, (given, driving) in enumerate(zip(inputs, drive, strict=True)):  # the way back of drive[t] is T long
            state = tick(slow, state, given, None if signal is None else signal[t], drive=driving)
            activity.append(state.hidden)
        return torch.stack(activity) if activity else drive, state

    def cut(self, state: RecurrentState, tracing: Tracing | None = None) -> RecurrentState:
        """The same memories at the start of a new episode: no gradient goes back beyond it. Uses up the state."""
        with torch.no_grad():
            fast = state.trace.settled(state.write).detached()
        return RecurrentState(state.hidden.detach(), (tracing or PlainTrace)(self.connections.synapses(), fast), None)

    def fast(self, state: RecurrentState) -> NetworkState:
        """What the streams remember, every write in it, as numpy arrays. Uses up the state."""
        with torch.no_grad():
            fast = state.trace.settled(state.write)
        hidden, trace = numbers(state.hidden), numbers(fast.trace)
        return (
            NetworkState(hidden, trace)
            if fast.eligibility is None
            else NetworkState(hidden, trace, numbers(fast.eligibility))
        )

    def network(self) -> Network:
        """The layer as numbers that every engine runs; direct input becomes a diagonal matrix."""
        synapses = self.connections.synapses()
        return Network(
            rule=self.config.connections.rule,
            input=numbers(torch.diag(self.input) if self.input.ndim == 1 else self.input),
            recurrent=numbers(synapses.fixed),
            bias=numbers(self.bias),
            alpha=numbers(synapses.alpha),
            leak=numbers(synapses.leak),
            rate=numbers(synapses.rate),
            modulator=self.modulator and self.modulator.network(),
            key_value=self.key_value and self.key_value.network(),
            write_bound=self.config.write_bound,
        )
