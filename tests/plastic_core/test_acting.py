"""Acting for reward: the actor-critic, and the mazes that it lives in."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.tasks.acting.actor_critic import (
    ActorCritic,
    ActorCriticConfig,
    Lived,
    a2c_loss,
    chosen,
    lived,
    returns,
)
from plastic_core.tasks.acting.mazes import MazeDraws, Mazes, drawn, laid_out
from plastic_core.tasks.acting.random_walk import wandered
from plastic_core.tasks.contract import Source, Split
from plastic_core.trace.catalogue import TRACINGS

SOURCE = Source(5)
UP, RIGHT, DOWN, _LEFT = range(4)


class Bandit:
    """Two channels that say which tick it is; action 1 is rewarded by `prize`, that of each episode."""

    observations, actions = 2, 3

    def __init__(self, prize: torch.Tensor) -> None:
        self.prize, self.taken = prize, list[torch.Tensor]()

    def begin(self) -> torch.Tensor:
        return self._seen()

    def act(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.taken.append(actions)
        return self.prize * (actions == 1), self._seen()

    def _seen(self) -> torch.Tensor:
        return torch.tensor([1.0, len(self.taken)]).expand(len(self.prize), 2)


def agent(rule: str = "modulated", cell: str = "recurrent", seed: int = 0, neurons: int = 7) -> ActorCritic:
    connections = ConnectionsConfig(rule=rule, eta_start=0.2)
    return ActorCritic(ActorCriticConfig(2, 3, neurons, connections, cell=cell), seed)  # type: ignore[arg-type]


def told(rewards: list[list[float]], values: list[list[float]]) -> Lived:
    """Of [T][B] numbers."""
    return Lived(
        torch.tensor(rewards),
        torch.full((len(rewards), len(rewards[0])), -1.0, requires_grad=True),
        torch.tensor(values, requires_grad=True),
        torch.full((len(rewards), len(rewards[0])), 0.5, requires_grad=True),
    )


def test_returns_are_discounted_to_the_end() -> None:
    rewards = torch.tensor([[1.0, 0.0], [0.0, 2.0], [4.0, 0.0]])
    expected = torch.tensor([[1 + 0.25 * 4, 1.0], [2.0, 2.0], [4.0, 0.0]])
    torch.testing.assert_close(returns(rewards, 0.5), expected)


def test_the_loss_is_the_mean_over_ticks() -> None:
    episode = told([[1.0], [3.0]], [[0.5], [2.0]])
    advantages = np.array([1 + 0.9 * 3 - 0.5, 3 - 2.0])
    expected = (advantages + 0.1 * advantages**2 - 0.2 * 0.5).mean()
    assert a2c_loss(episode, 0.9, 0.1, 0.2).tolist() == pytest.approx([expected])


def test_an_advantage_is_of_the_episodes_own_value() -> None:
    rewards = [[1.0, 5.0], [0.0, 2.0]]
    together = told(rewards, [[0.5, 7.0], [0.1, -3.0]])
    alone = [told([[row[b]] for row in rewards], [[row[b]] for row in together.values.tolist()]) for b in range(2)]
    loss = a2c_loss(together, 0.9, 0.1, 0.0)
    torch.testing.assert_close(loss, torch.cat([a2c_loss(one, 0.9, 0.1, 0.0) for one in alone]))
    (of_values,) = torch.autograd.grad(loss[1], together.values)
    assert not of_values[:, 0].any()
    assert of_values[:, 1].all()


def test_the_policy_does_not_move_the_values() -> None:
    episode = told([[1.0], [3.0]], [[0.5], [2.0]])
    (gradient,) = torch.autograd.grad(a2c_loss(episode, 0.9, 0.1, 0.0).sum(), episode.values)
    advantages = returns(episode.rewards, 0.9) - episode.values.detach()
    torch.testing.assert_close(gradient, -2 * 0.1 * advantages / 2)  # of value_weight advantage^2 alone


def test_draws_fall_among_the_probabilities() -> None:
    logits = torch.log(torch.tensor([[0.2, 0.5, 0.3]])).expand(5, 3)
    draws = torch.tensor([0.0, 0.19, 0.21, 0.69, 0.999999])
    assert chosen(logits, draws).tolist() == [0, 0, 1, 1, 2]
    many = chosen(logits[:1].expand(1000, 3), (torch.arange(1000) + 0.5) / 1000)
    assert torch.bincount(many).tolist() == [200, 500, 300]


def test_a_certain_action_is_taken_whatever_is_drawn() -> None:
    logits = torch.tensor([[-200.0, 0.0, -200.0]]).expand(2, 3)
    assert chosen(logits, torch.tensor([0.0, 1 - 2**-24])).tolist() == [1, 1]


@pytest.mark.parametrize("cell", ["recurrent", "lstm"])
def test_what_is_lived_is_what_a_replay_says(cell: str) -> None:
    """The body's own forward over the inputs that the agent must have had gives the same choices and values."""
    model, world = agent(cell=cell), Bandit(torch.tensor([1.0, 3.0]))
    draws = torch.rand(6, 2, generator=torch.Generator().manual_seed(1))
    episode = lived(model, world, draws, TRACINGS["plain"])
    taken = torch.stack(world.taken)
    assert len(set(taken.flatten().tolist())) > 1
    torch.testing.assert_close(episode.rewards, (taken == 1) * torch.tensor([1.0, 3.0]))
    inputs = torch.zeros(6, 2, 2 + 1 + 3)
    inputs[:, :, 0] = 1
    inputs[:, :, 1] = torch.arange(6.0)[:, None]
    inputs[1:, :, 2] = episode.rewards[:-1]
    inputs[1:, :, 3:] = torch.nn.functional.one_hot(taken[:-1], 3).float()
    read = model.read(model.body(inputs, model.body.begin(2))[0])
    logs = torch.log_softmax(read[..., :-1], -1)
    torch.testing.assert_close(episode.values, read[..., -1])
    torch.testing.assert_close(episode.log_probs, logs.gather(2, taken[..., None])[..., 0])
    torch.testing.assert_close(episode.entropies, torch.distributions.Categorical(logits=logs).entropy())
    again = torch.stack([chosen(read[t, :, :-1], draws[t]) for t in range(6)])
    assert torch.equal(again, taken)


