"""Processes that train one model together: each lives through its share of a batch, then all take the same step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import distributed


class TeamLost(Exception):
    """Another process of the team is gone."""


class Team(Protocol):
    """Equal processes, numbered from 0; number 0 also evaluates, saves and logs."""

    @property
    def rank(self) -> int:
        """This process's number."""
        ...

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def average(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace each tensor by its mean over the team, the same bytes everywhere. Raises TeamLost."""
        ...

    def any(self, wish: bool) -> bool:
        """Whether anybody wishes it; all must ask together. Raises TeamLost."""
        ...


@dataclass(frozen=True)
class Alone:
    """See Team: one process."""

    rank: int = 0
    size: int = 1

    def average(self, tensors: Sequence[torch.Tensor]) -> None:
        """See Team."""

    def any(self, wish: bool) -> bool:
        """See Team."""
        return wish


@dataclass(frozen=True)
class Together:
    """See Team: torch.distributed's default group, which somebody else has set up."""

    @property
    def rank(self) -> int:
        """See Team."""
        return distributed.get_rank()

    @property
    def size(self) -> int:
        """See Team."""
        return distributed.get_world_size()

    def average(self, tensors: Sequence[torch.Tensor]) -> None:
        """See Team. One message for all tensors: many small ones would each wait for the slowest."""
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        _summed(flat)
        flat /= self.size
        start = 0
        for tensor in tensors:
            tensor.copy_(flat[start : start + tensor.numel()].view_as(tensor))
            start += tensor.numel()

    def any(self, wish: bool) -> bool:
        """See Team."""
        told = torch.tensor([float(wish)])
        _summed(told)
        return bool(told.item() > 0)


def _summed(values: torch.Tensor) -> None:
    """In place, over the team."""
    try:
        distributed.all_reduce(values)
    except RuntimeError as error:  # gloo has no class of its own for a peer that does not answer
        raise TeamLost(f"a process of the team was lost: {' '.join(str(error).split())}") from error


def share(batch: range, team: Team) -> range:
    """The episodes of a batch that are this process's; the batch divides evenly. Raises ValueError where it does not.

    >>> share(range(8, 12), Alone())
    range(8, 12)
    """
    each, left = divmod(len(batch), team.size)
    if left:
        raise ValueError(f"a batch of {len(batch)} episodes does not divide among {team.size} workers")
    return batch[team.rank * each : (team.rank + 1) * each]
