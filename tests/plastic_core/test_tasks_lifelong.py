"""What is special about lifelong: probes leave no mark, what the slow trace does, the arms, that it learns to keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from plastic_core.consolidation import CONSOLIDATIONS
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.lifelong import Lifelong, LifelongNetwork, Lives
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import trained
from tests.plastic_core.quick_run import learned

PLAIN = TRACINGS["plain"]
HELD_OUT = Source(1, Split.HELD_OUT)


def small(**settings: Any) -> Lifelong:
    sizes: dict[str, Any] = {"bits": 10, "tasks": 5, "patterns": 2, "farthest": 3, "shown": 2, "test": 2}
    sizes["consolidation"] = "none"
    return Lifelong(**{**sizes, **settings})


def test_a_life_shows_patterns_and_asks_for_them_again() -> None:
    task = small()
    assert task.lags == (0, 1, 2)
    inputs, cues, targets, zeroed = (part.numpy() for part in task.episodes(HELD_OUT, [0, 1]))
    assert inputs.shape == (5, 2 * 3, 2, 11)
    assert cues.shape == (5, 3, 2, 11)
    assert (inputs[..., -1] == 1).all()
    assert (cues[..., -1] == 1).all()
    study = inputs[..., :-1].reshape(5, 2, 3, 2, 10)
    assert (study[:, :, 2] == 0).all()
    assert (study[:, :, 0] == study[:, :, 1]).all()
    assert set(np.unique(study[:, :, 0])) == {-1.0, 1.0}
    assert (zeroed.sum(-1) == 5).all()
    assert (cues[..., :-1] == np.where(zeroed, 0, targets)).all()
    for life in range(2):
        for now in range(5):
            for probe, lag in enumerate(task.lags):
                asked = targets[now, probe, life]
                if lag > now:
                    assert not asked.any()
                else:
                    assert any((asked == pattern).all() for pattern in study[now - lag, :, 0, life])


def test_what_is_shown_does_not_depend_on_what_is_asked() -> None:
    task = small()
    few, many = task.episodes(HELD_OUT, [3]), replace(task, farthest=4).episodes(HELD_OUT, [3])
    assert torch.equal(few.inputs, many.inputs)
    assert many.cues.shape[1] == len(few.cues[0]) + 1


def with_other_probes(lives: Lives) -> Lives:
    cues = lives.cues.clone()
    cues[:-1] *= -1
    return lives._replace(cues=cues)


@pytest.mark.parametrize("consolidation", ["none", *CONSOLIDATIONS])
@pytest.mark.parametrize("rule", ["hebb", "delta", "retroactive", "clipped"])
def test_probes_leave_no_mark(rule: str, consolidation: str) -> None:
    task = small(rule=rule, consolidation=consolidation)
    model, lives = task.model(0), task.episodes(HELD_OUT, range(3))
    with torch.no_grad():
        first, other = model(lives, PLAIN), model(with_other_probes(lives), PLAIN)
    assert torch.equal(first[-1], other[-1])
    assert not torch.equal(first[0], other[0])


def test_without_consolidation_probes_are_the_layer_itself() -> None:
    task = small(tasks=4)
    model, lives = task.model(0), task.episodes(HELD_OUT, range(3))
    body, last = model.body, lives.cues[-1]
    with torch.no_grad():
        expected = list[torch.Tensor]()
        for cue in last:
            everything = torch.cat([*lives.inputs, cue.expand(task.test, *cue.shape)])
            silent = torch.ones(everything.shape[:2])
            silent[-task.test :] = 0
            activity, _ = body(everything, body.begin(3, PLAIN), silent)
            expected.append(activity[-1])
        torch.testing.assert_close(model(lives, PLAIN)[-1], torch.stack(expected))


def test_a_slow_trace_of_no_strength_changes_nothing() -> None:
    lives = small().episodes(HELD_OUT, range(2))
    plain, slow = small().model(4), small(consolidation="averaged").model(4)
    assert slow.consolidation is not None
    with torch.no_grad():
        before = slow(lives, PLAIN)
        slow.consolidation.strength.zero_()
        for expected, found, alive in zip(plain(lives, PLAIN), slow(lives, PLAIN), before, strict=True):
            torch.testing.assert_close(found, expected)
            assert alive.shape == expected.shape
    assert not torch.equal(before[-1], plain(lives, PLAIN)[-1])


def test_a_slow_trace_answers_where_the_fast_one_has_forgotten() -> None:
    """With an eta of one H holds the last tick alone; S, made of what H was and read alone, has the first task too."""
    task = Lifelong(bits=64, tasks=3, farthest=2, blank=0, eta=1.0, consolidation="corrected", alpha="scalar")
    forgetful = replace(task, consolidation="none")
    model, plain = task.model(0), forgetful.model(0)
    assert model.consolidation is not None
    with torch.no_grad():
        for weight in (model.body.connections.fixed, plain.body.connections.fixed):
            weight.zero_()
        model.body.connections.alpha.zero_()
        model.consolidation.fade.fill_(-9.0)
        model.consolidation.gain.fill_(0.5413)  # softplus gives one: a pattern is taken over whole
        model.consolidation.strength.fill_(2.0)
        lives = task.episodes(HELD_OUT, range(20))
        kept, lost = task.evaluate(model, lives, PLAIN), forgetful.evaluate(plain, lives, PLAIN)
    assert kept["wrong_farthest"].mean() < 0.15
    assert lost["wrong_newest"].mean() < 0.05
    assert lost["wrong_farthest"].mean() > 0.4


class Fixed(torch.nn.Module):
    """Answers each target with some of its bits turned: those of one lag."""

    def __init__(self, lag: int) -> None:
        super().__init__()
        self.lag = lag

    def forward(self, lives: Lives, tracing: object) -> list[torch.Tensor]:
        del tracing
        answers = lives.targets.clone()
        answers[:, self.lag] = torch.where(lives.zeroed[:, self.lag], -answers[:, self.lag], answers[:, self.lag])
        answers = torch.cat([answers, answers.new_ones(*answers.shape[:3], 1)], 3)
        return [given[: min(task, 2) + 1] for task, given in enumerate(answers)]


@pytest.mark.parametrize(("lag", "expected"), [(0, (0, 1, 0, 0)), (1, (0.5, 0, 0, 1)), (2, (0.5, 0, 1, 2))])
def test_wrong_bits_are_counted_by_lag(lag: int, expected: tuple[float, ...]) -> None:
    task = small()
    batch = task.episodes(HELD_OUT, [0, 1])
    figures = task.evaluate(Fixed(lag), batch, PLAIN)  # type: ignore[arg-type]
    assert tuple(figures) == ("wrong_old", "wrong_newest", "wrong_farthest", "span")
    for value, wanted in zip(figures.values(), expected, strict=True):
        assert value.numpy() == pytest.approx(np.full(2, wanted))
    loss = task.loss(Fixed(lag), batch, PLAIN)  # type: ignore[arg-type]
    assert loss.numpy() == pytest.approx(np.full(2, 5 * 4 / 3))


def test_an_exhibit_shows_every_lag() -> None:
    task = small(farthest=4)
    with torch.no_grad():
        shown = task.exhibit(task.model(0), HELD_OUT, PLAIN)
    assert set(shown.lines) == {"this network", "guessing"}
    for line in shown.lines.values():
        assert line.x.tolist() == [0, 1, 2, 3, 4]
        assert ((line.y >= 0) & (line.y <= 1)).all()


def test_arms_have_what_they_are_named_after() -> None:
    models = {name: replace(Lifelong(), **arm.task).model(0) for name, arm in Lifelong.arms.items()}
    assert all(isinstance(model, LifelongNetwork) for model in models.values())
    assert {name for name, model in models.items() if model.consolidation is not None} == {"consolidated", "averaged"}
    assert set(trained(models["rnn"])) == {"body.connections.fixed"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"bits": 0},
        {"patterns": 0},
        {"farthest": 24},
        {"zeroed": 1.0},
        {"blank": -1},
        {"rule": "x"},
        {"eta": 2.0},
        {"consolidation": "x"},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Lifelong(**wrong)  # type: ignore[arg-type]


def test_rule_none_does_not_consolidate() -> None:
    with pytest.raises(ValueError, match="leaves nothing to consolidate"):
        Lifelong(rule="none", consolidation="averaged")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least", "most"), [("consolidated", 0.0, 0.12), ("plain", 0.15, 0.3), ("rnn", 0.4, 0.6)]
)
def test_the_quick_version_keeps_what_controls_cannot(name: str, least: float, most: float, tmp_path: Path) -> None:
    """Guessing gives 0.5."""
    found = learned("lifelong", name, tmp_path)
    assert least <= found["wrong_old"] < most