@pytest.mark.parametrize("rule", ["none", "oja", "modulated", "retroactive"])
def test_gradients_are_those_of_autograd(rule: str) -> None:
    draws = torch.rand(9, 3, generator=torch.Generator().manual_seed(1))
    found = list[list[torch.Tensor]]()
    for tracing in ("plain", "adjoint"):
        model = agent(rule)
        episode = lived(model, Bandit(torch.tensor([1.0, 3.0, -1.0])), draws, TRACINGS[tracing])
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        found.append(list(torch.autograd.grad(a2c_loss(episode, 0.9, 0.1, 0.03).sum(), weights)))
    for plain, adjoint in zip(*found, strict=True):
        torch.testing.assert_close(adjoint, plain, rtol=1e-4, atol=1e-5)


def test_a_world_of_another_size_is_refused() -> None:
    model = ActorCritic(ActorCriticConfig(2, 4, 5), 0)
    with pytest.raises(ValueError, match="4 actions, in a world of 2 and 3"):
        lived(model, Bandit(torch.ones(1)), torch.zeros(1, 1), TRACINGS["plain"])


@pytest.mark.parametrize(
    "wrong", [{"observations": 0}, {"actions": 1}, {"neurons": 0}, {"cell": "gru"}, {"connections": "x"}]
)
def test_an_agent_that_cannot_be_made_is_refused(wrong: dict[str, object]) -> None:
    if "connections" in wrong:
        wrong = {"connections": ConnectionsConfig(rule="x")}
    with pytest.raises(ValueError, match=r"\w"):
        ActorCriticConfig(**({"observations": 2, "actions": 3, "neurons": 5} | wrong))  # type: ignore[arg-type]


def test_heads_are_no_copy_of_the_body() -> None:
    """Seeded alike, two generators would give the same row of numbers."""
    model = agent(neurons=60)
    body, heads = model.body.input.flatten(), model.heads.flatten()
    shared = min(len(body), len(heads))
    both = torch.stack([body[:shared], heads[:shared]])
    assert abs(float(torch.corrcoef(both.detach())[0, 1])) < 0.5


