"""What an episode of the maze costs: many mazes as one batch, beside one maze after the other as it was published.

    python -m plastic_core.bench.maze --mazes 128

prints one line of JSON. Three things take turns in one process, on one thread, so that a machine's noise meets all:

    published   one maze in Python, a network of batch one whose every tick makes a new trace, torch's autograd through
                the episode, a step of Adam an episode; from the description of Miconi, Clune and Stanley 2018, sec. 4.5
    training    a step of ours: as many mazes side by side, adjoint traces, a step of Adam a batch
    walking     thousands of mazes stepped at random, without a network

Both kinds of training live the same number of ticks with as many neurons under the same rule. Seconds are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import torch
from torch.distributions import Categorical

from plastic_core.bench.published import WRITTEN, through
from plastic_core.tasks.acting.random_walk import wandered
from plastic_core.tasks.contract import Source
from plastic_core.tasks.maze import Maze
from plastic_core.trace.adjoint import adjoint_trace

Tensor = torch.Tensor

LEARNING_RATE = 1e-4
GAMMA = 0.9
ENTROPY_WEIGHT = 0.03
VALUE_WEIGHT = 0.1


@dataclass(frozen=True)
class MazeLoad:
    """What is measured. Raises ValueError where a number is below 1."""

    ticks: int = 250
    neurons: int = 100
    rule: str = "oja"
    """Key of bench.published.WRITTEN."""
    side: int = 9
    mazes: int = 128
    """Episodes side by side in a training step of ours."""
    walking: int = 4096
    """Mazes side by side where nobody learns."""
    rounds: int = 3
    """How often each of the three is measured; told is the median."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges; ticks, neurons and side are checked by the task."""
        for name in ("mazes", "walking", "rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.rule not in WRITTEN:
            raise ValueError(f"no published rule {self.rule!r}; there are {', '.join(WRITTEN)}")


@dataclass(frozen=True)
class MazeCost:
    """CPU seconds an episode."""

    published_s: float
    training_s: float
    walking_s: float

    @property
    def training_ratio(self) -> float:
        """How many episodes of ours are trained on in the time of a published one."""
        return self.published_s / self.training_s

    @property
    def walking_ratio(self) -> float:
        """How many episodes are stepped through in the time of a published one."""
        return self.published_s / self.walking_s


def measure(load: MazeLoad, clock: Callable[[], float] = time.process_time) -> MazeCost:
    """Median costs; clock: CPU seconds of this process. One round goes before, uncounted. Raises ValueError."""
    torch.set_num_threads(1)
    published, training, walking = Published(load), _training(load), _walking(load)
    each = {"published": (published.episode, 1), "training": (training, load.mazes), "walking": (walking, load.walking)}
    spent = {name: list[float]() for name in each}
    for _ in range(load.rounds + 1):
        for name, (live, episodes) in each.items():
            begun = clock()
            live()
            spent[name].append((clock() - begun) / episodes)
    costs = [statistics.median(seconds[1:]) for seconds in spent.values()]
    return MazeCost(*costs)


def _training(load: MazeLoad) -> Callable[[], object]:
    """A training step of ours, episodes drawn anew each time."""
    task = Maze(side=load.side, ticks=load.ticks, rule=load.rule, neurons=load.neurons)
    model, source, done = task.model(load.seed), Source(load.seed), 0
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        nonlocal done
        batch = task.episodes(source, range(done, done + load.mazes))
        optimizer.zero_grad()
        torch.autograd.backward(task.loss(model, batch, adjoint_trace).mean())
        cast("Callable[[], None]", optimizer.step)()
        done += load.mazes

    return step


def _walking(load: MazeLoad) -> Callable[[], object]:
    """Many mazes stepped at random; their draws are made before."""
    task = Maze(side=load.side, ticks=load.ticks)
    batch = task.episodes(Source(load.seed), range(load.walking))
    return lambda: wandered(task.world(batch), batch.choices)


class OneMaze:
    """One maze as one would write it down: a grid, a row and a column."""

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self._wall = np.ones((side + 2, side + 2))
        self._wall[1:-1, 1:-1] = 0
        self._wall[2:-1:2, 2:-1:2] = 1
        self._rng, self._rewarded = rng, (0, 0)
        self._rewarded = self._anywhere()
        self._row, self._column = self._anywhere()

    def seen(self) -> list[float]:
        """The 3 x 3 neighbourhood."""
        return self._wall[self._row - 1 : self._row + 2, self._column - 1 : self._column + 2].ravel().tolist()

    def moved(self, action: int) -> float:
        """One step; the reward for it."""
        row, column = ((-1, 0), (0, 1), (1, 0), (0, -1))[action]
        to = self._row + row, self._column + column
        if self._wall[to] == 1:
            return -0.1
        self._row, self._column = to
        if to == self._rewarded:
            self._row, self._column = self._anywhere()
            return 10.0
        return 0.0

    def _anywhere(self) -> tuple[int, int]:
        while True:
            row, column = self._rng.integers(1, len(self._wall) - 1, 2).tolist()
            if self._wall[row, column] == 0 and (row, column) != self._rewarded:
                return row, column


class Published:
    """One agent in one maze, episode after episode."""

    def __init__(self, load: MazeLoad) -> None:
        self._load, self._rng = load, np.random.default_rng(load.seed)
        self._draw, n, width = torch.Generator().manual_seed(load.seed), load.neurons, 9 + 1 + 4 + 1
        self._input, self._w, self._alpha, self._heads = (
            (scale * torch.randn(*size, generator=self._draw)).requires_grad_()
            for scale, size in ((0.3, (width, n)), (0.01, (n, n)), (0.01, (n, n)), (0.1, (n, 5)))
        )
        self._eta = torch.tensor(0.01, requires_grad=True)
        self.weights = [self._input, self._w, self._alpha, self._heads, self._eta]
        self._optimizer = torch.optim.Adam(self.weights, lr=LEARNING_RATE)

    def episode(self) -> float:
        """Live through an episode and learn from it; the sum of its rewards."""
        n, maze = self._load.neurons, OneMaze(self._load.side, self._rng)
        hidden, trace = torch.zeros(1, n), torch.zeros(1, n, n)
        reward, action = 0.0, 0
        rewards, values, log_probs, entropy = list[float](), list[Tensor](), list[Tensor](), torch.zeros(())
        for _ in range(self._load.ticks):
            told = [reward, *(float(action == other) for other in range(4)), 1.0]
            inward = through(hidden, self._w, self._alpha, trace)
            post = torch.tanh(torch.tensor([maze.seen() + told]) @ self._input + inward)
            trace = WRITTEN[self._load.rule](trace, hidden, post, self._eta)
            hidden = post
            read = (hidden @ self._heads)[0]
            chances = torch.softmax(read[:4], 0)
            choice = Categorical(chances)
            taken = torch.multinomial(chances.detach(), 1, generator=self._draw)[0]
            action = int(taken.item())
            reward = maze.moved(action)
            rewards.append(reward)
            log_probs.append(cast("Tensor", choice.log_prob(taken)))
            values.append(read[4])
            entropy = entropy + choice.entropy()
        self._learn(rewards, log_probs, values, entropy)
        return sum(rewards)

    def _learn(self, rewards: list[float], log_probs: list[Tensor], values: list[Tensor], entropy: Tensor) -> None:
        loss, sum_after = -ENTROPY_WEIGHT * entropy, 0.0
        for reward, log_prob, value in zip(reversed(rewards), reversed(log_probs), reversed(values), strict=True):
            sum_after = reward + GAMMA * sum_after
            advantage = sum_after - value
            loss = loss - log_prob * advantage.detach() + VALUE_WEIGHT * advantage**2
        self._optimizer.zero_grad()
        torch.autograd.backward(loss / len(rewards))
        cast("Callable[[], None]", self._optimizer.step)()


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m plastic_core.bench.maze", description="Cost of maze episodes.")
    parser.add_argument("--rule", choices=list(WRITTEN), default=MazeLoad.rule)
    for name in ("ticks", "neurons", "mazes", "walking", "rounds"):
        parser.add_argument(f"--{name}", type=int, default=getattr(MazeLoad, name))
    cost = measure(MazeLoad(**vars(parser.parse_args(arguments))))
    told = asdict(cost) | {"training_ratio": cost.training_ratio, "walking_ratio": cost.walking_ratio}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
