"""Who acts without having learned anything: what every agent is measured against.

Letters: T ticks, B episodes.
"""

from __future__ import annotations

import torch

from plastic_core.tasks.acting.world import World

Tensor = torch.Tensor


def wandered(world: World, draws: Tensor) -> Tensor:
    """Rewards float32[T, B] of actions all as likely, by draws [T, B], uniform in [0, 1). Uses up the world."""
    world.begin()
    rewards = [world.act((draw * world.actions).long())[0] for draw in draws]
    return torch.stack(rewards)
