"""A run's folder: what is kept there, and how a run goes on from it.

    <folder>/checkpoints/<episode>/    the newest ones, see checkpoint.py
    <folder>/best/<episode>/           the one with the best held-out figure
    <folder>/steps.csv, evaluations.csv, tensorboard/    see log.py
    <folder>/.lock                     held by the process that trains

Only one process writes there: of a team number 0.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from plastic_core import folders
from plastic_core.train import checkpoint, provenance
from plastic_core.train.checkpoint import Checkpoint, CheckpointForeign, CheckpointTorn
from plastic_core.train.evaluation import each, means
from plastic_core.train.events import Evaluated, Event, Saved
from plastic_core.train.learner import Learner, Plan, Progress
from plastic_core.train.loading import BEST, CHECKPOINTS, found_at, restored, settings_of
from plastic_core.train.log import Logs

LOCK = ".lock"


class RunBusy(Exception):
    """Another process trains in the folder; the message says which folder."""


@contextmanager
def held(folder: Path) -> Generator[None]:
    """The folder is this process's alone within the block, and free again however it ends. Raises RunBusy, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        if not folders.alone(file.fileno()):
            raise RunBusy(f"another process trains in {folder}: wait for its end, or choose another folder")
        yield


@dataclass(frozen=True)
class Keeper:
    """Evaluates, saves and takes down what happens, for the one process of a team that does so."""

    plan: Plan
    learner: Learner
    folder: Path
    logs: Logs
    commit: str | None

    def begin(self) -> None:
        """Of a new run: what another one, killed before its first checkpoint, found best here is not its own."""
        checkpoint.retain(self.folder / BEST, ())

    def noted(self, event: Event) -> Event:
        """The event, taken down. Raises OSError."""
        self.logs.note(event)
        return event

    def evaluated(self, progress: Progress) -> tuple[Progress, Evaluated]:
        """Live through the held-out episodes; the best model so far is saved. Raises OSError."""
        first = self.plan.task.metrics[0]
        metrics = means(each(self.plan, self.learner))
        best = first.beats(metrics[first.name], progress.best)
        progress = replace(progress, metrics=metrics)
        if best:
            progress = replace(progress, best=metrics[first.name], best_episode=progress.episode)
            checkpoint.retain(self.folder / BEST, [self._written(BEST, progress)])
        return progress, Evaluated(progress.episode, metrics, best)

    def saved(self, progress: Progress) -> Saved:
        """A checkpoint, with all rows up to it. Raises OSError."""
        self.logs.flush()
        path, folder = self._written(CHECKPOINTS, progress), self.folder / CHECKPOINTS
        checkpoint.retain(folder, folders.stored(folder)[-self.plan.settings.keep :])
        return Saved(progress.episode, path)

    def _written(self, where: str, progress: Progress) -> Path:
        model, optimizer = self.learner.tensors()
        now = Checkpoint(progress.episode, card(self.plan, progress, self.commit), model, optimizer)
        return checkpoint.write(self.folder / where, now)


def card(plan: Plan, progress: Progress, commit: str | None) -> dict[str, Any]:
    """What a checkpoint is and where it came from, as JSON values."""
    return {
        "task": plan.name,
        "arm": plan.arm,
        "config": plan.config(),
        "settings": asdict(plan.settings),
        "seed": plan.settings.seed,
        "data": plan.task.data,
        **asdict(progress),
        "versions": provenance.versions(),
        "machine": provenance.machine(),
        "commit": commit,
    }


def ship(path: Path, evaluation: Mapping[str, Any], folder: Path) -> Path:
    """Write the model of a checkpoint alone into `folder`, which is not there yet; its card has the evaluation too.

    path: see loading.found_at. Raises CheckpointUnusable, OSError.
    """
    found = checkpoint.read(found_at(path))
    card = {**found.card, "evaluation": dict(evaluation)}
    folders.write(folder, checkpoint.files_of(Checkpoint(found.episode, card, found.model, None)), mode=0o755)
    return folder


def resumed(plan: Plan, learner: Learner, folder: Path) -> tuple[Progress, tuple[str, ...]]:
    """Put the learner where the folder's newest whole checkpoint was; a new run where there is none.

    With one line for each newer checkpoint that was torn. Raises CheckpointForeign, CheckpointTorn where all are.
    """
    found, torn = checkpoint.newest(folder / CHECKPOINTS)
    if found is None and torn:
        raise CheckpointTorn(f"{torn[0]}; and no older checkpoint is whole: move the folder away to start anew")
    if found is None:
        return Progress(), ()
    where = str(folder / CHECKPOINTS)
    clash = _clash(plan, found.card, where)
    if clash is not None:
        raise CheckpointForeign(f"{where}: the run there has {clash}: give the same, or another folder")
    if found.optimizer is None:
        raise CheckpointForeign(f"{where}: a checkpoint without optimizer is for use only: train in another folder")
    return restored(learner, found, where), torn


def _clash(plan: Plan, card: Mapping[str, Any], where: str) -> str | None:
    """The first thing in which a checkpoint differs from the plan, or None."""
    if card.get("task") != plan.name:
        return f"the task {card.get('task')}, not {plan.name}"
    config, theirs = json.loads(json.dumps(plan.config())), card.get("config")
    if not isinstance(theirs, Mapping):
        return "no configuration"
    theirs = cast("Mapping[str, Any]", theirs)
    for name in sorted(set(config) | set(theirs)):
        if config.get(name) != theirs.get(name):
            return f"task.{name} = {theirs.get(name)}, not {config.get(name)}"
    settings = settings_of(card, where)
    name = plan.settings.clash(settings)
    return name and f"train.{name} = {getattr(settings, name)}, not {getattr(plan.settings, name)}"
