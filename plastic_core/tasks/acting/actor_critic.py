"""An agent with plastic connections that learns by advantage actor-critic (Mnih et al. 2016), over whole episodes.

What the agent is given at a tick: the observation, its own last action, the reward for it (Wang et al. 2016; Duan et
al. 2016; Miconi et al. 2018 and 2019). So whatever it has found out in an episode it must keep in its activity or in
its traces: slow weights change between episodes only.

The advantage is the discounted return of an episode minus the value that the agent gave to *that* episode's state.

Letters: T ticks, B episodes, O channels of an observation, A actions, N neurons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import nn

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.lstm import LSTMConfig, PlasticLSTM
from plastic_core.cells.lstm_tick import LSTMState, LSTMWeights, lstm_tick
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.cells.recurrent_tick import RecurrentState, RecurrentWeights, tick
from plastic_core.tasks.acting.world import World
from plastic_core.trace.contract import Tracing

Tensor = torch.Tensor

HEADS = 1
"""The heads' weights come from a row of random numbers of their own beside the body's."""


@dataclass(frozen=True)
class ActorCriticConfig:
    """How an agent is made. Raises ValueError for settings out of range."""

    observations: int
    """O."""
    actions: int
    """A."""
    neurons: int
    """N."""
    connections: ConnectionsConfig = field(default_factory=ConnectionsConfig)
    """The body's plastic connections; rule "none" is the control."""
    cell: Literal["recurrent", "lstm"] = "recurrent"
    fan_out: bool = False
    """See RecurrentConfig."""
    reward_scale: float = 1.0
    """The last reward comes in times this."""

    def __post_init__(self) -> None:
        """Check the ranges; the body checks its own."""
        if self.observations < 1 or self.actions < 2:
            raise ValueError(
                f"an agent sees at least 1 channel and chooses among at least 2 actions,"
                f" not {self.observations} and {self.actions}"
            )
        if self.cell not in ("recurrent", "lstm"):
            raise ValueError(f"cell is recurrent or lstm, not {self.cell!r}")
        self.body()

    def body(self) -> RecurrentConfig | LSTMConfig:
        """The body's own config."""
        kind = LSTMConfig if self.cell == "lstm" else RecurrentConfig
        return kind(self.width, self.neurons, self.connections, fan_out=self.fan_out)

    @property
    def width(self) -> int:
        """Input channels of the body: observation, last reward, last action."""
        return self.observations + 1 + self.actions


class Lived(NamedTuple):
    """What became of B episodes, all float32[T, B]; gradients flow through all but the rewards."""

    rewards: Tensor
    """For the action of that tick."""
    log_probs: Tensor
    """Of the action that was taken."""
    values: Tensor
    """What the agent thought its return would be from this tick on, before it acted."""
    entropies: Tensor
    """Of the choice among actions, in nats."""


class ActorCritic(nn.Module):
    """A plastic body with two linear readouts of its activity: what to do, and what return to expect."""

    heads: Tensor
    """[N, A + 1]: logits of the actions, value."""
    heads_bias: Tensor
    """[A + 1]."""

    def __init__(self, config: ActorCriticConfig, seed: int) -> None:
        """The same config and seed give the same bytes, whatever was drawn elsewhere. Raises ValueError."""
        super().__init__()
        self.config = config
        body, neurons = config.body(), config.neurons
        self.body: PlasticRecurrent | PlasticLSTM = (
            PlasticLSTM(body, seed) if isinstance(body, LSTMConfig) else PlasticRecurrent(body, seed)
        )
        own = np.random.SeedSequence(seed, spawn_key=(HEADS,)).generate_state(1)
        generator = torch.Generator().manual_seed(int(own[0]))
        self.heads = nn.Parameter(torch.randn(neurons, config.actions + 1, generator=generator) / neurons**0.5)
        self.heads_bias = nn.Parameter(torch.zeros(config.actions + 1))

    def read(self, activity: Tensor) -> Tensor:
        """Logits and value [..., A + 1] of activity [..., N]."""
        return activity @ self.heads + self.heads_bias


