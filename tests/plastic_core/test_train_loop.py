"""The loop: to the bit after a stop, whatever was not finite left out, the same for a team as for one."""

from __future__ import annotations

import itertools
import math
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from plastic_core import folders
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.patterns import Patterns
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train import checkpoint, loading
from plastic_core.train.checkpoint import MODEL, OPTIMIZER, CheckpointForeign, CheckpointTorn
from plastic_core.train.events import Begun, Ended, Evaluated, Event, Stepped
from plastic_core.train.keeping import RunBusy
from plastic_core.train.learner import Learner, Plan, Progress
from plastic_core.train.log import EVALUATIONS, STEPS, table
from plastic_core.train.loop import Diverged, step, train
from plastic_core.train.settings import TrainSettings
from plastic_core.train.team import Alone, Team, share
from tests.plastic_core.toy_task import Line

SETTINGS = TrainSettings(episodes=40, batch=2, learning_rate=0.05, evaluate_every=10, save_every=10, seed=3)
LINE = Plan("line", Line(), SETTINGS)
PATTERNS = Plan("patterns", Patterns(bits=12, patterns=2), replace(SETTINGS, schedule="cosine", clip_norm=5.0))


def run(plan: Plan, folder: Path, steps: int | None = None) -> list[Event]:
    """All events; with `steps`, of a run that is asked to stop after so many."""
    asked = itertools.count(1)
    ticking = itertools.count()
    return list(train(plan, folder, clock=lambda: float(next(ticking)), stop=lambda: next(asked) == steps))


