"""Promises of every task of the catalogue, and what is special about patterns."""

from __future__ import annotations

import pkgutil

import numpy as np
import pytest
import torch

import plastic_core.tasks
from plastic_core.tasks.catalogue import TASKS
from plastic_core.tasks.contract import Metric, Preset, Source, Split, Task
from plastic_core.tasks.cues import Cues
from plastic_core.tasks.images.task import Images
from plastic_core.tasks.lifelong import Lifelong
from plastic_core.tasks.maze import Maze
from plastic_core.tasks.omniglot.task import Omniglot
from plastic_core.tasks.patterns import Patterns
from plastic_core.tasks.streams.task import StreamTask
from plastic_core.trace.catalogue import GENERAL, TRACINGS
from service.training.plan import Wish, read_plan

SMALL: dict[str, Task] = {
    "cues": Cues(bits=4, ticks=24, neurons=6, eta=0.3),
    "images": Images(source="blobs", pixels=4),
    "lifelong": Lifelong(bits=8, tasks=4, farthest=2, eta=0.3),
    "maze": Maze(side=3, ticks=20, neurons=6, eta=0.3),
    "omniglot": Omniglot(ways=3, source="strokes", channels=8, eta=0.3),
    "patterns": Patterns(bits=12, patterns=3),
    "streams": StreamTask(ticks=60, width=8, most=3),
}
"""An example of each task that takes milliseconds."""
SOURCE = Source(5)


def test_no_task_is_forgotten() -> None:
    modules = {module.name for module in pkgutil.iter_modules(plastic_core.tasks.__path__)}
    assert set(TASKS) == set(SMALL) == modules - {"acting", "catalogue", "contract", "exhibit"}
    assert all(isinstance(SMALL[name], kind) for name, kind in TASKS.items())


@pytest.mark.parametrize("name", SMALL)
def test_a_model_is_a_function_of_its_seed(name: str) -> None:
    task = SMALL[name]
    torch.manual_seed(0)
    first, other = task.model(1).state_dict(), task.model(2).state_dict()
    torch.manual_seed(1)
    again = task.model(1).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", SMALL)
def test_an_episode_is_the_same_in_any_batch(name: str) -> None:
    task = SMALL[name]
    model, tracing = task.model(0), TRACINGS["plain"]
    together = task.loss(model, task.episodes(SOURCE, [4, 9, 5]), tracing)
    alone = [task.loss(model, task.episodes(SOURCE, [number]), tracing) for number in (4, 9, 5)]
    torch.testing.assert_close(together, torch.cat(alone))
    assert together.shape == (3,)
    held_out = task.loss(model, task.episodes(Source(5, Split.HELD_OUT), [4]), tracing)
    assert not torch.equal(held_out, alone[0])


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", TASKS)
def test_presets_make_tasks_and_the_first_arm_is_the_task_itself(name: str, quick: bool) -> None:
    for arm in TASKS[name].arms:
        assert read_plan(name, None, {}, {}, Wish(arm, quick)).arm == arm
    assert next(iter(TASKS[name].arms.values())) == Preset()


@pytest.mark.parametrize("name", SMALL)
def test_every_metric_is_given_for_each_episode(name: str) -> None:
    task = SMALL[name]
    with torch.no_grad():
        figures = task.evaluate(task.model(0), task.episodes(SOURCE, range(4)), TRACINGS["adjoint"])
    assert set(figures) == {metric.name for metric in task.metrics}
    assert all(values.shape == (4,) for values in figures.values())


@pytest.mark.parametrize("tracing", GENERAL)
@pytest.mark.parametrize("name", SMALL)
def test_gradients_reach_every_weight(name: str, tracing: str) -> None:
    task = SMALL[name]
    model = task.model(0)
    task.loss(model, task.episodes(SOURCE, range(3)), TRACINGS[tracing]).mean().backward()
    for weight in model.parameters():
        assert not weight.requires_grad or (weight.grad is not None and bool(weight.grad.any()))


def test_metrics_know_what_is_better() -> None:
    low, high = Metric("a", "lower", ""), Metric("b", "higher", "")
    assert low.beats(1.0, None)
    assert not low.beats(float("nan"), None)
    assert (low.beats(1.0, 2.0), high.beats(1.0, 2.0)) == (True, False)


def test_the_published_size() -> None:
    task = Patterns()
    assert task.ticks == 2 * 5 * 10 + 6
    assert sum(weight.numel() for weight in task.model(0).parameters() if weight.requires_grad) == 2_004_003


def test_an_episode_of_patterns() -> None:
    task = Patterns(bits=10, patterns=3, cycles=2, shown=2, blank=1, test=2)
    inputs, target, zeroed = (tensor.numpy() for tensor in task.episodes(SOURCE, [0, 1]))
    assert inputs.shape == (2 * 3 * 3 + 2, 2, 11)
    assert (inputs[:, :, -1] == 1).all()
    bits = inputs[:, :, :-1]
    for row in range(2):
        shown = bits[:18, row].reshape(6, 3, 10)
        assert (shown[:, 2] == 0).all()
        assert (shown[:, 0] == shown[:, 1]).all()
        patterns = shown[:, 0]
        assert set(np.unique(patterns)) == {-1.0, 1.0}
        assert {tuple(pattern) for pattern in patterns[:3]} == {tuple(pattern) for pattern in patterns[3:]}
        assert any((pattern == target[row]).all() for pattern in patterns[:3])
        assert zeroed[row].sum() == 5
        assert (bits[18:, row] == np.where(zeroed[row], 0, target[row])).all()


def test_wrong_bits_are_counted() -> None:
    class Fixed(torch.nn.Module):
        """Answers the target with some bits turned."""

        def __init__(self, answer: torch.Tensor) -> None:
            super().__init__()
            self.answer = answer

        def begin(self, count: int, tracing: object) -> None:
            del count, tracing

        def forward(self, inputs: torch.Tensor, state: None) -> tuple[torch.Tensor, None]:
            bias = inputs.new_ones(1, len(self.answer), 1)
            return torch.cat([self.answer[None], bias], 2), state

    task = Patterns(bits=10, patterns=1)
    batch = task.episodes(SOURCE, [0])
    answer = batch.target.clone()
    answer[0, int(batch.zeroed[0].nonzero()[0])] *= -1
    answer[0, int((~batch.zeroed[0]).nonzero()[0])] = 0.0
    figures = task.evaluate(Fixed(answer), batch, TRACINGS["plain"])  # type: ignore[arg-type]
    assert {name: value.item() for name, value in figures.items()} == pytest.approx({"wrong_zeroed": 0.2, "wrong": 0.2})
    assert task.loss(Fixed(answer), batch, TRACINGS["plain"]).item() == pytest.approx(5.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"bits": 0}, {"patterns": 0}, {"zeroed": 1.0}, {"zeroed": 0.0001}, {"blank": -1}, {"rule": "x"}, {"eta": 2.0}],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Patterns(**wrong)  # type: ignore[arg-type]
