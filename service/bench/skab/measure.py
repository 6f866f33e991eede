"""The bench itself: every judge through every file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.core import Core, CoreConfig
from plastic_core.state import Bool, Float64
from service.bench.skab.corpus import Series, corpus
from service.bench.skab.judges import LEVEL, least_squares, mind
from service.bench.skab.scoring import FIGURES, figures
from service.errors import UsageError

MIND = "plastream"
LEVELS = (0.9, 0.99, 0.999, 0.9999)
"""At these the mind's answer is scored too: how much hangs on the level."""


def run(
    folder: Path,
    *,
    first: int = 400,
    neurons: int = 128,
    level: float = LEVEL,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
    draw: Callable[[Series, Float64, float], None] | None = None,
) -> dict[str, Any]:
    """Figures by judge, over rows from `first` on; and by file for the mind. draw: told the novelty of each file.

    Raises UsageError where the folder holds no such files, or none with rows to score.
    """
    files = corpus(folder)
    for series in files:
        if len(series.values) <= first:
            raise UsageError(f"{series.name}: {len(series.values)} rows leave none to score after {first}")
    core = Core.build(CoreConfig(neurons=neurons))
    novelty: list[Float64] = []
    speeds: list[float] = []
    for place, series in enumerate(files):
        progress(series.name, place / len(files))
        judged = mind(core, series)
        novelty.append(judged.novelty)
        speeds.append(judged.events_per_s)
        if draw is not None:
            draw(series, judged.novelty, level)
    labels = [series.anomalous for series in files]
    answers: dict[str, list[Bool]] = {MIND: [told > level for told in novelty]}
    answers["RLS, frozen"] = [least_squares(series, first, frozen=True) for series in files]
    answers["RLS, learning"] = [least_squares(series, first, frozen=False) for series in files]
    answers["always"] = [np.ones(len(label), np.bool_) for label in labels]
    return {
        "judges": {name: _rounded(figures(of, labels, first)) for name, of in answers.items()},
        "files": {
            series.name: _rounded(figures([answer], [series.anomalous], first))
            for series, answer in zip(files, answers[MIND], strict=True)
        },
        "levels": {
            f"{tried:g}": _rounded(figures([told > tried for told in novelty], labels, first)) for tried in LEVELS
        },
        "level": level,
        "first_scored_row": first,
        "rows": sum(len(label) for label in labels),
        "anomalous_share": float(f"{np.mean(np.concatenate([label[first:] for label in labels])):.4g}"),
        "events_per_s": float(f"{np.median(speeds):.4g}"),
    }


def rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row a judge, then one a file and level of the mind: a name and FIGURES."""
    named = [*found["judges"].items()]
    named += [(f"{MIND}, file {name}", own) for name, own in found["files"].items()]
    named += [(f"{MIND}, level {name}", own) for name, own in found["levels"].items()]
    return [(name, *(own[figure] for figure in FIGURES)) for name, own in named]


def _rounded(told: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in told.items()}
