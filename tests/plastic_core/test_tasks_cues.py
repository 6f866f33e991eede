"""The world of the cue-reward task, its arms, its figures, and that the quick version learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from plastic_core.tasks.acting.cue_world import CueTrials, CueWorld
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.cues import CueEpisodes, Cues
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import trained
from tests.plastic_core.quick_run import learned

PLAIN = TRACINGS["plain"]
HELD_OUT = Source(1, Split.HELD_OUT)
SMALL = Cues(bits=6, ticks=30, neurons=8, eta=0.3)


def arm(name: str, **settings: object) -> Cues:
    return Cues(**{**settings, **Cues.arms[name].task})  # type: ignore[arg-type]


def test_an_episode_of_cues() -> None:
    trials = CueTrials(bits=30, ticks=200)
    lengths, sets = set[int](), set[bool]()
    for number in range(20):
        seen, answers = trials.drawn(HELD_OUT.generator(number))
        assert seen.shape == (200, 33)
        assert (seen[:, -1] == np.arange(200, dtype=np.float32) / 200).all()
        go = seen[:, 31] == 1
        assert (go == (answers >= 0)).all()
        assert not seen[go, :31].any()
        assert not seen[np.flatnonzero(go)[:-1] + 1, :32].any()  # a blank, where the reward is seen
        shown = np.flatnonzero(seen[:, :30].any(1))
        assert set(np.unique(seen[shown, :30])) == {-1.0, 1.0}
        names = [seen[tick, :30].tobytes() for tick in shown]
        assert len(set(names)) == 4
        ends = np.flatnonzero(go)
        starts = shown[: 2 * len(ends) : 2]
        assert ((starts < ends) & (shown[1 : 2 * len(ends) : 2] < ends)).all()
        assert (starts[1:] > ends[:-1]).all()
        lengths |= set(np.diff(starts).tolist())
        pairs = [set(names[2 * k : 2 * k + 2]) for k in range(len(ends))]
        assert all(len(pair) == 2 for pair in pairs)
        right = [bool(answers[end]) for end in ends]
        sets |= set(right)
        targets = [cue for cue in set(names) if [cue in pair for pair in pairs] == right]
        assert len(targets) == 1  # one cue explains every answer
    assert lengths == {5, 6, 7, 8}
    assert sets == {False, True}


def test_an_answer_that_does_not_look_is_right_half_the_time() -> None:
    for cues in (3, 4, 6):
        trials = CueTrials(cues=cues, bits=2, ticks=200)
        answers = np.concatenate([trials.drawn(HELD_OUT.generator(number))[1] for number in range(100)])
        asked = answers[answers >= 0]
        assert abs(asked.mean() - 0.5) < 4 * 0.5 / len(asked) ** 0.5


def test_what_an_answer_earns() -> None:
    seen = torch.zeros(3, 4, 5)
    seen[:, :, 0] = torch.arange(3.0)[:, None]
    answers = torch.tensor([[-1, -1, 0, 1], [1, 0, 0, 1], [-1, -1, -1, -1]])
    world = CueWorld(seen, answers, echo=2.0)
    assert world.observations == 5
    assert world.actions == 2
    assert (world.begin() == 0).all()
    rewards, after = world.act(torch.tensor([0, 1, 0, 0]))
    assert list(rewards.numpy()) == [0, 0, 1, -1]
    assert list(after[:, 2].numpy()) == [0, 0, -2, -2]
    assert (after[:, 0] == 1).all()
    rewards, after = world.act(torch.tensor([1, 1, 1, 1]))
    assert list(rewards.numpy()) == [1, -1, -1, 1]
    assert list(after[:, 2].numpy()) == [2, 2, 2, 2]
    assert (after[:, 0] == 2).all()
    rewards, after = world.act(torch.tensor([1, 0, 1, 0]))
    assert list(rewards.numpy()) == [0, 0, 0, 0]
    assert not after.any()
    assert not seen[:, :, 1:].any()  # what was handed in is not written to


def test_choices_count_only_where_an_answer_does() -> None:
    batch = SMALL.episodes(HELD_OUT, range(5))
    assert (batch.choices[batch.answers < 0] == 0).all()
    assert (batch.choices[batch.answers >= 0] > 0).all()


def test_figures_count_right_answers() -> None:
    """An agent that has learned nothing and is sure of yes: right where yes is right."""
    task = replace(SMALL, ticks=100)
    agent, batch = task.model(0), task.episodes(HELD_OUT, range(6))
    with torch.no_grad():
        agent.heads.zero_()
        agent.heads_bias.copy_(torch.tensor([0.0, 50.0, 0.0]))
        figures = task.evaluate(agent, batch, PLAIN)
    for row in range(6):
        answers = batch.answers[:, row].numpy()
        right = answers[answers >= 0] == 1
        assert figures["right"][row].item() == pytest.approx(right.mean())
        assert figures["reward"][row].item() == pytest.approx(2 * right.mean() - 1)
        assert figures["late_right"][row].item() == pytest.approx(right[len(right) // 2 :].mean())


def test_the_loss_is_about_answers_alone() -> None:
    """With even choices and no value: -log p of +-1 on each answer, less the entropy, plus the squared advantage."""
    agent, batch = SMALL.model(0), SMALL.episodes(HELD_OUT, range(6))
    with torch.no_grad():
        agent.heads.zero_()
    entropy = float(np.log(2))
    taken = (batch.choices >= 0.5).long()
    rewards = torch.where(taken == batch.answers, 1.0, -1.0) * batch.asked
    mean = rewards.sum(0) / batch.asked.sum(0)
    expected = entropy * mean + SMALL.value_weight - SMALL.entropy_weight * entropy
    torch.testing.assert_close(SMALL.loss(agent, batch, PLAIN), expected)


def test_arms_are_as_large_as_the_claim() -> None:
    sizes = {name: sum(weight.numel() for weight in trained(arm(name).model(0)).values()) for name in Cues.arms}
    assert sizes["modulated"] == 26 * 64 + 2 * 64**2 + 64 + 65 + 3 * 65
    for size in sizes.values():
        assert size == pytest.approx(sizes["modulated"], rel=0.01)


@pytest.mark.parametrize("name", Cues.arms)
def test_an_exhibit_goes_from_trial_to_trial(name: str) -> None:
    task = arm(name, bits=6, ticks=30)
    with torch.no_grad():
        lines = task.exhibit(task.model(0), HELD_OUT, PLAIN).lines
    trained, guessing = lines["trained"], lines["guessing"]
    assert list(trained.x) == list(guessing.x) == [1.0, 2.0, 3.0, 4.0]
    assert (abs(trained.y - 0.5) < 0.2).all()  # nobody has learned anything
    assert list(guessing.y) == [0.5] * 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"cues": 2},
        {"bits": 0},
        {"ticks": 15},
        {"shortest": 3},
        {"longest": 4},
        {"rule": "x"},
        {"neurons": 0},
        {"eta": 2.0},
        {"gain": 0.0},
        {"feedback_scale": 0.0},
        {"gamma": 1.5},
        {"value_weight": 0.0},
        {"entropy_weight": -1.0},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Cues(**wrong)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_quick_version_learns_where_it_is_modulated(tmp_path: Path) -> None:
    found = {name: learned("cues", name, tmp_path / name)["late_right"] for name in ("modulated", "rnn")}
    assert found["modulated"] > 0.65  # guessing ends within 0.5 +- 0.06: 200 episodes of six late answers each
    assert found["rnn"] < 0.56


def test_episodes_hold_what_was_drawn() -> None:
    batch = SMALL.episodes(HELD_OUT, [7])
    seen, answers = SMALL.trials.drawn(HELD_OUT.generator(7))
    assert isinstance(batch, CueEpisodes)
    assert (batch.seen[:, 0].numpy() == seen).all()
    assert (batch.answers[:, 0].numpy() == answers).all()
