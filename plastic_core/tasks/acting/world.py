"""What a world promises to those who act in it: B environments side by side, one step of all of them at once.

A world is built from all random draws of its episodes, up front, so an episode is the same in any batch; its state is
tensors, and it has no loop over B. A world is used up by living in it: it is built anew for every batch.

Letters: B episodes, O channels of an observation, A actions.
"""

from __future__ import annotations

from typing import Protocol

import torch

Tensor = torch.Tensor


class World(Protocol):
    """B environments in the middle of their episodes."""

    @property
    def observations(self) -> int:
        """O."""
        ...

    @property
    def actions(self) -> int:
        """A: an action is a number in 0..A-1."""
        ...

    def begin(self) -> Tensor:
        """What is seen before the first action, float32[B, O]."""
        ...

    def act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """One step of all, by actions int64[B]: its reward, float32[B], and what is seen after it, float32[B, O]."""
        ...
