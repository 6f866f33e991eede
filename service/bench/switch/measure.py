"""The bench itself: every learner through every family, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from plastic_core.core import Core, CoreConfig
from plastic_core.state import Float64
from service.bench.baselines.river_models import installed
from service.bench.switch.families import CHANNELS, FAMILIES
from service.bench.switch.learners import LAGS, OTHERS, RIVER, Maker, lived, mind
from service.bench.switch.recording import REGIMES, Recording, recorded
from service.bench.switch.recovery import FIGURES, WINDOW, WITHIN, figures
from service.errors import UsageError

MIND = "plastream"
ORACLE = "oracle"
RIVER_SEEDS = 2
"""Recordings that River's models live through: each takes as long as everything else together."""

Progress = Callable[[str, float], None]


def run(
    *,
    families: Sequence[str] = (),
    seeds: int = 6,
    cycles: int = 4,
    ticks: int = 600,
    neurons: int = 128,
    river: bool = True,
    progress: Progress = lambda _stage, _share: None,
    draw: Callable[[str, Recording, dict[str, Float64]], None] | None = None,
) -> dict[str, Any]:
    """Figures by family and learner. draw: told the first recording of the first family and each learner's excess.

    Raises UsageError for a family that is not there.
    """
    chosen = list(families) or list(FAMILIES)
    for name in chosen:
        if name not in FAMILIES:
            raise UsageError(f"no family {name!r} of regimes: choose among {', '.join(FAMILIES)}")
    others = {**OTHERS, **(RIVER if river and installed() else {})}
    core = Core.build(CoreConfig(neurons=neurons))
    told: dict[str, Any] = {}
    speeds: list[float] = []
    for place, name in enumerate(chosen):
        recordings = [recorded(FAMILIES[name], seed=seed, cycles=cycles, ticks=ticks) for seed in range(seeds)]
        stage = partial(_part, progress, place, len(chosen), name)
        own = mind(core, recordings, partial(stage, MIND))
        speeds.append(own.events_per_s)
        excesses = {MIND: _excesses(recordings, own.expected)} | _of_others(others, recordings, stage)
        if draw is not None and place == 0:
            draw(name, recordings[0], {learner: of[0] for learner, of in excesses.items()})
        excesses[ORACLE] = [np.zeros(len(each.values)) for each in recordings]
        told[name] = {learner: _rounded(figures(recordings[: len(of)], of)) for learner, of in excesses.items()}
    return {
        "families": told,
        "events_per_s": float(f"{np.median(speeds):.4g}"),
        "seeds": seeds,
        "river_seeds": min(RIVER_SEEDS, seeds) if len(others) > len(OTHERS) else 0,
        "visits": cycles * REGIMES + 1,
        "visit_ticks": ticks,
        "channels": CHANNELS,
        "baseline_lags": LAGS,
        "within": WITHIN,
        "window_ticks": WINDOW,
        "note": "recover and settle: median ticks; a visit's whole length stands for never. mse: in oracle's errors."
        + ("" if not river or installed() else " River is not installed: its models are left out."),
    }


def rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row a family and learner: both names and FIGURES, shares in percent."""
    return [
        (family, learner, *(f"{own[name]:.0%}" if "ed_" in name else own[name] for name in FIGURES))
        for family, learners in found["families"].items()
        for learner, own in learners.items()
    ]


def _of_others(
    others: Mapping[str, Maker], recordings: Sequence[Recording], stage: Callable[[str, float], None]
) -> dict[str, list[Float64]]:
    """Learner -> excess for each recording; River's live through fewer."""
    told: dict[str, list[Float64]] = {}
    for number, (learner, maker) in enumerate(others.items()):
        stage(learner, number / len(others))
        some = recordings[:RIVER_SEEDS] if learner in RIVER else recordings
        told[learner] = _excesses(some, [lived(maker, each) for each in some])
    return told


def _part(progress: Progress, place: int, count: int, family: str, learner: str, share: float) -> None:
    """Tell how far this family's part of the whole is: half of it is the mind's."""
    own = share / 2 if learner == MIND else 0.5 + share / 2
    progress(f"{family}: {learner}", (place + own) / count)


def _excesses(recordings: Sequence[Recording], expected: Sequence[Float64]) -> list[Float64]:
    return [each.excess(told) for each, told in zip(recordings, expected, strict=True)]


def _rounded(told: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in told.items()}
