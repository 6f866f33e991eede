"""Four convolutions and one plastic layer: told a label once, the layer keeps what belongs to it.

While a labelled picture is shown, the label clamps the output, so what is written does not depend on what was answered,
and the trace after the showing has a closed form: of Oja's rule and one showing a class, eta times the class' features.
So every picture goes through the convolutions in one batch. `PlasticReadout` told its targets tick by tick is the
definition; tests hold the closed form to it.

Letters: B episodes, K labelled pictures, Q asked ones, N features, M classes, S x S pixels.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.readout import PlasticReadout, PlasticReadoutConfig
from plastic_core.trace.contract import Synapses

Tensor = torch.Tensor

CLOSED = ("oja", "hebb", "none")
"""Rules whose trace has this closed form."""
LAYERS, KERNEL, STRIDE = 4, 3, 2


class Embedding(nn.Module):
    """31 x 31 pixels to N = channels features: 4 convolutions, 3 x 3 at stride 2, each followed by a ReLU."""

    def __init__(self, channels: int, generator: torch.Generator) -> None:
        super().__init__()
        sizes = [1] + LAYERS * [channels]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for before, after in pairwise(sizes):
            # He et al. 2015: activity keeps its size through ReLUs
            scale = (2 / (before * KERNEL**2)) ** 0.5
            self.weights.append(scale * torch.randn(after, before, KERNEL, KERNEL, generator=generator))
            self.biases.append(torch.zeros(after))

    def forward(self, images: Tensor) -> Tensor:
        """[..., S, S] -> [..., N]."""
        # channels last in memory: a quarter faster on a CPU
        flat = images.reshape(-1, 1, *images.shape[-2:]).contiguous(memory_format=torch.channels_last)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            turned = weight.contiguous(memory_format=torch.channels_last)
            flat = functional.relu(functional.conv2d(flat, turned, bias, STRIDE))
        return flat.reshape(*images.shape[:-2], -1)


class OneShot(nn.Module):
    """Looks at labelled pictures, then names others."""

    def __init__(self, ways: int, channels: int, connections: ConnectionsConfig, seed: int) -> None:
        """ways: M. The same arguments give the same bytes. Raises ValueError for a rule without a closed form."""
        super().__init__()
        if connections.rule not in CLOSED:
            raise ValueError(f"rule is {', '.join(CLOSED[:-1])} or {CLOSED[-1]}, not {connections.rule!r}")
        self.ways = ways
        self.embedding = Embedding(channels, torch.Generator().manual_seed(seed))
        self.readout = PlasticReadout(PlasticReadoutConfig(channels, ways, connections), seed)
        self.readout.bias.requires_grad_(False)  # the published layer has none
        plastic = self.readout.connections
        # from alphas of one sign an answer begins as a likeness to what was shown; of random signs it has to become one
        start = torch.full_like(plastic.alpha, connections.alpha_gain / channels**0.5)
        plastic.keep("alpha", start, learned="alpha" in dict(plastic.named_parameters()))

    def forward(self, shown: Tensor, labels: Tensor, asked: Tensor) -> Tensor:
        """Logits [B, Q, M] of asked [B, Q, S, S], after shown [B, K, S, S] with labels int64[B, K], in this order.

        What is asked writes nothing: any number of pictures may be, and each is answered as if it were alone.
        """
        features = self.embedding(torch.cat([shown, asked], 1))
        told = functional.one_hot(labels, self.ways).to(features.dtype)
        synapses = self.readout.connections.synapses()
        trace = remembered(synapses, features[:, : shown.shape[1]], told)
        return features[:, shown.shape[1] :] @ (synapses.fixed + synapses.alpha * trace) + self.readout.bias


def remembered(synapses: Synapses, pre: Tensor, told: Tensor) -> Tensor:
    """The trace [B, N, M] after pre [B, K, N] went with clamped outputs told [B, K, M], from nothing.

    Each write fades by what the later ones take. leak and rate are one a neuron, [1, M].
    """
    drive = synapses.rule.drive(told, torch.ones_like(told))
    kept = 1 - synapses.leak * drive.fade
    later = torch.cat([kept[:, 1:], torch.ones_like(kept[:, :1])], 1).flip(1).cumprod(1).flip(1)
    return pre.mT @ (synapses.rate * drive.take * later)
