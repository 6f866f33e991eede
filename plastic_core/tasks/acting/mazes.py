"""Mazes, many side by side: an unseen reward stays in its place for an episode, and an agent comes back to it.

A square of `side` x `side` cells inside a wall; every second cell in both directions is a pillar. The agent sees which
of the 3 x 3 cells around it are wall, nothing else. On the rewarded cell it is given the reward and is put on some
other free cell; walking into a wall costs a little and moves nothing (Miconi, Clune and Stanley 2018, sec. 4.5;
Miconi, Rawal, Clune and Stanley 2019, sec. 4.2; from their descriptions).

Letters: T ticks, B episodes, C cells, wall included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from plastic_core.tasks.contract import Source

Tensor = torch.Tensor

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Rows and columns: up, right, down, left."""


@dataclass(frozen=True)
class Maze:
    """The shape, which is the same for all; see `laid_out`."""

    free: npt.NDArray[np.int64]
    """The cells where one can stand, in order."""
    views: Tensor
    """float32[C, 9]: the neighbourhood of each cell, row by row, 1 where there is wall."""
    doors: Tensor
    """int64[C, 4]: where each move leads; into a wall, to the cell itself."""


def laid_out(side: int) -> Maze:
    """A maze of side x side cells. Raises ValueError for a side that is even or below 3."""
    if side < 3 or side % 2 == 0:
        raise ValueError(f"the side of a maze is odd and at least 3, not {side}")
    width = side + 2
    wall = np.ones((width, width), np.bool_)
    wall[1:-1, 1:-1] = False
    wall[2:-1:2, 2:-1:2] = True
    cells, flat = width * width, wall.reshape(-1)
    free = np.flatnonzero(~flat)
    views = np.ones((cells, 9), np.float32)
    doors = np.tile(np.arange(cells)[:, None], (1, len(MOVES)))
    around = np.array([row * width + column for row in (-1, 0, 1) for column in (-1, 0, 1)])
    views[free] = flat[free[:, None] + around]
    for move, (row, column) in enumerate(MOVES):
        to = free + row * width + column
        doors[free, move] = np.where(flat[to], free, to)
    return Maze(free, torch.tensor(views), torch.tensor(doors))


@dataclass(frozen=True)
class MazeDraws:
    """All that chance decides in some episodes."""

    rewarded: Tensor
    """int64[B]: a cell, for the whole episode."""
    begun: Tensor
    """int64[B]: where the agent begins; not the rewarded cell."""
    put: Tensor
    """int64[T, B]: where it is put, should it be rewarded at that tick; not the rewarded cell."""
    choices: Tensor
    """float32[T, B]: uniform in [0, 1), by which it chooses."""


def drawn(maze: Maze, ticks: int, source: Source, numbers: Sequence[int]) -> MazeDraws:
    """These episodes' draws, each from its own generator."""
    count, last = len(numbers), len(maze.free) - 1
    rewarded, put = np.empty(count, np.int64), np.empty((ticks + 1, count), np.int64)
    choices = np.empty((ticks, count), np.float32)
    for row, number in enumerate(numbers):
        generator = source.generator(number)
        rewarded[row] = generator.integers(last + 1)
        put[:, row] = generator.integers(last, size=ticks + 1)
        choices[:, row] = generator.random(ticks, np.float32)
    put += put >= rewarded  # any of the others
    cells = torch.tensor(maze.free)
    where = cells[torch.tensor(put)]
    return MazeDraws(cells[torch.tensor(rewarded)], where[0], where[1:], torch.tensor(choices))


class Mazes:
    """See World: B mazes."""

    observations = 9
    actions = len(MOVES)

    def __init__(self, maze: Maze, draws: MazeDraws, reward: float, bump: float) -> None:
        """reward: for reaching the rewarded cell. bump: what walking into a wall costs."""
        self._maze, self._draws = maze, draws
        self._reward, self._bump = torch.tensor(reward), torch.tensor(-bump)
        self._still, self._where, self._tick = torch.tensor(0.0), draws.begun, 0

    @property
    def where(self) -> Tensor:
        """The agents' cells, int64[B]."""
        return self._where

    def begin(self) -> Tensor:
        """See World."""
        return self._maze.views[self._where]

    def act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """See World."""
        to = self._maze.doors[self._where, actions]
        reached, bumped = to == self._draws.rewarded, to == self._where
        reward = torch.where(reached, self._reward, torch.where(bumped, self._bump, self._still))
        self._where = torch.where(reached, self._draws.put[self._tick], to)
        self._tick += 1
        return reward, self._maze.views[self._where]
