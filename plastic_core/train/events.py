"""What a training run tells whoever watches it: plain values that travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Begun:
    """The run starts, or goes on."""

    episode: int
    """The number of the next episode; 0 for a new run."""
    episodes: int
    """How many the run has in all."""
    parameters: int
    """Numbers that are trained."""
    passed_over: tuple[str, ...] = ()
    """One line for each newer checkpoint that was not whole."""


@dataclass(frozen=True)
class Stepped:
    """One batch was lived through."""

    step: int
    """Of this batch: 0, 1, ..."""
    episode: int
    """Episodes behind us."""
    loss: float
    """Mean over the batch."""
    grad_norm: float
    """Before clipping."""
    learning_rate: float
    seconds: float
    """Of the whole run so far, with those before a resume."""
    skipped: bool = False
    """Loss or gradient was not finite: the weights are as they were."""


@dataclass(frozen=True)
class Evaluated:
    """The held-out episodes were lived through."""

    episode: int
    metrics: Mapping[str, float]
    best: bool
    """By the task's first metric, better than ever before in this run."""


@dataclass(frozen=True)
class Saved:
    """A checkpoint is on the disk."""

    episode: int
    path: Path


@dataclass(frozen=True)
class Ended:
    """The last event of every run that ends in order."""

    episode: int
    step: int
    complete: bool
    """False where it was asked to stop."""
    skipped: int
    seconds: float
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of the last evaluation."""
    best_episode: int | None = None
    best: float | None = None
    """The task's first metric there."""
    path: Path | None = None
    """The last checkpoint."""


Event = Begun | Stepped | Evaluated | Saved | Ended
