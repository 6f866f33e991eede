"""Training by two processes on Ray: what one process would have learned, up to rounding."""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest
import torch

from plastic_core.tasks.patterns import Patterns
from plastic_core.train import checkpoint
from plastic_core.train.events import Begun, Ended, Event, Stepped
from plastic_core.train.learner import Plan
from plastic_core.train.loop import train
from plastic_core.train.settings import TrainSettings
from service.cluster import remote
from service.cluster.training import train_together
from service.errors import MissingPartError, PlastreamError, UsageError, WaitError

# Ray 2.60 sets options of its own data library that it calls deprecated itself
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context")
STEPS = 5
RELATIVE = 1e-5
"""Of the first losses: a mean of four episodes is here a mean of two means."""
ABSOLUTE = 1e-4
"""Of the weights at the end, less than one step of Adam; measured after 6 steps: at most 3e-8 apart."""
PLAN = Plan("patterns", Patterns(bits=16, patterns=2), TrainSettings(episodes=40_000, batch=4, save_every=4))


def learned(folder: Path) -> Mapping[str, torch.Tensor]:
    found, _ = checkpoint.newest(folder / "checkpoints")
    assert found is not None
    return found.model


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    """One Ray for all: its start is most of the time."""
    remote.start()
    yield
    remote.stop()


def together(plan: Plan, folder: Path, at_first_step: Callable[[], object]) -> list[Event]:
    """The events of two workers; asked to stop where `at_first_step` gives True."""
    events: list[Event] = []
    wishes: list[object] = []
    for event in train_together(plan, folder, 2, None, lambda: True in wishes, lambda: None):
        events.append(event)
        if isinstance(event, Stepped) and not wishes:
            wishes.append(at_first_step())
    return events


def test_two_workers_learn_what_one_does(tmp_path: Path) -> None:
    both = together(PLAN, tmp_path / "both", lambda: True)
    last = both[-1]
    assert isinstance(last, Ended)
    assert not last.complete
    asked = itertools.count(1)
    alone = list(train(PLAN, tmp_path / "alone", clock=lambda: 0.0, stop=lambda: next(asked) == last.step))
    assert [type(event) for event in both] == [type(event) for event in alone]
    first = [[event.loss for event in events if isinstance(event, Stepped)][:STEPS] for events in (alone, both)]
    assert first[1] == pytest.approx(first[0], rel=RELATIVE)
    models = [learned(tmp_path / name) for name in ("alone", "both")]
    for name, tensor in models[0].items():
        torch.testing.assert_close(models[1][name], tensor, rtol=0.0, atol=ABSOLUTE)
    kept = sorted(path.name for path in (tmp_path / "both").iterdir())
    assert kept == [".lock", "best", "checkpoints", "evaluations.csv", "steps.csv"]


def test_a_killed_worker_ends_the_run_and_one_goes_on(tmp_path: Path) -> None:
    def kill() -> None:
        ours = psutil.Process().children(recursive=True)
        next(process for process in ours if "RayTrainWorker" in " ".join(process.cmdline())).kill()

    with pytest.raises(PlastreamError, match="a worker was lost; the same command goes on") as caught:
        together(PLAN, tmp_path, kill)
    assert caught.value.exit_code == 1
    begun = next(train(PLAN, tmp_path, clock=lambda: 0.0))
    assert isinstance(begun, Begun)


def test_more_workers_than_processors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="need as many CPUs"):
        list(train_together(PLAN, tmp_path, 4096, None, lambda: False, lambda: None))


def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{holder.getsockname()[1]}"  # taken, and nobody listens
        with pytest.raises(WaitError, match=f"no Ray cluster answers at {address}"):
            list(train_together(PLAN, tmp_path, 2, address, lambda: False, lambda: None))


def test_without_ray_train_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray.train.torch", None)
    with pytest.raises(MissingPartError, match=r'pip install "plastream\[train\]"'):
        list(train_together(PLAN, tmp_path, 2, None, lambda: False, lambda: None))
