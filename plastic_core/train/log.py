"""What a run did, as rows: steps.csv and evaluations.csv beside the checkpoints, and TensorBoard's files if asked for.

Rows of steps after the checkpoint from which a run goes on are taken out again, so every step stands there once.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np
import numpy.typing as npt

from plastic_core.train.events import Evaluated, Event, Stepped
from plastic_core.train.learner import Progress

STEPS = "steps.csv"
EVALUATIONS = "evaluations.csv"
STEP_COLUMNS = ("step", "episode", "loss", "grad_norm", "learning_rate", "seconds", "skipped")


class NoTensorBoard(Exception):
    """Asked for, but no package that writes its files is installed; the message says what to install."""


class RunLog(Protocol):
    """Takes down what happens."""

    def note(self, event: Event) -> None:
        """One event. Raises OSError."""
        ...

    def flush(self) -> None:
        """Everything noted so far reaches the operating system."""
        ...

    def close(self) -> None:
        """The end."""
        ...


class Rows:
    """See RunLog: the two CSV files."""

    def __init__(self, folder: Path, metrics: Sequence[str], progress: Progress) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._metrics = tuple(metrics)
        self._steps = _opened(folder / STEPS, STEP_COLUMNS, progress.step - 1)
        last = progress.episode if progress.step else -1  # a run that starts evaluates before its first step
        self._evaluations = _opened(folder / EVALUATIONS, ("episode", *metrics), last)

    def note(self, event: Event) -> None:
        """See RunLog."""
        if isinstance(event, Stepped):
            csv.writer(self._steps).writerow(
                (
                    event.step,
                    event.episode,
                    f"{event.loss:.9g}",
                    f"{event.grad_norm:.9g}",
                    f"{event.learning_rate:.9g}",
                    f"{event.seconds:.3f}",
                    int(event.skipped),
                )
            )
        elif isinstance(event, Evaluated):
            row = (event.episode, *(f"{event.metrics[name]:.9g}" for name in self._metrics))
            csv.writer(self._evaluations).writerow(row)
            self.flush()

    def flush(self) -> None:
        """See RunLog."""
        self._steps.flush()
        self._evaluations.flush()

    def close(self) -> None:
        """See RunLog."""
        self._steps.close()
        self._evaluations.close()


def _opened(path: Path, columns: Sequence[str], last: int) -> TextIO:
    """The file for appending, with only whole rows whose first column is at most `last`."""
    kept = [row for row in rows(path, columns) if int(row[0]) <= last]
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *kept])
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path.open("a", encoding="utf-8", newline="")


def rows(path: Path, columns: Sequence[str]) -> list[list[str]]:
    """The whole rows of one of these files below the head `columns`; none where it is absent or has another head."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        head, *found = list(csv.reader(file)) or [[]]
    if head != list(columns):
        return []
    return [row for row in found if len(row) == len(head) and row[0].isdigit()]


def table(path: Path) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Column names and all rows, float64[rows, columns], of one of these files. Raises OSError."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file), list[str]())
    return columns, np.array(rows(path, columns), np.float64).reshape(-1, len(columns))


class TensorBoard:
    """See RunLog: one folder of event files, by whichever of two packages is installed. Raises NoTensorBoard."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._writer = _summary_writer()(str(folder / "tensorboard"), purge_step=progress.episode + 1)

    def note(self, event: Event) -> None:
        """See RunLog; over episodes."""
        figures: dict[str, float] = {}
        if isinstance(event, Stepped):
            figures = {"loss": event.loss, "grad_norm": event.grad_norm, "learning_rate": event.learning_rate}
            figures = {f"train/{name}": value for name, value in figures.items()}
        elif isinstance(event, Evaluated):
            figures = {f"held_out/{name}": value for name, value in event.metrics.items()}
        for name, value in figures.items():
            self._writer.add_scalar(name, value, event.episode)

    def flush(self) -> None:
        """See RunLog."""
        self._writer.flush()

    def close(self) -> None:
        """See RunLog."""
        self._writer.close()


class Logs:
    """See RunLog: several in one."""

    def __init__(self, *logs: RunLog) -> None:
        self._logs = logs

    def note(self, event: Event) -> None:
        """See RunLog."""
        for log in self._logs:
            log.note(event)

    def flush(self) -> None:
        """See RunLog."""
        for log in self._logs:
            log.flush()

    def close(self) -> None:
        """See RunLog."""
        for log in self._logs:
            log.close()


def open_logs(folder: Path, metrics: Sequence[str], progress: Progress, tensorboard: bool) -> Logs:
    """All logs of a run, whose rows go on after `progress`. Raises NoTensorBoard, OSError."""
    shown = [TensorBoard(folder, progress)] if tensorboard else []
    return Logs(Rows(folder, metrics, progress), *shown)


def _summary_writer() -> Any:
    """The class that writes TensorBoard's files."""
    from importlib import import_module

    for module in ("tensorboardX", "torch.utils.tensorboard"):
        try:
            return import_module(module).SummaryWriter
        except ImportError:
            continue
    raise NoTensorBoard("no package writes TensorBoard's files here: pip install tensorboard, or leave it out")
