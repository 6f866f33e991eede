"""The maze: what its numbers mean, what it shows, what a published episode is; and that it is learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from plastic_core.bench.maze import MazeLoad, OneMaze, Published, measure
from plastic_core.tasks.acting.mazes import laid_out
from plastic_core.tasks.acting.random_walk import wandered
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.exhibit import Lines
from plastic_core.tasks.maze import Maze
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.settings import TrainSettings
from tests.plastic_core.quick_run import learned

SOURCE = Source(5)


def trained_numbers(task: Maze) -> int:
    return sum(weight.numel() for weight in task.model(0).parameters() if weight.requires_grad)


def test_presets_are_of_numbers_that_there_are() -> None:
    for arm in Maze.arms.values():
        for presets in ((Maze.full, arm), (Maze.full, arm, Maze.quick)):
            task = Maze(**{key: value for preset in presets for key, value in preset.task.items()})
            settings = TrainSettings(**{key: value for preset in presets for key, value in preset.train.items()})
            assert task.ticks in (60, 200)
            assert settings.clip_norm == 1.0


def test_arms_train_about_as_many_numbers() -> None:
    sizes = {name: trained_numbers(Maze(**arm.task)) for name, arm in Maze.arms.items()}
    assert next(iter(sizes)) == "modulated"
    assert sizes["modulated"] == 22_107
    assert all(abs(size - sizes["modulated"]) < 0.02 * sizes["modulated"] for size in sizes.values())


def test_metrics_are_sums_of_an_episodes_rewards() -> None:
    task = Maze(side=3, ticks=31, neurons=5)
    model, batch = task.model(0), task.episodes(SOURCE, range(40))
    with torch.no_grad():
        figures = task.evaluate(model, batch, TRACINGS["plain"])
    assert bool(((figures["visits"] >= 0) & (figures["visits"] <= 31)).all())
    assert figures["visits"].sum() > 0
    bumps = (10 * figures["visits"] - figures["reward"]) / 0.1
    torch.testing.assert_close(bumps, bumps.round(), atol=1e-3, rtol=0)
    assert bool(((bumps > -0.5) & (bumps + figures["visits"] < 31.5)).all())
    late = Maze(side=3, ticks=31, neurons=5, bump=0.0)
    with torch.no_grad():
        figures = late.evaluate(model, batch, TRACINGS["plain"])
    assert torch.equal(10 * figures["visits"], figures["reward"])
    assert bool((figures["late_reward"] <= figures["reward"]).all())
    assert 0 < figures["late_reward"].sum() < figures["reward"].sum()


def test_an_exhibit_sums_up_to_the_reward() -> None:
    task = Maze(side=3, ticks=12, neurons=5)
    model, source = task.model(0), Source(5, Split.HELD_OUT)
    with torch.no_grad():
        shown = task.exhibit(model, source, TRACINGS["plain"])
        reward = task.evaluate(model, task.episodes(source, range(200)), TRACINGS["plain"])["reward"].mean()
    assert isinstance(shown, Lines)
    assert list(shown.lines) == ["trained", "walking at random"]
    assert all(list(line.x) == list(range(1, 13)) for line in shown.lines.values())
    assert shown.lines["trained"].y[-1] == pytest.approx(reward.item(), rel=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"side": 8},
        {"ticks": 1},
        {"reward": 0.0},
        {"bump": -1.0},
        {"gamma": 1.5},
        {"value_weight": 0.0},
        {"entropy_weight": -0.1},
        {"rule": "x"},
        {"eta": 2.0},
        {"neurons": 0},
        {"cell": "gru"},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Maze(**wrong)  # type: ignore[arg-type]


def test_the_yardsticks_maze_is_ours() -> None:
    """The same actions in the same places bring the same rewards and views."""
    shape, rng, task = laid_out(5), np.random.default_rng(3), Maze(side=5, ticks=600)
    batch = task.episodes(SOURCE, [0])
    many, one = task.world(batch), OneMaze(5, np.random.default_rng(0))

    def placed(cell: int) -> tuple[int, int]:
        return cell // 7, cell % 7

    one._rewarded = placed(int(batch.rewarded[0]))
    one._row, one._column = placed(int(batch.begun[0]))
    assert one.seen() == many.begin()[0].tolist()
    reached = 0
    for action in rng.integers(0, 4, 600).tolist():
        reward, seen = many.act(torch.tensor([action]))
        assert one.moved(action) == pytest.approx(reward.item())
        if reward.item() > 0:
            reached += 1
            assert placed(int(many.where[0])) != one._rewarded
            one._row, one._column = placed(int(many.where[0]))
        assert one.seen() == seen[0].tolist() == shape.views[many.where[0]].tolist()
    assert reached > 0


def test_a_published_episode_learns() -> None:
    load = MazeLoad(ticks=20, neurons=6, side=3)
    published = Published(load)
    before = [weight.detach().clone() for weight in published.weights]
    found = [published.episode() for _ in range(3)]
    assert all(-2.0 - 1e-6 <= sum_ <= 200 for sum_ in found)
    torch.manual_seed(7)  # what else is drawn in the process says nothing
    again = Published(load)
    assert [again.episode() for _ in range(3)] == found
    assert all(not torch.equal(weight, was) for weight, was in zip(published.weights, before, strict=True))


def test_costs_are_per_episode() -> None:
    """By a clock that says one second more each time it is asked."""
    now = iter(range(1000))
    cost = measure(MazeLoad(ticks=4, neurons=3, side=3, mazes=4, walking=10, rounds=2), lambda: float(next(now)))
    assert (cost.published_s, cost.training_s, cost.walking_s) == (1.0, 0.25, 0.1)
    assert (cost.training_ratio, cost.walking_ratio) == (4.0, 10.0)


@pytest.mark.parametrize("wrong", [{"mazes": 0}, {"walking": 0}, {"rounds": 0}, {"rule": "modulated"}])
def test_loads_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        MazeLoad(**wrong)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.timeout(900)  # a minute of work, on machines that do other things too
def test_the_quick_version_comes_back_to_the_reward(tmp_path: Path) -> None:
    """Somebody who walks at random reaches it 0.9 times, and who knows the way 17 times."""
    found = {name: learned("maze", name, tmp_path / name)["reward"] for name in ("modulated", "rnn")}
    task = Maze(**Maze.quick.task)
    batch = task.episodes(Source(1, Split.HELD_OUT), range(200))
    at_random = wandered(task.world(batch), batch.choices).sum(0).mean().item()
    assert found["modulated"] > 5 * at_random > 20
    assert found["modulated"] > found["rnn"]
