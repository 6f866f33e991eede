"""The bench: every kind of fault at every rate, all side by side as streams of one wave.

Letters: T ticks, S spoilt versions of a file, C channels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.core import Core
from plastic_core.state import Bool, Float64
from service.bench.forecast import table
from service.bench.noise import baselines, local_level
from service.bench.noise.faults import KINDS, Faulty, spoilt
from service.bench.noise.scoring import imputed_share, override_figures, squared_error
from service.bench.rig import Rig
from service.errors import UsageError

RATES = (0.02, 0.1, 0.2)
FEWEST = 100
NOTHING = 1e-9
"""Squared errors below this are rounding."""
TUNED = 0.2
"""Share of the ticks on which the baselines are tuned; the rest is scored."""
Progress = Callable[[str, float], None]


HEADS = ("file", "faults", "rate", "perceived", "raw", "smoothing", "median", "kalman", "lower", "precision", "recall")


@dataclass(frozen=True)
class Clean:
    """A stream before it is spoilt: T ticks of C channels, all of them finite and none constant."""

    name: str
    channels: tuple[str, ...]
    times: Float64
    """float64[T], seconds since 1970; NaN where unknown."""
    values: Float64
    """float64[T, C]."""


@dataclass(frozen=True)
class Trial:
    """One way to spoil a file."""

    kind: str
    rate: float
    seed: int


@dataclass(frozen=True)
class Perceived:
    """What the mind made of S spoilt versions."""

    values: Float64
    """float64[T, S, C]."""
    imputed: Bool
    overridden: Bool
    events_per_s: float
    """Ticks of one stream a CPU second."""


Draw = Callable[[Clean, Faulty, Perceived, int], None]
"""Told of a file, one way it was spoilt, what was perceived and which of its streams that is."""


def _unseen(_file: Clean, _faulty: Faulty, _seen: Perceived, _stream: int) -> None:
    """Draw nothing."""


def _part(progress: Progress, name: str, place: int, files: int) -> Progress:
    """Progress within one of the files."""
    return lambda stage, share: progress(f"{name}: {stage}", (place + share) / files)


def run(
    core: Core,
    folder: Path,
    *,
    rates: Sequence[float] = RATES,
    seeds: int = 1,
    rows: int = 10_000,
    progress: Progress = lambda _stage, _share: None,
    draw: Draw = _unseen,
) -> dict[str, Any]:
    """Score every CSV file of a folder, or of its folder `ett`; the first `rows` rows. Raises UsageError.

    draw: told of the first file's faults together at the middle rate.
    """
    files = _files(folder)
    trials = [Trial("clean", 0.0, 0)]
    trials += [Trial(kind, rate, seed) for kind in KINDS for rate in rates for seed in range(seeds)]
    found: dict[str, Any] = {}
    for place, path in enumerate(files):
        told = read(path, rows)
        found[told.name] = of_file(
            core, told, trials, _part(progress, told.name, place, len(files)), draw if place == 0 else _unseen
        )
    return {"files": found, "rates": list(rates), "seeds": seeds, "kalman": local_level.installed()}


def _files(folder: Path) -> list[Path]:
    """The CSV files of a folder, by name."""
    found = sorted(folder.glob("*.csv")) or sorted((folder / "ett").glob("*.csv"))
    if not found:
        raise UsageError(f"no CSV files in {folder}: name a folder with files of a time column and one a channel")
    return found


def read(path: Path, rows: int) -> Clean:
    """The first rows of a file without gaps; channels that never change are left out. Raises UsageError."""
    told = table.read(path).head(rows)
    if len(told) < FEWEST or not np.isfinite(told.values).all():
        raise UsageError(f"{path}: at least {FEWEST} rows are needed, and no gaps: faults are what is injected")
    moving = np.ptp(told.values, axis=0) > 0
    if not moving.any():
        raise UsageError(f"{path}: no channel ever changes")
    channels = tuple(name for name, moves in zip(told.channels, moving, strict=True) if moves)
    return Clean(path.stem, channels, told.times, np.ascontiguousarray(told.values[:, moving]))


def of_file(core: Core, file: Clean, trials: Sequence[Trial], progress: Progress, draw: Draw) -> dict[str, Any]:
    """All trials of one file."""
    truth, spread = file.values, file.values.std(axis=0)
    faulty = [
        spoilt(truth, spread, *((KINDS[0], 0.0) if trial.kind == "clean" else (trial.kind, trial.rate)), trial.seed)
        for trial in trials
    ]
    seen = perceived(core, file, faulty, progress)
    shown = [place for place, trial in enumerate(trials) if trial.kind == KINDS[-1]]
    if shown:
        draw(file, faulty[shown[len(shown) // 2]], seen, shown[len(shown) // 2])
    scored: list[dict[str, Any]] = []
    for place, (trial, own) in enumerate(zip(trials, faulty, strict=True)):
        progress(f"baselines, {trial.kind} {trial.rate:g}", 0.7 + 0.3 * place / len(trials))
        scored.append(_scored(trial, own, seen, place, truth, spread))
    return {
        "channels": list(file.channels),
        "ticks": len(truth),
        "events_per_s": round(seen.events_per_s),
        "trials": scored,
    }


def perceived(core: Core, file: Clean, faulty: Sequence[Faulty], progress: Progress) -> Perceived:
    """Play the spoilt versions as streams side by side."""
    shape = len(faulty[0].values), len(faulty), len(file.channels)
    values, imputed, overridden = np.empty(shape), np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    rig = Rig(core, [f"c{number}" for number in range(len(file.channels))], len(faulty))
    sensed = np.stack([own.values for own in faulty], axis=1)
    started = time.process_time()
    for tick, readings in enumerate(sensed):
        if tick % 100 == 0:
            progress("perceiving", 0.7 * tick / shape[0])
        belief = rig.tick(readings, np.full(len(faulty), file.times[tick]))
        values[tick], imputed[tick], overridden[tick] = belief.perceived, belief.imputed, belief.overridden
    spent = time.process_time() - started
    return Perceived(values, imputed, overridden, shape[0] * shape[1] / max(spent, 1e-9))


def _scored(trial: Trial, own: Faulty, seen: Perceived, place: int, truth: Float64, spread: Float64) -> dict[str, Any]:
    """Figures of one trial."""
    first = round(TUNED * len(truth))
    counted = np.arange(len(truth)) >= first
    believed = {"perceived": seen.values[:, place], **others(own.values, truth, first)}
    errors = {name: squared_error(values, truth, spread, counted) for name, values in believed.items()}
    best = min(errors[name] for name in errors if name != "perceived")
    deviation = np.abs(np.nan_to_num(own.values - truth)) / spread
    return {
        "kind": trial.kind,
        "rate": trial.rate,
        "seed": trial.seed,
        "errors": errors,
        "lower_than_best": 1.0 - errors["perceived"] / best if best > NOTHING else None,
        "overrides": override_figures(seen.overridden[:, place], own.kinds, deviation, counted),
        "imputed": imputed_share(seen.imputed[:, place], own.kinds, counted),
    }


def others(readings: Float64, truth: Float64, first: int) -> dict[str, Float64]:
    """What the baselines believe, float64[T, C] each, tuned on the first ticks."""
    found: dict[str, list[Float64]] = {"raw": [], "smoothing": [], "median": []}
    if local_level.installed():
        found["kalman"] = []
    for own, true in zip(readings.T, truth.T, strict=True):
        found["raw"].append(baselines.smoothed(own, 1.0))
        found["smoothing"].append(baselines.tuned_smoothing(own, true, first))
        found["median"].append(baselines.running_median(own, baselines.WINDOW))
        if "kalman" in found:
            found["kalman"].append(baselines.local_level(own, *local_level.fitted(own[:first])))
    return {name: np.stack(columns, axis=1) for name, columns in found.items()}


def rows(result: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row a trial: HEADS."""
    found: list[tuple[object, ...]] = []
    for name, file in result["files"].items():
        for trial in file["trials"]:
            errors, overrides = trial["errors"], trial["overrides"]
            shown = [_shown(errors.get(who)) for who in HEADS[3:8]]
            told = (trial["lower_than_best"], overrides["precision"], overrides["recall"])
            found.append((name, trial["kind"], f"{trial['rate']:g}", *shown, *(_shown(value) for value in told)))
    return found


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
