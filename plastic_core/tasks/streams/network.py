"""The network that the streams task trains: a layer that remembers, and what it offers to the readout.

Letters: T ticks, B streams, D slots, C channels of the largest stream, N neurons, R reads.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.tasks.streams.episodic import EpisodicHeads
from plastic_core.tasks.streams.readout import lag_features, predicted, solved
from plastic_core.trace.contract import Tracing
from plastic_core.trace.still import StillTrace

Tensor = torch.Tensor

BIAS_SCALE, INPUT_SCALE = 0.2, 2.0
"""As drawn networks of a service start: neurons of different thresholds, with drives beyond the linear part of tanh."""


class StreamEpisodes(NamedTuple):
    """Some streams side by side; the first four are [T, B, C], each stream's own channels first."""

    read: Tensor
    """float32: what the sensors said last."""
    sensed: Tensor
    """bool."""
    truth: Tensor
    """float32."""
    asked: Tensor
    """bool."""
    used: Tensor
    """bool[B, C]: channels that there are."""
    slots: Tensor
    """int64[B, C]: the slot of each channel."""


class RecurrentReads(nn.Module):
    """A recurrent plastic layer over the slots, and a linear read of its activity, the same for every channel."""

    def __init__(self, config: RecurrentConfig, reads: int, seed: int) -> None:
        super().__init__()
        self.body = PlasticRecurrent(config, seed)
        generator = torch.Generator().manual_seed(seed + 1)
        with torch.no_grad():
            self.body.bias.copy_(torch.randn(config.neurons, generator=generator) * BIAS_SCALE)
            self.body.input.mul_(INPUT_SCALE)
        self.read = nn.Parameter(torch.randn(config.neurons, reads, generator=generator) / config.neurons**0.5)

    def forward(self, batch: StreamEpisodes, tracing: Tracing) -> Tensor:
        """Reads [T, B, C, R]."""
        ticks, streams, channels = batch.read.shape
        slots = (batch.slots + ~batch.used * self.body.config.width).expand(ticks, streams, channels)
        wide = batch.read.new_zeros(ticks, streams, self.body.config.width + channels)
        inputs = wide.scatter(2, slots.clamp(max=self.body.config.width), batch.read)[..., : self.body.config.width]
        silent = self.body.config.connections.rule == "none"
        activity, _ = self.body(inputs, self.body.begin(streams, StillTrace if silent else tracing))
        return (activity @ self.read)[:, :, None].expand(ticks, streams, channels, self.read.shape[1])


class EpisodicReads(nn.Module):
    """The episodic head; what it offers a channel is that channel's own."""

    def __init__(self, heads: EpisodicHeads) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, batch: StreamEpisodes, tracing: Tracing) -> Tensor:
        """Reads [T, B, C, H + 2]."""
        del tracing
        return self.heads(batch.read, batch.sensed, batch.used)


class StreamNetwork(nn.Module):
    """A layer and the readout beside it."""

    def __init__(self, layer: RecurrentReads | EpisodicReads, lags: int) -> None:
        super().__init__()
        self.layer, self.lags = layer, lags
        self.ridge = nn.Parameter(torch.zeros(2))
        """Logarithms: of lags, of reads."""

    def forward(self, batch: StreamEpisodes, tracing: Tracing, first: int, middle: int) -> tuple[Tensor, Tensor]:
        """Expectations of the ticks from `middle` on, [T - middle, B, C]: of lags alone, and of lags and the layer.

        Both readouts learn from what the sensors said at the ticks from `first` to before `middle`.
        """
        lags = lag_features(batch.read, self.lags)
        everything = torch.cat([lags, self.layer(batch, tracing)], 3)
        weak, strong = torch.exp(self.ridge)
        ridge = torch.cat([weak.expand(lags.shape[3]), strong.expand(everything.shape[3] - lags.shape[3])])
        plain = self._tried(lags, batch, ridge[: lags.shape[3]].detach(), first, middle)
        return plain, self._tried(everything, batch, ridge, first, middle)

    def _tried(self, features: Tensor, batch: StreamEpisodes, ridge: Tensor, first: int, middle: int) -> Tensor:
        """Changes since what was said last are learned, so that a ridge pulls towards the last value."""
        change = batch.read[1:] - batch.read[:-1]
        learned = slice(first, middle - 1)
        weights = solved(features[learned], change[learned], batch.sensed[1:][learned], ridge)
        return batch.read[middle - 1 : -1] + predicted(weights, features[middle - 1 : -1])