def test_the_maze_has_pillars() -> None:
    maze = laid_out(9)
    assert len(maze.free) == 81 - 16
    assert {int(cell) for cell in np.arange(121)} - set(maze.free.tolist()) >= {2 * 11 + 2, 0, 120, 8 * 11 + 8}
    corner, between, centre = 1 * 11 + 1, 1 * 11 + 2, 5 * 11 + 5
    assert maze.views[corner].tolist() == [1, 1, 1, 1, 0, 0, 1, 0, 1]
    assert maze.views[between].tolist() == [1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert maze.views[centre].tolist() == [1, 0, 1, 0, 0, 0, 1, 0, 1]
    assert maze.doors[corner].tolist() == [corner, corner + 1, corner + 11, corner]
    assert maze.doors[between].tolist() == [between, between + 1, between, between - 1]


@pytest.mark.parametrize("side", [1, 4, 0, -3])
def test_a_maze_has_an_odd_side(side: int) -> None:
    with pytest.raises(ValueError, match="odd and at least 3"):
        laid_out(side)


def test_draws_keep_out_of_the_rewarded_cell() -> None:
    maze = laid_out(3)
    draws = drawn(maze, 40, SOURCE, range(60))
    free = set(maze.free.tolist())
    assert set(draws.rewarded.tolist()) == free
    for episode in range(60):
        others = {int(draws.begun[episode]), *draws.put[:, episode].tolist()}
        assert others == free - {int(draws.rewarded[episode])}  # 41 draws among 7 cells: each comes
    assert bool(((draws.choices >= 0) & (draws.choices < 1)).all())


def test_draws_are_of_the_episode_alone() -> None:
    maze = laid_out(9)
    together, alone = drawn(maze, 20, SOURCE, [4, 9]), drawn(maze, 20, SOURCE, [9])
    for many, one in zip(
        (together.rewarded, together.begun, together.put.T, together.choices.T),
        (alone.rewarded, alone.begun, alone.put.T, alone.choices.T),
        strict=True,
    ):
        assert torch.equal(many[1:], one)
    held_out = drawn(maze, 20, Source(5, Split.HELD_OUT), [9])
    assert not torch.equal(held_out.choices, alone.choices)


def test_steps_in_a_maze() -> None:
    maze, at = laid_out(3), lambda row, column: 5 * row + column
    draws = MazeDraws(
        rewarded=torch.tensor([at(1, 2), at(3, 3)]),
        begun=torch.tensor([at(1, 1), at(2, 1)]),
        put=torch.tensor([[at(3, 3), at(1, 1)]] * 4),
        choices=torch.zeros(4, 2),
    )
    world = Mazes(maze, draws, reward=10.0, bump=0.1)
    assert torch.equal(world.begin(), maze.views[draws.begun])
    reward, seen = world.act(torch.tensor([RIGHT, RIGHT]))  # onto the rewarded cell; into the pillar
    assert reward.tolist() == pytest.approx([10.0, -0.1])
    assert world.where.tolist() == [at(3, 3), at(2, 1)]
    assert torch.equal(seen, maze.views[world.where])
    reward, _ = world.act(torch.tensor([RIGHT, DOWN]))  # into the wall; free
    assert reward.tolist() == pytest.approx([-0.1, 0.0])
    assert world.where.tolist() == [at(3, 3), at(3, 1)]
    world.act(torch.tensor([UP, RIGHT]))
    reward, _ = world.act(torch.tensor([UP, RIGHT]))  # the reward stays where it is
    assert reward.tolist() == pytest.approx([0.0, 10.0])
    assert world.where.tolist() == [at(1, 3), at(1, 1)]


def test_walking_at_random_takes_every_action_alike() -> None:
    world = Bandit(torch.ones(1))
    rewards = wandered(world, (torch.arange(300) + 0.5)[:, None] / 300)
    assert rewards.shape == (300, 1)
    assert torch.bincount(torch.cat(world.taken)).tolist() == [100, 100, 100]
