"""A network's own neuromodulatory neuron, and the keys and values of keyed rules, as torch modules.

Letters: D input channels, N neurons.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from plastic_core.cells.connections import rule_named
from plastic_core.cells.recurrent_tick import numbers
from plastic_core.cells.writing import Keying, Modulation
from plastic_core.network import KeyValue, Modulator

Tensor = torch.Tensor

LARGEST_KEPT = 0.9999
"""Even where eta_start is 0 the gate that keeps starts below one, where it can still be learned."""

BLUR = 0.1
"""Keys and values start with this much noise, against a signal of one."""


def modulates(rule: str, wished: bool | None) -> bool:
    """Whether a layer has a neuromodulatory neuron; wished None: as the rule needs. Raises ValueError."""
    needed = rule_named(rule).modulated
    if needed and wished is False:
        raise ValueError(f"rule {rule!r} needs a modulator")
    return needed if wished is None else wished


class Neuromodulator(nn.Module):
    """M = fan * tanh(h . weight + bias), see network.Modulator. Without fan-out the fan is one and fixed.

    At the start it says yes to most writes: what is not written earns no gradient.
    """

    weight: Tensor
    bias: Tensor
    fan: Tensor

    def __init__(self, neurons: int, fan_out: bool, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(neurons, generator=generator) / neurons**0.5)
        self.bias = nn.Parameter(torch.ones(1))
        if fan_out:
            self.fan = nn.Parameter(torch.ones(neurons))
        else:
            self.register_buffer("fan", torch.ones(1))

    def weights(self) -> Modulation:
        """As the tick takes it."""
        return Modulation(self.weight, self.bias, self.fan)

    def network(self) -> Modulator:
        """As numpy arrays, copied."""
        return Modulator(*[numbers(values) for values in self.weights()])

    @torch.no_grad()
    def take(self, given: Modulation) -> None:
        """Start from given weights, copied."""
        for mine, values in zip(self.weights(), given, strict=True):
            mine.copy_(values)


class KeyedWriting(nn.Module):
    """Keys, values and gates from [u, h], see network.KeyValue.

    At the start a key is about the activity itself, since this is what a trace is read with, and a value about what the
    input drives; half of the error is corrected, 1 - eta_start is kept.
    """

    key: Tensor
    value: Tensor
    gates: Tensor
    gates_bias: Tensor

    def __init__(self, driving: Tensor, eta_start: float, generator: torch.Generator) -> None:
        """driving: W_in, [D, N], as it starts."""
        super().__init__()
        width, neurons = driving.shape

        def drawn(outputs: int, scale: float) -> Tensor:
            return torch.randn(width + neurons, outputs, generator=generator) * (scale / (width + neurons) ** 0.5)

        nothing = torch.zeros_like(driving)
        self.key = nn.Parameter(drawn(neurons, BLUR) + torch.cat([nothing, torch.eye(neurons)]))
        self.value = nn.Parameter(drawn(neurons, BLUR) + torch.cat([driving, torch.zeros(neurons, neurons)]))
        self.gates = nn.Parameter(drawn(2, 1))
        kept = min(max(1 - eta_start, 1 - LARGEST_KEPT), LARGEST_KEPT)
        self.gates_bias = nn.Parameter(torch.tensor([0, math.log(kept / (1 - kept))]))

    def weights(self) -> Keying:
        """As the tick takes them."""
        return Keying(self.key, self.value, self.gates, self.gates_bias)

    def network(self) -> KeyValue:
        """As numpy arrays, copied."""
        return KeyValue(*[numbers(values) for values in self.weights()])

    @torch.no_grad()
    def take(self, given: Keying) -> None:
        """Start from given weights, copied."""
        for mine, values in zip(self.weights(), given, strict=True):
            mine.copy_(values)
