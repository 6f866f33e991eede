"""From a checkpoint back to a trained model, without the command that trained it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from plastic_core import folders
from plastic_core.tasks.catalogue import TASKS
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train import checkpoint
from plastic_core.train.checkpoint import CARD, Checkpoint, CheckpointForeign
from plastic_core.train.json_types import check_types
from plastic_core.train.learner import Learner, Plan, Progress
from plastic_core.train.settings import TrainSettings

CHECKPOINTS = "checkpoints"
"""In a run's folder: the newest checkpoints."""
BEST = "best"
"""In a run's folder: the one with the best held-out figure."""

UNFIT = (KeyError, TypeError, ValueError, OverflowError, RuntimeError, MemoryError)
"""What making a task, its model or a run's settings raises where a card's values are none of theirs."""


class NoData(ValueError):
    """A folder of data was given to a task that reads none."""


def load(path: Path, data: Path | None = None) -> tuple[Plan, Learner, Progress]:
    """What was trained and how, the trained model, and how far it had come; path: see `found_at`.

    data: folder of the task's data, None for the default one. Raises CheckpointUnusable, FileNotFoundError, NoData.
    """
    place = found_at(path)
    found = checkpoint.read(place)
    name, task = _task_of(found.card, str(place))
    plan = Plan(name, placed(name, task, data), settings_of(found.card, str(place)), found.card.get("arm"))
    try:
        learner = Learner.new(plan)
    except UNFIT as error:
        raise CheckpointForeign(f"{place}: its model cannot be made: {_line(error)}") from error
    return plan, learner, restored(learner, found, str(place))


def _task_of(card: Mapping[str, Any], where: str) -> tuple[str, Any]:
    """The task's name, and the task. Raises CheckpointForeign."""
    try:
        kind: Any = TASKS[card["task"]]
        check_types(kind, card["config"])
        task = kind(**card["config"])
        if not isinstance(card.get("arm"), str | None):
            raise TypeError(f"arm is a name, not {card['arm']!r:.40}")
    except UNFIT as error:
        raise CheckpointForeign(f"{where}: its task is not one of this version: {_line(error)}") from error
    return card["task"], task


def placed(name: str, task: Any, data: Path | None) -> Any:
    """The task with its data in another folder. Raises NoData."""
    if data is None:
        return task
    if "folder" not in {field.name for field in fields(task)}:
        raise NoData(f"{name} draws its episodes from a seed: leave out --data")
    return replace(task, folder=str(data))


def found_at(path: Path) -> Path:
    """The checkpoint meant by a path: itself, the best of a run, or the newest in a folder of them.

    Raises FileNotFoundError.
    """
    if (path / CARD).exists():
        return path
    for folder in (path / BEST, path / CHECKPOINTS, path):
        stored = folders.stored(folder)
        if stored:
            return stored[-1]
    raise FileNotFoundError(f"{path} holds no checkpoint")


def settings_of(card: Mapping[str, Any], where: str) -> TrainSettings:
    """The settings of a checkpoint's run. Raises CheckpointForeign."""
    try:
        check_types(TrainSettings, card["settings"])
        settings = TrainSettings(**card["settings"])
    except UNFIT as error:
        raise CheckpointForeign(f"{where}: its settings are not of this version: {_line(error)}") from error
    if settings.tracing not in TRACINGS:
        raise CheckpointForeign(f"{where}: no tracing {settings.tracing!r}; there are {', '.join(TRACINGS)}")
    return settings


def restored(learner: Learner, found: Checkpoint, where: str) -> Progress:
    """Put the learner where a checkpoint was. Raises CheckpointForeign."""
    try:
        told = {field.name: found.card[field.name] for field in fields(Progress)}
        check_types(Progress, told)
        progress = Progress(**told)
        learner.restore(found.model, found.optimizer or {})
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointForeign(f"{where} does not fit this model: {error}") from error
    return progress


def _line(error: BaseException) -> str:
    """What an error says, in one line of some length; torch says more."""
    return f"{' '.join(str(error).split()) or type(error).__name__:.200}"