def ended(events: list[Event]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


def final_bytes(events: list[Event]) -> list[bytes]:
    path = ended(events).path
    assert path is not None
    return [(path / name).read_bytes() for name in (MODEL, OPTIMIZER)]


@pytest.mark.parametrize("plan", [LINE, PATTERNS], ids=["line", "patterns"])
@pytest.mark.parametrize("steps", [1, 7])
def test_a_run_goes_on_to_the_bit(tmp_path: Path, plan: Plan, steps: int) -> None:
    calm = run(plan, tmp_path / "calm")
    first = run(plan, tmp_path / "broken", steps)
    assert (ended(first).step, ended(first).complete) == (steps, False)
    rest = run(plan, tmp_path / "broken")
    assert isinstance(rest[0], Begun)
    assert rest[0].episode == steps * plan.settings.batch
    assert ended(rest).complete
    assert final_bytes(rest) == final_bytes(calm)
    for name in (STEPS, EVALUATIONS):
        columns, rows = table(tmp_path / "calm" / name)
        kept = [index for index, column in enumerate(columns) if column != "seconds"]
        assert np.array_equal(table(tmp_path / "broken" / name)[1][:, kept], rows[:, kept])


def test_what_was_logged_after_the_checkpoint_is_lived_through_again(tmp_path: Path) -> None:
    calm = run(LINE, tmp_path / "calm")
    interrupted = train(LINE, tmp_path / "killed", clock=lambda: 0.0)
    for event in interrupted:
        if isinstance(event, Stepped) and event.episode == 38:
            break
    del interrupted, event  # its files are closed, nothing is saved: as after a kill
    for path in (tmp_path / "killed" / STEPS, tmp_path / "killed" / EVALUATIONS):
        with path.open("a", encoding="utf-8") as file:
            file.write("19,4")  # half a row
    assert final_bytes(run(LINE, tmp_path / "killed")) == final_bytes(calm)
    _, rows = table(tmp_path / "killed" / STEPS)
    assert rows[:, 0].tolist() == list(range(20))


def test_two_processes_do_not_train_in_one_folder(tmp_path: Path) -> None:
    first = train(LINE, tmp_path, clock=lambda: 0.0)
    next(first)
    with pytest.raises(RunBusy, match="another process trains in"):
        next(train(LINE, tmp_path, clock=lambda: 0.0))
    first.close()
    assert ended(run(LINE, tmp_path)).complete


def test_a_finished_run_is_done(tmp_path: Path) -> None:
    calm = run(LINE, tmp_path)
    again = run(LINE, tmp_path)
    assert [type(event) for event in again] == [Begun, Ended]
    assert ended(again) == replace(ended(calm), path=None)
    longer = run(replace(LINE, settings=replace(SETTINGS, episodes=60)), tmp_path)
    assert (ended(longer).step, ended(longer).complete) == (30, True)


def test_it_learns_and_keeps_the_newest_and_the_best(tmp_path: Path) -> None:
    plan = replace(LINE, settings=replace(SETTINGS, episodes=400, keep=2))
    events = run(plan, tmp_path)
    told = [event for event in events if isinstance(event, Evaluated)]
    assert [event.episode for event in told] == list(range(0, 401, 10))
    assert told[0].metrics["error"] > 1.0
    assert ended(events).metrics["error"] < 1e-3
    best = min(told, key=lambda event: event.metrics["error"])
    assert [int(path.name) for path in folders.stored(tmp_path / "best")] == [best.episode]
    assert [int(path.name) for path in folders.stored(tmp_path / "checkpoints")] == [390, 400]
    assert (ended(events).best_episode, ended(events).best) == (best.episode, best.metrics["error"])


def killed_after(plan: Plan, folder: Path, episode: int) -> None:
    for event in train(plan, folder, clock=lambda: 0.0):
        if isinstance(event, Evaluated) and event.episode == episode:
            return


def test_a_run_killed_before_its_first_checkpoint_leaves_no_best_to_the_next(tmp_path: Path) -> None:
    """Nothing was saved, so another plan may begin there; what the dead run found best is not its own."""
    killed_after(replace(LINE, settings=replace(SETTINGS, save_every=100)), tmp_path, 30)
    assert [path.name for path in (tmp_path / "best").iterdir()] == [f"{30:012d}"]
    other = replace(LINE, settings=replace(SETTINGS, seed=4, episodes=20))
    last = ended(run(other, tmp_path))
    assert last.best_episode == 20
    assert [path.name for path in (tmp_path / "best").iterdir()] == [f"{last.best_episode:012d}"]
    assert checkpoint.read_card(loading.found_at(tmp_path))["seed"] == 4


def test_the_best_is_the_one_that_the_run_counts_as_best(tmp_path: Path) -> None:
    """A later one of a life that was lost may lie in the folder: by number it would be the newest."""
    killed_after(replace(LINE, settings=replace(SETTINGS, evaluate_every=30, save_every=10)), tmp_path, 30)
    for path in folders.stored(tmp_path / "checkpoints")[-2:]:
        shutil.rmtree(path)
    last = ended(run(replace(LINE, settings=replace(SETTINGS, episodes=20)), tmp_path))
    assert last.best_episode == 20
    assert [path.name for path in (tmp_path / "best").iterdir()] == [f"{20:012d}"]


def test_held_out_episodes_are_never_trained_on() -> None:
    training = [Source(1, Split.TRAINING).generator(number).bytes(8) for number in range(100)]
    held_out = [Source(1, Split.HELD_OUT).generator(number).bytes(8) for number in range(100)]
    assert len(set(training + held_out)) == 200


def test_evaluation_changes_nothing(tmp_path: Path) -> None:
    often = replace(PATTERNS, settings=replace(PATTERNS.settings, evaluate_every=2, evaluate_batch=3))
    assert final_bytes(run(often, tmp_path / "often")) == final_bytes(run(PATTERNS, tmp_path / "seldom"))


def test_torchs_own_generator_plays_no_part(tmp_path: Path) -> None:
    calm = run(PATTERNS, tmp_path / "calm")
    torch.rand(7)
    before = torch.get_rng_state()
    assert final_bytes(run(PATTERNS, tmp_path / "again")) == final_bytes(calm)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_without_a_finite_loss_is_skipped(tmp_path: Path) -> None:
    events = run(Plan("line", Line(bad=(4, 5, 9)), SETTINGS), tmp_path)
    skipped = [event.step for event in events if isinstance(event, Stepped) and event.skipped]
    assert (skipped, ended(events).skipped) == ([2, 4], 2)
    assert math.isfinite(ended(events).metrics["error"])
    found, _ = checkpoint.newest(tmp_path / "checkpoints")
    assert found is not None
    assert all(bool(torch.isfinite(tensor).all()) for tensor in [*found.model.values(), *found.optimizer.values()])


def test_a_skipped_step_changes_no_weight() -> None:
    learner = Learner.new(LINE)
    before = [weight.clone() for weight in learner.model.parameters()]
    taken = step(replace(LINE, task=Line(bad=(1,))), learner, Progress(), TRACINGS["plain"], Alone())
    assert taken.skipped
    assert all(torch.equal(a, b) for a, b in zip(before, learner.model.parameters(), strict=True))


def test_several_bad_steps_in_a_row_end_the_run(tmp_path: Path) -> None:
    bad = Plan("line", Line(bad=tuple(range(22, 40))), replace(SETTINGS, bad_steps=3))
    with pytest.raises(Diverged, match=r"3 steps in a row .* up to episode 28.*learning_rate"):
        run(bad, tmp_path)
    assert [int(path.name) for path in folders.stored(tmp_path / "checkpoints")] == [10, 20]


def test_the_gradient_is_clipped_and_its_norm_told() -> None:
    norms, moved = [], []
    for clip in (None, 1e-3):
        learner = Learner.new(LINE)
        plan = replace(LINE, settings=replace(SETTINGS, clip_norm=clip))
        norms.append(step(plan, learner, Progress(), TRACINGS["plain"], Alone()).grad_norm)
        square = sum(float((weight.grad**2).sum()) for weight in learner.model.parameters() if weight.grad is not None)
        moved.append(square**0.5)
    assert norms[0] == norms[1] == pytest.approx(moved[0])
    assert moved[1] == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (Plan("line", Line(width=3), SETTINGS), r"task.width = 2, not 3"),
        (replace(LINE, settings=replace(SETTINGS, learning_rate=0.1)), r"train.learning_rate = 0.05, not 0.1"),
        (replace(LINE, settings=replace(SETTINGS, schedule="cosine")), r"train.schedule = constant, not cosine"),
        (replace(LINE, name="curve"), r"the task line, not curve"),
    ],
)
def test_another_plan_is_refused(tmp_path: Path, plan: Plan, told: str) -> None:
    run(LINE, tmp_path, 3)
    with pytest.raises(CheckpointForeign, match=told):
        run(plan, tmp_path)


