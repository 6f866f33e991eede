"""The readout's definition, in torch: pure functions over K channels at once, differentiable, any float type.

Letters: K channels (of any streams), N neurons, Q own features, A averages, E candidates. Equations: README.md.
"""

from __future__ import annotations

import torch
from torch import Tensor


def corrected_neurons(readout: Tensor, hidden: Tensor, error: Tensor, rate: float) -> Tensor:
    """F [K, N] after F += rate * error h^T / (1 + |h|^2); hidden [K, N], error [K]."""
    return readout + rate * (error / (1 + (hidden * hidden).sum(1)))[:, None] * hidden


def corrected_own(
    weights: Tensor, inverse: Tensor, q: Tensor, change: Tensor, forgetting: float, ceiling: float
) -> tuple[Tensor, Tensor]:
    """G [K, Q] and P [K, Q, Q] after one step of recursive least squares towards change [K]."""
    spread = (inverse * q[:, None, :]).sum(2)
    share = 1 / (forgetting + (spread * q).sum(1))
    miss = change - (weights * q).sum(1)
    weights = weights + (spread * (share * miss)[:, None])
    inverse = inverse - spread[:, :, None] * spread[:, None, :] * share[:, None, None]
    wound = inverse.diagonal(dim1=1, dim2=2).mean(1) >= ceiling
    return weights, torch.where(wound[:, None, None], inverse, inverse / forgetting)


def judged(losses: Tensor, parts: Tensor, change: Tensor, seen: Tensor, horizon: float) -> Tensor:
    """Losses [K, E] after a change [K] in channels sensed `seen` [K] times before."""
    fresh = torch.clamp(1 / (seen + 1), min=1 / horizon)
    miss = change[:, None] - parts
    return losses + fresh[:, None] * (miss * miss - losses)


def trust(losses: Tensor) -> Tensor:
    """Weights [K, E] of the candidates, summing to 1: losses to the power of minus eight."""
    least = losses.amin(1, keepdim=True)
    best = losses <= least
    weight = torch.where(best, torch.ones_like(losses), least / torch.where(best, torch.ones_like(losses), losses)) ** 8
    return weight / weight.sum(1, keepdim=True)


def remembered(q: Tensor, averages: Tensor, level: Tensor, mixed: Tensor, moved: Tensor) -> Tensor:
    """Short memory [K, Q] of this tick from the last one and the averages [K, A], level, mixed and last change [K]."""
    size = averages.shape[1]
    head = torch.stack([torch.ones_like(level), level, mixed - level], 1)
    return torch.cat([head, averages - level[:, None], moved[:, None], q[:, 3 + size : -1]], 1)


def candidates(q: Tensor, own: Tensor, neurons: Tensor, reach: Tensor, size: int) -> Tensor:
    """Changes [K, E] that each candidate expects, from G q and F h [K]; none of the learned ones beyond reach [K]."""
    own = torch.clamp(own, -reach, reach)
    both = torch.clamp(own + neurons, -reach, reach)
    return torch.cat([torch.zeros_like(own)[:, None], q[:, 3 : 3 + size], own[:, None], both[:, None]], 1)
