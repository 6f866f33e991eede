"""A plastic layer that remembers episodes: what followed the moments that were most like this one.

Every tick is stored at once, by one look: the recent past is the key, what followed is the value. Heads differ in what
they compare (all channels of the stream, or each channel its own), how far back, and how alike is alike:

    D_a <- decay D_a + (1 - decay) |x_t - x_{t-a}|^2          a = 1 .. t, mean over the channels that are compared
    k_a  = (1 + D_a / (8 width))^-8                           like exp(-D_a / width), by products alone
    r1   = sum_a k_a x_{t-a+1} / (sum_a k_a + DOUBT)          where alike moments went to
    r0   = sum_a k_a x_{t-a} / (sum_a k_a + DOUBT)            where they were

What is read is how far x would go to arrive where they went, r1 - x_t, and how far they went, r1 - r0.

D_a belongs to a lag and not to a moment, so a window of any length is one leaky average. This is the Hebbian outer
product of a layer with a neuron for each moment, which compete for being alike (a modern Hopfield network: Ramsauer et
al. 2021), and the method of analogues of weather forecasts (Lorenz 1969; Sugihara and May 1990). Decays and widths are
what is learned by gradient.

Letters: T ticks, B streams, C channels, A = T lags, H heads of which J compare all channels and O each its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from plastic_core.cells.recurrent_tick import numbers
from plastic_core.state import Float32

Tensor = torch.Tensor

DOUBT = 0.01
"""Weight of having seen nothing alike: a read is zero then."""
BLUR = 0.1
"""Standard deviation with which heads start near what is asked for, in logarithms."""
POWER = 8
"""Of the kernel; its logarithm to base 2 is how often it is squared."""


class Analogues(nn.Module):
    """See the head of this file."""

    def __init__(self, joint: Sequence[tuple[float, float]], own: Sequence[tuple[float, float]], seed: int) -> None:
        """joint, own: (decay, width) that heads start near. Raises ValueError out of decay in (0, 1), width > 0."""
        super().__init__()
        if not all(0 < decay < 1 and width > 0 for decay, width in (*joint, *own)):
            raise ValueError("decays lie within (0, 1), widths are above 0")
        self.joint = len(joint)
        starts = [(math.log(decay / (1 - decay)), math.log(width)) for decay, width in (*joint, *own)]
        blurred = torch.randn(len(starts), 2, generator=torch.Generator().manual_seed(seed)) * BLUR
        decays, widths = (torch.tensor(starts) + blurred).unbind(1)
        self.decay = nn.Parameter(decays.clone())
        """[H]: decay = sigmoid(this)."""
        self.width = nn.Parameter(widths.clone())
        """[H]: width = exp(this), code units squared."""

    def settings(self) -> tuple[Float32, Float32]:
        """Decays and widths, float32[H] each."""
        return numbers(torch.sigmoid(self.decay)), numbers(torch.exp(self.width))

    def forward(self, x: Tensor, used: Tensor) -> Tensor:
        """Reads [T, B, C, 2 H] of x [T, B, C]: r1 - x of each head, then r1 - r0; used bool[B, C]. Of t, for t + 1."""
        ticks = len(x)
        lags = torch.arange(ticks)[:, None] - torch.arange(1, ticks + 1)  # t - a, [T, A]
        lived = lags >= 0
        before = x[lags.clamp(min=0)] * lived[:, :, None, None]
        after = x[(lags + 1).clamp(min=0)] * lived[:, :, None, None]
        own = (x[:, None] - before) ** 2 * lived[:, :, None, None]
        joint = (own * used).sum(3, keepdim=True) / used.sum(1)[:, None]
        reads = [self._read(head, joint if head < self.joint else own, lived, before, after) for head in self._heads()]
        went, was = torch.stack([r1 for r1, _ in reads], 3), torch.stack([r0 for _, r0 in reads], 3)
        return torch.cat([went - x[..., None], went - was], 3) * used[:, :, None]

    def _heads(self) -> range:
        return range(len(self.decay))

    def _read(self, head: int, apart: Tensor, lived: Tensor, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """r1 and r0, [T, B, C], from squared differences [T, A, B, 1 or C]."""
        distance = _averaged(apart, torch.sigmoid(self.decay[head]))
        alike = _kernel(distance / torch.exp(self.width[head])) * lived[:, :, None, None]
        total = alike.sum(1) + DOUBT
        return _summed(alike, after) / total, _summed(alike, before) / total


def _kernel(distance: Tensor) -> Tensor:
    """(1 + distance / 8)^-8 by squaring three times."""
    alike = torch.reciprocal(1 + distance / POWER)
    for _ in range(POWER.bit_length() - 1):
        alike = alike * alike
    return alike


def _summed(alike: Tensor, values: Tensor) -> Tensor:
    """[T, B, C]: sum over lags of values [T, A, B, C] weighed by [T, A, B, 1 or C]."""
    if alike.shape[3] == 1:
        return torch.einsum("tab,tabc->tbc", alike[..., 0], values)
    return (alike * values).sum(1)


def _averaged(values: Tensor, decay: Tensor) -> Tensor:
    """Leaky average over ticks of values [T, ...]: the sum over s <= t of (1 - decay) decay^(t-s) values_s."""
    ticks = torch.arange(len(values))
    age = ticks[:, None] - ticks
    weights = torch.where(age >= 0, (1 - decay) * decay ** age.clamp(min=0), 0.0)
    return (weights @ values.reshape(len(values), -1)).reshape(values.shape)
