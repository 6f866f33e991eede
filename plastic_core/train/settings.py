"""How a task is trained; what is trained is the task's own fields."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

FREE_TO_CHANGE = frozenset({"episodes", "evaluate_every", "save_every", "keep", "bad_steps"})
"""Settings that may differ when a run is resumed: they do not change what a step does. See `clash`."""

LARGEST_SEED = 2**63 - 1
"""Of torch's generators."""


@dataclass(frozen=True)
class TrainSettings:
    """Raises ValueError where a number is out of its range."""

    episodes: int = 1000
    """How many episodes the run goes through in all, rounded up to whole batches."""
    batch: int = 1
    """Episodes a step, over all workers together."""
    seed: int = 0
    """Of the model's first weights and of the training episodes."""
    learning_rate: float = 3e-4
    """Of Adam, at its highest."""
    schedule: Literal["constant", "cosine", "step"] = "constant"
    warm_up_steps: int = 0
    """The learning rate rises in a line over these first steps."""
    last_share: float = 0.0
    """cosine: share of the learning rate that is left at the end of the run."""
    step_every: int = 1000
    """step: steps after which the learning rate is multiplied by step_factor."""
    step_factor: float = 0.5
    clip_norm: float | None = None
    """Largest norm of the gradient over all parameters; a longer one is shortened."""
    bad_steps: int = 5
    """Steps in a row without a finite loss and gradient after which training gives up; each is skipped."""
    evaluate_every: int = 100
    """Episodes between evaluations on the held-out episodes."""
    evaluate_episodes: int = 50
    evaluate_batch: int = 10
    """Held-out episodes side by side: bounds the memory, changes no figure beyond rounding."""
    evaluate_seed: int = 1
    """Of the held-out episodes, which are never trained on, whatever the seeds."""
    save_every: int = 100
    """Episodes between checkpoints."""
    keep: int = 3
    """Newest checkpoints that are kept; the best one is kept besides."""
    tracing: str = "adjoint"
    """Key of plastic_core.trace.catalogue.TRACINGS."""
    threads: int = 1
    """Of torch in each process; results are the same bytes for the same number."""

    def __post_init__(self) -> None:
        """Check ranges."""
        at_least_one = ("batch", "step_every", "bad_steps", "evaluate_every", "evaluate_episodes", "evaluate_batch")
        for name in (*at_least_one, "save_every", "keep", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        for name in ("episodes", "seed", "evaluate_seed", "warm_up_steps"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is at least 0, not {getattr(self, name)}")
        if self.seed > LARGEST_SEED:
            raise ValueError(f"seed is at most {LARGEST_SEED}, not {self.seed}")
        for name in ("learning_rate", "step_factor"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is above 0, not {getattr(self, name)}")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"clip_norm is above 0, not {self.clip_norm}")
        if not 0 <= self.last_share <= 1:
            raise ValueError(f"last_share is in 0..1, not {self.last_share}")
        if self.schedule not in ("constant", "cosine", "step"):
            raise ValueError(f"schedule is constant, cosine or step, not {self.schedule!r}")

    @property
    def steps(self) -> int:
        """Batches in the whole run."""
        return -(-self.episodes // self.batch)

    def clash(self, other: TrainSettings) -> str | None:
        """The first setting for which a run of `other` could not have become one of these, or None."""
        free = FREE_TO_CHANGE - ({"episodes"} if self.schedule == "cosine" else set())
        names = (field.name for field in fields(self) if field.name not in free)
        return next((name for name in names if getattr(self, name) != getattr(other, name)), None)
