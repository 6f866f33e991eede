"""The bench itself: every arm through every measure, and the arms beside the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from plastic_core.core import Core, CoreConfig
from service.bench.ablation.arms import ARMS, WHOLE
from service.bench.ablation.measures import Figures, Sizes, missing, one_shot, one_step, regimes
from service.bench.forecast.run import Task, roomy
from service.bench.forecast.splits import Split, refuse_impossible
from service.bench.forecast.table import read
from service.errors import UsageError

FULL = Sizes()
ROWS = Split(2880, 720, 2400)
"""The first 6,000 rows of a CSV: four months of hours, one, and a third of a year that is scored."""
DEAD_RANK = 2.0
"""Effective rank of the neurons below which their state has died: what is left is least squares."""


def run(
    config: CoreConfig,
    data: Path | None = None,
    *,
    arms: Sequence[str] = (),
    sizes: Sizes = FULL,
    rows: Split = ROWS,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Figures by arm, the same relative to the whole, and warnings. Raises UsageError."""
    unknown = [name for name in arms if name not in ARMS]
    if unknown:
        raise UsageError(f"no arm {unknown[0]!r}: choose among {', '.join(ARMS)}")
    given = tasks(data, rows) if data is not None else []
    chosen = [name for name in ARMS if name == WHOLE or not arms or name in arms]
    regimes(Core.build(config), Sizes(ticks=4), lambda _: None)  # compiles, so that no arm pays for it
    found: dict[str, Figures] = {}
    for place, name in enumerate(chosen):
        found[name] = _measured(name, config, given, sizes, partial(_told, progress, place, len(chosen)))
    return {
        "arms": found,
        "relative": {name: _relative(own, found[WHOLE]) for name, own in found.items()},
        "warnings": [
            f"{name}: {figure} is {own[figure]:.2g}, the neurons' state has died"
            for name, own in found.items()
            for figure in own
            if figure.startswith("rank") and own[figure] < DEAD_RANK
        ],
        "rows": {"first": rows.first, "skip": rows.skip, "test": rows.test} if given else None,
        "visit_ticks": sizes.ticks,
        "neurons": config.neurons,
    }


def tasks(data: Path, rows: Split) -> list[Task]:
    """Each CSV of DIR/ett. Raises UsageError where there is none or one is too short."""
    files = sorted((data / "ett").glob("*.csv"))
    if not files:
        raise UsageError(f"no CSV files in {data / 'ett'}")
    given = [Task(file.stem, read(file), rows, 1) for file in files]
    for task in given:
        refuse_impossible(task.name, rows, len(task.table), 1)
    return given


def heads(found: dict[str, Any]) -> tuple[str, ...]:
    """The table's columns."""
    return ("arm", *found["arms"][WHOLE], "state")


def table_rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row an arm, four digits a figure."""
    dead = {warning.split(":")[0] for warning in found["warnings"]}
    return [
        (name, *(f"{value:.4g}" for value in own.values()), "died" if name in dead else "alive")
        for name, own in found["arms"].items()
    ]


def _measured(
    name: str, config: CoreConfig, given: Sequence[Task], sizes: Sizes, progress: Callable[[str, float], None]
) -> Figures:
    """One arm through all measures; tables first, in a core that has room for their channels."""
    make, found = ARMS[name], Figures()
    for task in given:
        core = make(roomy(config, len(task.table.channels)))
        found |= one_step(core, task, partial(progress, f"{name}: {task.name}"))
    core = make(config)
    for measure in (regimes, one_shot, missing):
        found |= measure(core, sizes, partial(progress, f"{name}: {measure.__name__}"))
    return {figure: float(f"{value:.4g}") for figure, value in found.items()}


def _told(progress: Callable[[str, float], None], place: int, count: int, stage: str, share: float) -> None:
    """Each arm fills its part of the bar anew with each measure: how long they take is not known before."""
    progress(stage, (place + share) / count)


def _relative(own: Figures, whole: Figures) -> Figures:
    return {name: round(value / whole[name], 3) for name, value in own.items() if whole[name]}
