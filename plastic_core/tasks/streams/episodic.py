"""The episodic head of the service's core, trainable: plastic_core/episodes.py over whole episodes, differentiable.

The equations are those of episodes.py, with every percept kept (no more ticks than M are lived through here). What is
learned by gradient is what a head compares: lambda, how fast a tick of the course fades, and tau, how near is near.
Heads that start with a lambda of 0 compare moments alone and keep to that, since the core holds no distances of them.

Letters: T ticks, B streams, C channels, A = T lags, H heads of which J compare all channels and O each its own.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import nn

from plastic_core.cells.recurrent_tick import numbers
from plastic_core.episodes import EpisodeSettings

Tensor = torch.Tensor

BLUR = 0.1
"""Standard deviation with which heads start near the settings, in logarithms and logits."""
SMALLEST_SCALE = 1e-6
"""As wave/episode_kernel.py has it."""
SQUARINGS = 3
"""The kernel is the eighth power of a fraction."""


class EpisodicHeads(nn.Module):
    """See the head of this file."""

    keep: Tensor
    """[H]: logits of the lambdas that are learned; what stands for those that are 0 is not looked at."""
    width: Tensor
    """[H]: logarithms of tau."""

    def __init__(self, settings: EpisodeSettings, seed: int) -> None:
        """Heads start near `settings`, each seed elsewhere."""
        super().__init__()
        self.settings = settings
        heads = (*settings.joint, *settings.own)
        starts = [(math.log(keep / (1 - keep)) if keep else 0.0, math.log(tau)) for keep, tau in heads]
        blurred = torch.randn(len(heads), 2, generator=torch.Generator().manual_seed(seed)) * BLUR
        keep, width = (torch.tensor(starts) + blurred).unbind(1)
        self.keep, self.width = nn.Parameter(keep.clone()), nn.Parameter(width.clone())

    @property
    def reads(self) -> int:
        """How many numbers a channel is offered."""
        return len(self.width) + 2

    def learned(self) -> EpisodeSettings:
        """What a core is to be set to."""
        keep, width = numbers(torch.sigmoid(self.keep)), numbers(torch.exp(self.width))
        heads = [
            (float(kept) if start else 0.0, float(tau))
            for (start, _), kept, tau in zip((*self.settings.joint, *self.settings.own), keep, width, strict=True)
        ]
        joint = len(self.settings.joint)
        return replace(self.settings, joint=tuple(heads[:joint]), own=tuple(heads[joint:]))

    def forward(self, x: Tensor, sensed: Tensor, used: Tensor) -> Tensor:
        """Reads [T, B, C, H + 2] of percepts x [T, B, C], of tick t for t + 1.

        How far each head would go to be where alike moments went, recalled - x, then `moved` of the last head of
        either kind. sensed: bool[T, B, C]; what was not sensed is remembered but moves no distance. used: bool[B, C].
        """
        sensed = sensed & used
        lags = torch.arange(len(x))[:, None] - torch.arange(1, len(x) + 1)  # t - a, [T, A]
        lived = (lags >= 0)[:, :, None, None]
        before, after = x[lags.clamp(min=0)] * lived, x[(lags + 1).clamp(min=0)] * lived
        own = (x[:, None] - before) ** 2
        counted = sensed.sum(2, keepdim=True)
        joint = (own * sensed[:, None]).sum(3, keepdim=True) / counted.clamp(min=1)[:, None]
        kinds = [(joint, counted > 0, self.settings.joint), (own, sensed, self.settings.own)]
        went, moved, head = list[Tensor](), list[Tensor](), 0
        for apart, told, heads in kinds:
            scale = _scale(apart.detach(), told, self.settings.horizon_ticks)
            arrived = left = x
            for start, _ in heads:
                keep = torch.sigmoid(self.keep[head]) if start else x.new_zeros(())
                # an own head of moments alone keeps no distance: it compares what is imagined too
                distance = _faded(apart, told, keep) if start or apart is joint else apart
                alike = _kernel(distance / (torch.exp(self.width[head]) * scale)) * lived
                total = alike.sum(1) + self.settings.doubt
                arrived = (_summed(alike, after) + self.settings.doubt * x) / total
                left = (_summed(alike, before) + self.settings.doubt * x) / total
                went.append(arrived - x)
                head += 1
            moved.append(arrived - left)
        return torch.stack([*went, *moved], 3) * used[:, :, None]


@torch.no_grad()
def _scale(apart: Tensor, told: Tensor, horizon: float) -> Tensor:
    """The stream's own measure of near and far, s, [T, 1, B, K], from d [T, A, B, K] at ticks told, bool[T, B, K]."""
    change, spread, scales = torch.zeros_like(apart[0, 0]), torch.zeros_like(apart[0, 0]), list[Tensor]()
    for t in range(len(apart)):
        if t:
            fresh = max(1 / t, 1 / horizon) * told[t]
            change = change + fresh * (apart[t, 0] - change)
            spread = spread + fresh * (apart[t, :t].mean(0) - spread)
        share = change / (spread + 3 * change).clamp(min=1e-30)
        scales.append(spread * torch.sqrt(share) + SMALLEST_SCALE)
    return torch.stack(scales)[:, None]


def _kernel(distance: Tensor) -> Tensor:
    """(1 + distance / 8)^-8."""
    alike = torch.reciprocal(1 + distance / 2**SQUARINGS)
    for _ in range(SQUARINGS):
        alike = alike * alike
    return alike


def _summed(alike: Tensor, values: Tensor) -> Tensor:
    """[T, B, C]: sum over lags of values [T, A, B, C] weighed by [T, A, B, 1 or C]."""
    if alike.shape[3] == 1:
        return torch.einsum("tab,tabc->tbc", alike[..., 0], values)
    return (alike * values).sum(1)


def _faded(apart: Tensor, told: Tensor, keep: Tensor) -> Tensor:
    """D [T, A, B, K] from d: (1 - keep) times the sum of d_s, s <= t and told, by keep to the ticks told since.

    told: bool[T, B, K].
    """
    ticks = told.cumsum(0).permute(1, 2, 0)  # [B, K, T]
    since = ticks[..., :, None] - ticks[..., None, :]
    counts = torch.ones_like(since, dtype=torch.bool).tril() & told.permute(1, 2, 0)[..., None, :]
    weights = torch.where(counts, (1 - keep) * keep ** since.clamp(min=0), 0.0)
    return torch.einsum("bkts,sabk->tabk", weights, apart)
