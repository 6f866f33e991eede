"""One set after the other: the mind and every baseline over the same rows, in the same order, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from encoders.catalogue import build
from plastic_core.core import Core, CoreConfig
from plastic_core.state import Float64
from service.bench.baselines import river_models
from service.bench.forecast.methods import methods, season_rows
from service.bench.forecast.play import Played, of_baseline, of_mind, played
from service.bench.forecast.published import published
from service.bench.forecast.score import Scores, scores
from service.bench.forecast.splits import GIVEN, Split, refuse_impossible
from service.bench.forecast.table import Table, read
from service.bench.forecast.times import rows_a_day
from service.errors import UsageError

Progress = Callable[[str, float], None]

MIND = "mind"
WIDEST = 4096
"""D of the widest core that settings allow."""


@dataclass(frozen=True)
class Task:
    """A set to foretell."""

    name: str
    table: Table
    split: Split
    horizon: int
    """H, rows ahead."""

    @property
    def period(self) -> int:
        """Rows of the season that baselines use; 1 for none."""
        return season_rows(rows_a_day(self.table.times[: self.split.first]), self.split.first)


@dataclass(frozen=True)
class Foretold:
    """One method on one set."""

    played: Played
    scores: Scores
    predictions: Float64
    """float64[K, C] in the table's units: of each scored row, made H rows before it."""

    @property
    def mse(self) -> float:
        """The figure by which methods are compared."""
        return self.scores.mse


@dataclass(frozen=True)
class Outcome:
    """Every method on one set, the mind first where it took part."""

    task: Task
    methods: dict[str, Foretold]

    @property
    def best_baseline(self) -> str:
        """The name of the baseline with the least squared error."""
        return min((name for name in self.methods if name != MIND), key=lambda name: self.methods[name].mse)

    @property
    def predictions(self) -> Float64:
        """float64[K, C]: the mind's. Raises KeyError where it did not take part."""
        return self.methods[MIND].predictions

    def figures(self) -> dict[str, Any]:
        """As the command prints them."""
        task, split = self.task, self.task.split
        return {
            **self._mind_figures(),
            "baselines": {
                name: found.scores.figures() | {"cpu_s": round(found.played.cpu_s, 3)}
                for name, found in self.methods.items()
                if name != MIND
            },
            "best_baseline": self.best_baseline,
            "best_baseline_mse": self.methods[self.best_baseline].mse,
            "published": published(task.name, split, len(task.table), task.horizon),
            "horizon": task.horizon,
            "rows": {"first": split.first, "skip": split.skip, "test": split.test},
            "season_rows": task.period,
            "notes": self._notes(),
        }

    def _mind_figures(self) -> dict[str, Any]:
        if MIND not in self.methods:
            return {}
        found = self.methods[MIND]
        cost = {"events_per_s": round(found.played.rows / max(found.played.cpu_s, 1e-9), 1)}
        return found.scores.figures() | cost | {"cpu_s": round(found.played.cpu_s, 3)}

    def _notes(self) -> list[str]:
        notes = [] if river_models.installed() else ['River is not installed: pip install "plastream[bench]"']
        if self.task.period == 1:
            notes.append("the first rows hold no two days: baselines without season")
        return notes


def tasks(csv: Path | None, rows: Split | None, data: Path | None, horizon: int) -> list[Task]:
    """What was asked for: one CSV with its rows, or the given sets found in DIR/ett. Raises UsageError."""
    if csv is not None and rows is not None and data is None:
        return [_checked(Task(csv.stem, read(csv), rows, horizon))]
    if data is not None and csv is None and rows is None:
        return list(_given(data, horizon))
    raise UsageError("give --csv FILE with --rows FIRST,SKIP,TEST, or --data DIR")


def run(task: Task, config: CoreConfig | None, progress: Progress) -> Outcome:
    """Play a set through the mind (none: config None) and all baselines. Raises UsageError."""
    split, table = task.split, task.table
    mean, deviation = z_score(task)
    told = (table.values - mean) / deviation
    makers = methods(len(table.channels), task.period, split.first, task.horizon)
    found: dict[str, Foretold] = {}

    def gathered(name: str, ahead: Iterator[Float64]) -> Played:
        stage = f"{task.name}: {name}"
        return played(ahead, split, task.horizon, len(table.channels), lambda share: progress(stage, share))

    if config is not None:
        in_units = gathered(
            MIND, of_mind(Core.build(roomy(config, len(table.channels))), table.head(split.end), task.horizon)
        )
        in_scores = Played((in_units.forecasts - mean) / deviation, in_units.cpu_s, in_units.rows)
        found[MIND] = _foretold(task, in_scores, told, mean, deviation)
    for name, make in makers.items():
        found[name] = _foretold(task, gathered(name, of_baseline(make(), told)), told, mean, deviation)
    return Outcome(task, found)


def z_score(task: Task) -> tuple[Float64, Float64]:
    """Mean and standard deviation of the first rows, float64[C] each; a channel that stands still there keeps its unit.

    Raises UsageError where a channel says nothing there.
    """
    first = task.table.values[: task.split.first]
    silent = [name for c, name in enumerate(task.table.channels) if bool(np.isnan(first[:, c]).all())]
    if silent:
        raise UsageError(f"{task.name}: column {silent[0]} is empty in the first {task.split.first} rows")
    mean, deviation = np.nanmean(first, axis=0), np.nanstd(first, axis=0)
    still = deviation <= 1e-12 * np.maximum(np.abs(mean), 1.0)
    return mean, np.where(still, 1.0, deviation)


def _foretold(task: Task, found: Played, told: Float64, mean: Float64, deviation: Float64) -> Foretold:
    split = task.split
    judged = scores(found.forecasts, told[split.start : split.end], task.table.channels)
    with np.errstate(over="ignore"):
        predictions = found.forecasts[:, -1] * deviation + mean
    return Foretold(found, judged, predictions)


def roomy(config: CoreConfig, channels: int) -> CoreConfig:
    """The same core, wider where C channels and the time, with some to spare, would not find room in it.

    Raises UsageError beyond WIDEST.
    """
    needed = channels * build("scalar").width + 2 * build("datetime").width
    if needed > WIDEST:
        raise UsageError(f"{channels} channels are more than a mind can have: {needed} of {WIDEST} numbers")
    return config if needed <= config.width else replace(config, width=needed)


def _given(data: Path, horizon: int) -> Iterator[Task]:
    folder = data / "ett"
    present = {name: given for name, given in GIVEN.items() if (folder / given.file).is_file()}
    if not present:
        raise UsageError(f"none of the given sets is there: {folder} should hold ETTh1.csv, WTH.csv or the like")
    tables: dict[str, Table] = {}
    for name, given in present.items():
        if given.file not in tables:
            tables[given.file] = read(folder / given.file)
        table = tables[given.file]
        yield _checked(Task(name, table, given.split(len(table)), horizon))


def _checked(task: Task) -> Task:
    refuse_impossible(task.name, task.split, len(task.table), task.horizon)
    z_score(task)
    return task
