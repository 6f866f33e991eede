"""The bench itself: every detector through every file, scored."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.core import Core, CoreConfig
from plastic_core.state import Float64
from service.bench.baselines import river_models
from service.bench.nab.corpus import COLUMNS, Series, corpus
from service.bench.nab.detectors import DETECTORS, stage
from service.bench.nab.mind import lived
from service.bench.nab.sampling import interval, out_of_sample
from service.bench.nab.scoring import PROFILES, Judged, judged, sweep
from service.bench.nab.trees import half_space_trees

MIND = "plastream"
OWN_ERRORS = "errors of the mind"
"""The same stage of novelty on the errors of what was expected, in place of values."""
TREES = "River half-space trees"
FIGURES = (*PROFILES, "out_of_sample", "low", "high", "threshold", "events_per_s")
HEADS = ("standard", "low FP", "low FN", "out of sample", "5%", "95%", "threshold", "events/s")
"""FIGURES in a table's columns."""


def run(
    folder: Path,
    *,
    neurons: int = 128,
    write_scores: Path | None = None,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Figures by detector. write_scores: a folder that takes the mind's score of every row, a CSV a file.

    Raises UsageError where the folder is no such corpus, OSError where scores cannot be written.
    """
    files = corpus(folder)
    marked = [judged(file) for file in files]
    core = Core.build(CoreConfig(neurons=neurons))
    mind = lived(core, files, lambda share: progress(MIND, 0.6 * share))
    if write_scores is not None:
        for file, own in zip(files, mind.onsets, strict=True):
            _write(write_scores / file.name, file, own)
    speed = {"events_per_s": _short(mind.events_per_s)}
    found = {MIND: _figures(marked, mind.onsets) | speed}
    found[OWN_ERRORS] = _figures(marked, [stage(errors) for errors in mind.errors]) | speed
    others = dict(DETECTORS)
    if river_models.installed():
        others[TREES] = half_space_trees
    for place, (name, detector) in enumerate(others.items()):
        progress(name, 0.6 + 0.4 * place / len(others))
        began = time.process_time()
        told = [detector(file) for file in files]
        took = max(time.process_time() - began, 1e-9)
        found[name] = _figures(marked, told) | {"events_per_s": _short(sum(map(len, told)) / took)}
    return {
        "detectors": found,
        "left_out": [] if river_models.installed() else [f"{TREES}: the library is not installed (extra bench)"],
        "files": len(files),
        "rows": sum(len(file.values) for file in files),
        "windows": sum(file.windows for file in marked),
    }


def rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row a detector: its name and FIGURES."""
    return [(name, *(own[figure] for figure in FIGURES)) for name, own in found["detectors"].items()]


def _figures(files: Sequence[Judged], scores: Sequence[Float64]) -> dict[str, float | None]:
    """In sample for each profile; the rest for the profile `standard`."""
    swept = {name: sweep(files, scores, profile) for name, profile in PROFILES.items()}
    each = np.ones(len(files))
    found: dict[str, float | None] = {name: round(own.best(each)[1], 2) for name, own in swept.items()}
    standard = swept["standard"]
    low, high = interval(standard)
    told = {
        "out_of_sample": round(out_of_sample(standard), 2),
        "low": round(low, 2),
        "high": round(high, 2),
        "threshold": standard.best(each)[0],
    }
    return found | {name: value if math.isfinite(value) else None for name, value in told.items()}


def _write(path: Path, file: Series, scores: Float64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as sink:
        told = csv.writer(sink, lineterminator="\n")
        told.writerow([*COLUMNS, "anomaly_score"])
        told.writerows(zip(file.stamps, file.texts, (repr(score) for score in scores.tolist()), strict=True))


def _short(value: float) -> float:
    return float(f"{value:.4g}")
