"""What plasticity is measured against: an LSTM without it, as large in trained numbers, with a linear answer.

Letters: T ticks, B streams, D input channels, N cells, M outputs.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.lstm import LSTMConfig, PlasticLSTM
from plastic_core.trace.still import StillTrace

Tensor = torch.Tensor


class ControlLSTM(nn.Module):
    """An LSTM and a linear readout of its output."""

    def __init__(self, width: int, neurons: int, outputs: int, seed: int) -> None:
        """The same arguments give the same bytes, whatever was drawn elsewhere. Raises ValueError."""
        super().__init__()
        connections = ConnectionsConfig(rule="none", alpha="scalar", gain=1.0)
        self.lstm = PlasticLSTM(LSTMConfig(width, neurons, connections), seed)
        generator = torch.Generator().manual_seed(seed + 1)
        self.weight = nn.Parameter(torch.randn(neurons, outputs, generator=generator) / neurons**0.5)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """The answer after the last tick, [B, M], of inputs [T, B, D]; an episode begins from nothing."""
        hidden, _ = self.lstm(inputs, self.lstm.begin(inputs.shape[1], StillTrace))
        return hidden[-1] @ self.weight + self.bias


def cells_for(numbers: int, width: int, outputs: int) -> int:
    """The N whose ControlLSTM comes nearest to training so many numbers, 4 N (N + D + 1) + M (N + 1); at least 1."""
    linear = 4 * (width + 1) + outputs
    root = (math.sqrt(linear**2 + 16 * max(numbers - outputs, 0)) - linear) / 8
    return max(1, round(root))
