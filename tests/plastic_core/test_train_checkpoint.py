"""Checkpoints: what is read is what was written, or one clear line."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from plastic_core import folders
from plastic_core.tasks.patterns import Patterns
from plastic_core.train import checkpoint, loading
from plastic_core.train.checkpoint import CARD, MODEL, OPTIMIZER, Checkpoint, CheckpointForeign, CheckpointTorn
from plastic_core.train.evaluation import each, means, standard_errors
from plastic_core.train.events import Ended
from plastic_core.train.learner import Learner, Plan
from plastic_core.train.loop import train
from plastic_core.train.settings import TrainSettings

PLAN = Plan("patterns", Patterns(bits=10, patterns=2), TrainSettings(episodes=6, save_every=2, evaluate_episodes=3))


def some(episode: int = 7) -> Checkpoint:
    return Checkpoint(
        episode,
        {"episode": episode, "task": "patterns"},
        {"w": torch.arange(6.0).reshape(2, 3)},
        {"step/w": torch.ones(())},
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert isinstance(list(train(PLAN, folder, clock=lambda: 0.0))[-1], Ended)
    return folder


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = checkpoint.write(tmp_path, some())
    found = checkpoint.read(path)
    assert (found.episode, found.card["task"], found.card["format"]) == (7, "patterns", checkpoint.FORMAT)
    assert torch.equal(found.model["w"], some().model["w"])
    assert torch.equal(found.optimizer["step/w"], torch.ones(()))
    assert names(path) == [CARD, MODEL, OPTIMIZER]
    assert names(tmp_path) == [path.name]


def test_the_card_says_where_it_came_from(trained: Path) -> None:
    card = json.loads((loading.found_at(trained / "checkpoints") / CARD).read_text())
    assert card["config"] == PLAN.config()
    assert (card["seed"], card["episode"], card["task"]) == (0, 6, "patterns")
    assert {"python", "torch", "numpy", "safetensors"} <= set(card["versions"])
    assert set(card["metrics"]) == {"wrong_zeroed", "wrong"}
    assert {"commit", "data", "seconds", "settings"} <= set(card)
    assert str(trained) not in json.dumps(card)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))  # as on a full disk: the write stops in the middle
    try:
        with pytest.raises(OSError, match="too large"):
            checkpoint.write(tmp_path, some())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names(tmp_path) == []


def test_only_the_newest_are_kept_and_drafts_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".draft-x").mkdir()
    for episode in range(5):
        checkpoint.write(tmp_path, some(episode))
        checkpoint.retain(tmp_path, folders.stored(tmp_path)[-2:])
    assert names(tmp_path) == ["000000000003", "000000000004"]


def test_a_checkpoint_is_written_once_unless_it_is_torn(tmp_path: Path) -> None:
    path = checkpoint.write(tmp_path, some())
    stamp = (path / MODEL).stat().st_mtime_ns
    checkpoint.write(tmp_path, some())
    assert (path / MODEL).stat().st_mtime_ns == stamp
    (path / MODEL).write_bytes(b"")
    assert checkpoint.read(checkpoint.write(tmp_path, some())).episode == 7


def cut(name: str, keep: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: (path / name).write_bytes(keep((path / name).read_bytes())) and None


def renamed(name: str, value: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        card = json.loads((path / CARD).read_text()) | {name: value}
        (path / CARD).write_text(json.dumps(card))

    return change


@pytest.mark.parametrize(
    ("harm", "kind", "line"),
    [
        (cut(MODEL, lambda data: data[:-1]), CheckpointTorn, "not as it was written"),
        (cut(MODEL, lambda _: b""), CheckpointTorn, "not as it was written"),
        (cut(OPTIMIZER, lambda data: data[:-1] + bytes([data[-1] ^ 1])), CheckpointTorn, "not as it was written"),
        (cut(CARD, lambda data: data[:40]), CheckpointTorn, "not a checkpoint's card"),
        (cut(CARD, lambda _: b"[" * 100_000), CheckpointTorn, "not a checkpoint's card"),
        (cut(CARD, lambda _: b"\xff"), CheckpointTorn, "not a checkpoint's card"),
        (cut(CARD, lambda _: b"[1]"), CheckpointTorn, "not a checkpoint's card"),
        (lambda path: (path / OPTIMIZER).unlink(), CheckpointTorn, "not whole"),
        (renamed("format", 99), CheckpointForeign, "format 99, this version reads 1"),
        (renamed("format", "x"), CheckpointForeign, "format 'x'"),
        (renamed("episode", 3), CheckpointTorn, "not as it was written"),
    ],
)
def test_hostile_files_give_one_line(
    trained: Path, tmp_path: Path, harm: Callable[[Path], None], kind: type[Exception], line: str
) -> None:
    path = Path(shutil.copytree(loading.found_at(trained), tmp_path / "harmed"))
    harm(path)
    with pytest.raises(kind, match=line) as caught:
        loading.load(path)
    assert "\n" not in str(caught.value)


def forged(path: Path, name: str, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    """Change tensors and make the sums right again: whole, but not of this model."""
    tensors = load_file(path / name)
    change(tensors)
    save_file(tensors, path / name)
    card = json.loads((path / CARD).read_text())
    del card["sum"]
    card["sums"][name] = folders.sum_of((path / name).read_bytes())
    card["sum"] = folders.sum_of(folders.canonical(card))
    (path / CARD).write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("name", "change", "line"),
    [
        (MODEL, lambda t: t.update({"connections.fixed": torch.zeros(2, 3)}), r"connections.fixed is .*\[2, 3\]"),
        (MODEL, lambda t: t.update({"connections.fixed": torch.zeros(11, 11).double()}), "float64"),
        (MODEL, lambda t: t.pop("connections.eta"), "connections.eta is missing"),
        (MODEL, lambda t: t.update({"extra": torch.zeros(1)}), "extra is unknown"),
        (OPTIMIZER, lambda t: t.update({"exp_avg/nobody": torch.zeros(1)}), "exp_avg/nobody belongs to no weight"),
        (OPTIMIZER, lambda t: t.pop("exp_avg/connections.fixed"), "exp_avg/connections.fixed is missing"),
        (OPTIMIZER, lambda t: t.update({"exp_avg/connections.fixed": torch.zeros(1)}), r"exp_avg/connections.fixed is"),
    ],
)
def test_tensors_of_another_model_are_refused(
    trained: Path, tmp_path: Path, name: str, change: Callable[[dict[str, torch.Tensor]], None], line: str
) -> None:
    path = Path(shutil.copytree(loading.found_at(trained / "checkpoints"), tmp_path / "forged"))
    forged(path, name, change)
    with pytest.raises(CheckpointForeign, match=line):
        loading.load(path)


def told(path: Path, changes: dict[str, object]) -> None:
    """Change a card, "section.name" or "name" -> value, and make its sum right again."""
    card = json.loads((path / CARD).read_text())
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        (card[section] if section else card)[name] = value
    del card["sum"]
    card["sum"] = folders.sum_of(folders.canonical(card))
    (path / CARD).write_text(json.dumps(card))


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("settings.tracing", "holographic", "no tracing 'holographic'; there are plain, adjoint"),
        ("settings.batch", 1.5, r"settings are not of this version: batch is int, not 1\.5"),
        ("settings.evaluate_batch", True, "evaluate_batch is int, not True"),
        ("settings.clip_norm", "1", "clip_norm is float"),
        ("settings.seed", 2**63, "seed is at most"),
        ("settings", [1], "no names and values but"),
        ("task", ["patterns"], "its task is not one of this version"),
        ("config", None, "no names and values but None"),
        ("config.bits", 10.5, r"bits is int, not 10\.5"),
        ("config.bits", "10", "bits is int, not '10'"),
        ("config.bits", 10**13, "its model cannot be made"),
        ("config.eta", [0.1], "eta is float"),
        ("config.zeroed", float("nan"), "zeroed is a share"),
        ("config.rule", {}, "rule is str"),
        ("config.cell", ["lstm"], "cell is recurrent or lstm"),
        ("arm", ["plastic"], "arm is a name"),
        ("step", "6", "step is int, not '6'"),
        ("seconds", None, "seconds is float, not None"),
        ("best_episode", 0.5, "best_episode is int"),
        ("metrics", {"wrong": "none"}, "metrics is Mapping"),
        ("metrics", [0.5], "metrics is Mapping"),
    ],
)
def test_a_card_that_says_what_cannot_be_is_refused(
    trained: Path, tmp_path: Path, key: str, value: object, line: str
) -> None:
    path = Path(shutil.copytree(loading.found_at(trained), tmp_path / "forged"))
    told(path, {key: value})
    with pytest.raises(CheckpointForeign, match=line) as caught:
        loading.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("config", ["bits"], CheckpointForeign),
        ("episode", float("inf"), CheckpointTorn),
        ("sums", None, CheckpointTorn),
    ],
)
def test_a_run_does_not_go_on_from_a_forged_card(
    trained: Path, tmp_path: Path, key: str, value: object, kind: type[Exception]
) -> None:
    run = Path(shutil.copytree(trained, tmp_path / "run"))
    for path in folders.stored(run / "checkpoints"):
        told(path, {key: value})
    with pytest.raises(kind, match="checkpoints"):
        list(train(PLAN, run, clock=lambda: 0.0))


def test_a_checkpoint_gives_its_model_back(trained: Path) -> None:
    plan, learner, progress = loading.load(trained / "checkpoints")
    assert (plan, progress.episode) == (PLAN, 6)
    assert means(each(plan, learner)) == progress.metrics
    plain = replace(plan, settings=replace(plan.settings, evaluate_batch=1, tracing="plain"))
    assert means(each(plain, learner)) == pytest.approx(progress.metrics)
    assert means(each(plan, learner, episodes=2, seed=9)) != progress.metrics


def test_a_mean_says_how_far_it_may_be_off() -> None:
    assert standard_errors({"wrong": np.array([0.0, 0.0, 0.2, 0.2])})["wrong"] == pytest.approx(0.2 / 12**0.5)
    assert standard_errors({"wrong": np.array([0.5])})["wrong"] is None


def test_a_new_learner_is_the_same_for_the_same_seed() -> None:
    first, second = (Learner.new(PLAN).tensors()[0] for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_path_means_the_best_of_a_run(trained: Path, tmp_path: Path) -> None:
    assert loading.found_at(trained).parent.name == "best"
    assert loading.found_at(trained / "checkpoints").name == "000000000006"
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        loading.found_at(tmp_path)