class Body:
    """The body of an agent in the middle of B episodes."""

    def __init__(self, model: ActorCritic, count: int, tracing: Tracing) -> None:
        self._slow: RecurrentWeights | LSTMWeights = model.body.weights()
        self._state: RecurrentState | LSTMState = model.body.begin(count, tracing)

    def tick(self, inputs: Tensor) -> Tensor:
        """The activity [B, N] after inputs [B, D]."""
        slow, state = self._slow, self._state
        if isinstance(slow, LSTMWeights) and isinstance(state, LSTMState):
            self._state = lstm_tick(slow, state, inputs)
        elif isinstance(slow, RecurrentWeights) and isinstance(state, RecurrentState):
            self._state = tick(slow, state, inputs)
        return self._state.hidden


def lived(model: ActorCritic, world: World, draws: Tensor, tracing: Tracing) -> Lived:
    """Live through the world's episodes, T ticks; an action is chosen by the episode's own draws, uniform in [0, 1).

    draws: float32[T, B], T at least 1. Uses up the world. Raises ValueError where world and model disagree.
    """
    config, count = model.config, draws.shape[1]
    if (world.observations, world.actions) != (config.observations, config.actions):
        raise ValueError(
            f"an agent for {config.observations} channels and {config.actions} actions, in a world of"
            f" {world.observations} and {world.actions}"
        )
    body, seen = Body(model, count, tracing), world.begin()
    feedback, choices = seen.new_zeros(count, 1 + config.actions), torch.eye(config.actions)
    activity, taken, rewards = list[Tensor](), list[Tensor](), list[Tensor]()
    for draw in draws:
        hidden = body.tick(torch.cat([seen, feedback], 1))
        with torch.no_grad():
            actions = chosen(model.read(hidden)[:, :-1], draw)
        reward, seen = world.act(actions)
        feedback = torch.cat([reward[:, None] * config.reward_scale, choices[actions]], 1)
        activity.append(hidden)
        taken.append(actions)
        rewards.append(reward)
    return _told(model.read(torch.stack(activity)), torch.stack(taken), torch.stack(rewards))


def _told(read: Tensor, taken: Tensor, rewards: Tensor) -> Lived:
    """From all logits and values at once, [T, B, A + 1]."""
    logs = torch.log_softmax(read[..., :-1], -1)
    return Lived(
        rewards=rewards,
        log_probs=logs.gather(-1, taken[..., None])[..., 0],
        values=read[..., -1],
        entropies=-(logs.exp() * logs).sum(-1),
    )


def chosen(logits: Tensor, draws: Tensor) -> Tensor:
    """Actions int64[B] from logits [B, A], where the draws [B] fall among the summed probabilities."""
    summed = torch.softmax(logits, 1).cumsum(1)[:, :-1]  # the last one is 1, whatever rounding makes of it
    return (draws[:, None] >= summed).sum(1)


def returns(rewards: Tensor, gamma: float) -> Tensor:
    """Discounted sums of the rewards from each tick to the end of the episode, [T, B]; nothing comes after the end."""
    sums = torch.empty_like(rewards)
    later = torch.zeros_like(rewards[0])
    for t in range(len(rewards) - 1, -1, -1):
        later = rewards[t] + gamma * later
        sums[t] = later
    return sums


def a2c_loss(told: Lived, gamma: float, value_weight: float, entropy_weight: float) -> Tensor:
    """float32[B]: the mean over ticks of `a2c_terms`."""
    return a2c_terms(told, gamma, value_weight, entropy_weight).mean(0)


def a2c_terms(told: Lived, gamma: float, value_weight: float, entropy_weight: float) -> Tensor:
    """float32[T, B]: -advantage log p + value_weight advantage^2 - entropy_weight entropy of each tick.

    The advantage of an episode is its own return minus its own value; the policy's part sees it as a constant.
    """
    advantages = returns(told.rewards, gamma) - told.values
    policy = -told.log_probs * advantages.detach()
    return policy + value_weight * advantages**2 - entropy_weight * told.entropies
