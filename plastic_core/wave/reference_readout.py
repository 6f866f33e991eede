"""The readout's definition, in torch: pure functions over K channels at once, differentiable, any float type.

Letters: K channels (of any streams), N neurons, Q own features, A averages, E candidates. Equations: README.md.
"""

from __future__ import annotations

import torch
from torch import Tensor

from plastic_core.readout import FIRST_EPISODE


def decorrelated(root: Tensor, features: Tensor, forgetting: float, ceiling: float) -> tuple[Tensor, Tensor]:
    """S [K, Q, Q] after features [K, Q] were taken into P = S S^T, and the gain P f / (lambda + f P f), [K, Q].

        a = S^T f        share = 1 / (lambda + a.a)        gain = S a share
        S <- (S - gain a^T / (1 + sqrt(lambda share))) / sqrt(lambda)

    Squaring the last line gives the update of P: (P - P f f^T P share) / lambda (Potter 1963).
    """
    seen = (root * features[:, :, None]).sum(1)
    share = 1 / (forgetting + (seen * seen).sum(1))
    gain = (root * seen[:, None, :]).sum(2) * share[:, None]
    shrink = 1 / (1 + torch.sqrt(forgetting * share))
    wound = (root * root).sum((1, 2)) >= ceiling * root.shape[1]
    grow = torch.where(wound, torch.ones_like(share), torch.full_like(share, forgetting**-0.5))
    after = root - (gain * shrink[:, None])[:, :, None] * seen[:, None, :]
    return after * grow[:, None, None], gain


def heeded(heed: Tensor, added: Tensor, missed: Tensor, prior: Tensor, forgetting: float) -> Tensor:
    """The sums behind g, [K, 2], after the neurons added `added` where `missed` was missing, [K] each."""
    return heed + (1 - forgetting) * (prior - heed) + torch.stack([added * missed, added * added], 1)


def heed_of(heed: Tensor) -> Tensor:
    """[K]: g, in [0, 1]."""
    return torch.clamp(heed[:, 0] / heed[:, 1], 0, 1)


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


def remembered(
    q: Tensor,
    averages: Tensor,
    level: Tensor,
    mixed: Tensor,
    moved: Tensor,
    ahead: Tensor,
    now: Tensor,
    recalled: Tensor,
    went: Tensor,
) -> Tensor:
    """Short memory [K, Q] of this tick, from the last one.

    averages: [K, A]. [K] each: level, percept, last change, what the clock recalls for the next tick and for this one.
    recalled [K, H], went [K, 2]: where episodes went to, and how far.
    """
    first_lag = FIRST_EPISODE + recalled.shape[1] + averages.shape[1]
    head = torch.stack([torch.ones_like(level), level, mixed - level, ahead - level, now - level], 1)
    past = [went, recalled - level[:, None], averages - level[:, None], moved[:, None], q[:, first_lag:-1]]
    return torch.cat([head, *past], 1)


def candidates(averages: Tensor, clock: Tensor, regimes: Tensor, own: Tensor, neurons: Tensor, reach: Tensor) -> Tensor:
    """Changes [K, E] that each candidate expects; of the learned ones none beyond reach [K].

    averages: [K, A], average - level. [K] each: the clock's recall - level, the bank's part, G q, g F h.
    """
    learned = torch.stack([regimes, own, own + neurons], 1)
    held = torch.minimum(torch.maximum(learned, -reach[:, None]), reach[:, None])
    return torch.cat([torch.zeros_like(own)[:, None], averages, clock[:, None], held], 1)
