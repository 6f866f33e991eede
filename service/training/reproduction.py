"""An experiment as a whole: every arm with several seeds, each a run of its own, and what they come to.

<folder>/<arm>/seed-<seed>/     a run, as `plastream train` leaves it
<folder>/results.json           the figures
<folder>/curves.png             the first figure over training, one band an arm
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

if TYPE_CHECKING:
    from plastic_core.train.learner import Plan

Float64 = npt.NDArray[np.float64]
RESULTS = "results.json"
CURVES = "curves.png"
UNSEEN = 2, 3
"""Seeds of the held-out episodes that are told: the first by which no checkpoint was chosen."""


@dataclass(frozen=True)
class Trial:
    """One run of an experiment."""

    arm: str
    seed: int
    plan: Plan
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What a trained run came to."""

    seed: int
    parameters: int
    """How many numbers were trained."""
    episodes: int
    """Of training up to the checkpoint."""
    seconds: float
    metrics: Mapping[str, float]


def trials(plans: Mapping[str, Sequence[Plan]], folder: Path) -> Iterator[Trial]:
    """Every arm's first seed, then every arm's second one, so that an early end leaves something to compare.

    plans: arm -> one plan a seed.
    """
    for same in zip(*plans.values(), strict=True):
        for arm, plan in zip(plans, same, strict=True):
            seed = plan.settings.seed
            yield Trial(arm, seed, plan, folder / arm / f"seed-{seed}")


def outcome(trial: Trial, data: Path | None, episodes: int) -> Outcome:
    """Measure a trained run's best checkpoint on unseen episodes. Raises CheckpointUnusable, FileNotFoundError."""
    from plastic_core.train import loading
    from plastic_core.train.evaluation import each, means

    plan, learner, progress = loading.load(trial.folder, data)
    seed = next(seed for seed in UNSEEN if seed != plan.settings.evaluate_seed)
    metrics = means(each(plan, learner, episodes, seed))
    return Outcome(trial.seed, learner.size, progress.episode, progress.seconds, metrics)


def curve(trial: Trial) -> tuple[Float64, Float64]:
    """Training episodes and the first figure at each evaluation of a run. Raises OSError."""
    from plastic_core.train.log import EVALUATIONS, table

    _, rows = table(trial.folder / EVALUATIONS)
    return rows[:, 0], rows[:, 1]


def mean(outcomes: Sequence[Outcome], metric: str) -> float:
    """Over the seeds."""
    return float(np.mean([outcome.metrics[metric] for outcome in outcomes]))


def spread(outcomes: Sequence[Outcome], metric: str) -> float | None:
    """Standard deviation over the seeds; None of a single one."""
    values = [outcome.metrics[metric] for outcome in outcomes]
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def content(task: str, published: str, metrics: Sequence[str], found: Mapping[str, Sequence[Outcome]]) -> Any:
    """The figures of an experiment as JSON values; found: arm -> its outcomes."""
    return {
        "task": task,
        "published": published,
        "arms": {
            arm: {
                "parameters": outcomes[0].parameters,
                "mean": {name: mean(outcomes, name) for name in metrics},
                "spread": {name: spread(outcomes, name) for name in metrics},
                "runs": [
                    {
                        "seed": outcome.seed,
                        "episodes": outcome.episodes,
                        "seconds": round(outcome.seconds, 1),
                        "metrics": dict(outcome.metrics),
                    }
                    for outcome in outcomes
                ],
            }
            for arm, outcomes in found.items()
            if outcomes
        },
    }


def write(told: Any, folder: Path) -> None:
    """What `content` gave, as results.json: whole at any moment, whoever else writes it. Raises OSError."""
    draft = folder / f".{RESULTS}-{os.getpid()}"
    draft.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    draft.replace(folder / RESULTS)