def test_a_torn_checkpoint_is_passed_over(tmp_path: Path) -> None:
    calm = run(LINE, tmp_path / "calm")
    run(LINE, tmp_path / "torn", 17)
    for path in folders.stored(tmp_path / "torn" / "checkpoints")[1:]:
        (path / MODEL).write_bytes((path / MODEL).read_bytes()[:-3])
    events = run(LINE, tmp_path / "torn")
    assert isinstance(events[0], Begun)
    assert (events[0].episode, len(events[0].passed_over)) == (20, 2)
    assert final_bytes(events) == final_bytes(calm)


def test_torn_checkpoints_alone_are_no_new_start(tmp_path: Path) -> None:
    run(LINE, tmp_path, 3)
    for path in folders.stored(tmp_path / "checkpoints"):
        (path / OPTIMIZER).unlink()
    with pytest.raises(CheckpointTorn, match="move the folder away"):
        run(LINE, tmp_path)


@dataclass
class Pair:
    """A team of two threads that meet at a barrier."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))
    given: dict[int, list[torch.Tensor]] = field(default_factory=dict)

    def member(self, rank: int) -> Team:
        return Half(self, rank)


@dataclass(frozen=True)
class Half:
    pair: Pair
    rank: int
    size: int = 2

    def average(self, tensors: Sequence[torch.Tensor]) -> None:
        self.pair.given[self.rank] = [tensor.clone() for tensor in tensors]
        self.pair.barrier.wait(10.0)
        for tensor, first, second in zip(tensors, self.pair.given[0], self.pair.given[1], strict=True):
            tensor.copy_((first + second) / 2)
        self.pair.barrier.wait(10.0)

    def any(self, wish: bool) -> bool:
        return wish


def test_two_take_the_step_that_one_takes() -> None:
    """Up to rounding: a mean of four is there a mean of two means. Measured 2e-7; 1e-5 is allowed after three steps."""
    plan = replace(PATTERNS, settings=replace(PATTERNS.settings, batch=4))
    learners, pair = [Learner.new(plan) for _ in range(3)], Pair()
    three = [Progress(step=number, episode=4 * number) for number in range(3)]
    alone = [step(plan, learners[2], progress, TRACINGS["plain"], Alone()) for progress in three]
    told: dict[int, list[float]] = {}

    def work(rank: int) -> None:
        taken = [step(plan, learners[rank], progress, TRACINGS["plain"], pair.member(rank)) for progress in three]
        told[rank] = [each.loss for each in taken]

    threads = [threading.Thread(target=work, args=(rank,)) for rank in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)
    assert told[0] == told[1] == pytest.approx([each.loss for each in alone], rel=1e-5)
    first, second, one = (learner.tensors()[0] for learner in learners)
    for name, tensor in one.items():
        assert torch.equal(first[name], second[name])
        torch.testing.assert_close(first[name], tensor, rtol=1e-5, atol=1e-6)


def test_episodes_are_shared_by_number() -> None:
    assert [share(range(8, 14), Half(Pair(), rank)) for rank in (0, 1)] == [range(8, 11), range(11, 14)]
    with pytest.raises(ValueError, match="does not divide"):
        share(range(3), Half(Pair(), 0))


def test_nothing_is_saved_by_the_others(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Second(Half):
        def average(self, tensors: Sequence[torch.Tensor]) -> None:
            pass

    events = list(train(LINE, tmp_path, clock=lambda: 0.0, team=Second(Pair(), 1)))
    assert {type(event) for event in events} == {Stepped, Ended}
    assert list(tmp_path.iterdir()) == []
