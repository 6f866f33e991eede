"""Coming back to a reward one has found once (Miconi et al. 2018, sec. 4.5; Miconi et al. 2019, sec. 4.2).

A maze with a reward that cannot be seen: it has to be bumped into, its place has to be kept in mind, and from each
place the agent is put afterwards the way back to it has to be found by the pillars around, which look the same
everywhere. See acting/mazes.py for the world and acting/actor_critic.py for how acting is learned.

The defaults are the protocol of 2019: 200 ticks, 100 neurons and one more that modulates; controls of about as many
trained numbers. There, who walks at random reaches the reward 0.75 times, who knows the way and the place 32 times.
What differs from the papers: batches of 32 and 1e-3, which learns in tens of thousands of episodes what 1e-4 takes
far more for, and the modulated rule's rate, learned here, starts at its fixed 1.

Letters: T ticks, B episodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import torch

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.tasks.acting.actor_critic import ActorCritic, ActorCriticConfig, Lived, a2c_loss, lived
from plastic_core.tasks.acting.mazes import Maze as Shape
from plastic_core.tasks.acting.mazes import MazeDraws, Mazes, drawn, laid_out
from plastic_core.tasks.acting.random_walk import wandered
from plastic_core.tasks.contract import Metric, Preset, Source
from plastic_core.tasks.exhibit import Line, Lines
from plastic_core.trace.contract import Tracing

Tensor = torch.Tensor

SHOWN = 200
"""Episodes that an exhibit averages over."""


@dataclass(frozen=True)
class Maze:
    """See Task. Raises ValueError where a number is out of its range."""

    side: int = 9
    """Cells, without the wall around; odd."""
    ticks: int = 200
    """T."""
    reward: float = 10.0
    """For reaching the rewarded cell."""
    bump: float = 0.1
    """What walking into a wall costs."""
    rule: str = "modulated"
    """Key of plastic_core.rules.RULES; none is the control: plasticity off."""
    neurons: int = 100
    cell: Literal["recurrent", "lstm"] = "recurrent"
    fan_out: bool = False
    """The neuromodulatory signal reaches each neuron with a learned strength of its own."""
    eta: float = 1.0
    """Where the learned learning rate of the traces starts."""
    gamma: float = 0.9
    """Discount of a tick."""
    value_weight: float = 0.05
    entropy_weight: float = 0.03

    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 24_000,
            "batch": 32,
            "learning_rate": 1e-3,
            "clip_norm": 1.0,
            "evaluate_every": 4000,
            "evaluate_episodes": 200,
            "evaluate_batch": 200,
            "save_every": 8000,
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"side": 5, "ticks": 60}, train={"episodes": 12_000, "evaluate_every": 3000, "save_every": 6000}
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "modulated": Preset(),
        "retroactive": Preset(task={"rule": "retroactive", "eta": 0.1}),
        "plastic": Preset(task={"rule": "oja", "neurons": 101, "eta": 0.05}, train={"learning_rate": 5e-4}),
        "rnn": Preset(task={"rule": "none", "neurons": 139}),
    }
    published: ClassVar[str] = (
        "curves only: plastic finds more than non-plastic (2018), modulated more than plastic and the RNN least, of as"
        " many trained numbers each (2019; Miconi, Rawal, Clune and Stanley, sec. 4.2)"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("reward", "higher", "sum of an episode's rewards"),
        Metric("visits", "higher", "how often an episode's rewarded cell was reached"),
        Metric("late_reward", "higher", "sum of the rewards of an episode's second half"),
    )
    data: ClassVar[str] = "one maze; rewarded cell, beginnings and choices drawn from the seed"

    def __post_init__(self) -> None:
        """Check ranges; side is checked where the maze is laid out, rule, eta and neurons where the agent is made."""
        if self.ticks < 2:
            raise ValueError(f"ticks is at least 2, not {self.ticks}")
        if not self.reward > 0 or not self.bump >= 0:
            raise ValueError(f"reward is above 0 and bump at least 0, not {self.reward} and {self.bump}")
        if not 0 <= self.gamma <= 1:
            raise ValueError(f"gamma lies in [0, 1], not at {self.gamma}")
        if not self.value_weight > 0 or not self.entropy_weight >= 0:
            raise ValueError(
                f"value_weight is above 0 and entropy_weight at least 0, not {self.value_weight} and"
                f" {self.entropy_weight}"
            )
        _ = self.shape
        self._agent()

    @cached_property
    def shape(self) -> Shape:
        """The maze, the same for all episodes."""
        return laid_out(self.side)

    def _agent(self) -> ActorCriticConfig:
        return ActorCriticConfig(
            observations=Mazes.observations,
            actions=Mazes.actions,
            neurons=self.neurons,
            connections=ConnectionsConfig(rule=self.rule, eta_start=self.eta),
            cell=self.cell,
            fan_out=self.fan_out,
        )

    def model(self, seed: int) -> ActorCritic:
        """See Task."""
        return ActorCritic(self._agent(), seed)

    def episodes(self, source: Source, numbers: Sequence[int]) -> MazeDraws:
        """See Task."""
        return drawn(self.shape, self.ticks, source, numbers)

    def world(self, batch: MazeDraws) -> Mazes:
        """The mazes of these episodes, at their beginning."""
        return Mazes(self.shape, batch, self.reward, self.bump)

    def loss(self, model: ActorCritic, batch: MazeDraws, tracing: Tracing) -> Tensor:
        """See Task."""
        return a2c_loss(self._lived(model, batch, tracing), self.gamma, self.value_weight, self.entropy_weight)

    def evaluate(self, model: ActorCritic, batch: MazeDraws, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task. Actions are chosen by chance, as in training."""
        rewards = self._lived(model, batch, tracing).rewards
        return {
            "reward": rewards.sum(0),
            "visits": (rewards > 0).float().sum(0),
            "late_reward": rewards[self.ticks // 2 :].sum(0),
        }

    def exhibit(self, model: ActorCritic, source: Source, tracing: Tracing) -> Lines:
        """See Task: what is found as an episode goes on, beside who walks at random."""
        batch = self.episodes(source, range(SHOWN))
        found = {
            "trained": self._lived(model, batch, tracing).rewards,
            "walking at random": wandered(self.world(batch), batch.choices),
        }
        ticks = np.arange(1, self.ticks + 1, dtype=np.float64)
        lines = {name: Line(ticks, rewards.mean(1).cumsum(0).double().numpy()) for name, rewards in found.items()}
        return Lines(f"Reward found, mean of {SHOWN} episodes", "tick", "sum of rewards so far", lines)

    def _lived(self, model: ActorCritic, batch: MazeDraws, tracing: Tracing) -> Lived:
        return lived(model, self.world(batch), batch.choices, tracing)
