"""What a task promises: a model, endless numbered episodes, a loss, and figures that say how well it goes.

A task is a frozen dataclass whose fields are the numbers of its protocol, each with a default and a range check.

Episode i of a source is always the same episode: whoever computes it, in whatever batch, before or after a restart.
So the whole random state of a training run is two integers, the seed and the number of the next episode.

Letters: B episodes side by side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from plastic_core.tasks.exhibit import Exhibit
from plastic_core.trace.contract import Tracing

ELSEWHERE: Mapping[str, bool] = MappingProxyType({"elsewhere": True})
"""Metadata of a task's field that says where its data lie on this machine: no part of what is learned or of a card."""

Model = TypeVar("Model", bound=nn.Module)
Batch = TypeVar("Batch")


class Split(IntEnum):
    """Which episodes: no episode of one split is ever one of another, whatever the seeds."""

    TRAINING = 0
    HELD_OUT = 1


@dataclass(frozen=True)
class Source:
    """An endless numbered row of episodes."""

    seed: int
    split: Split = Split.TRAINING

    def generator(self, episode: int) -> np.random.Generator:
        """All randomness of one episode, a function of seed, split and number alone."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(self.split, episode))))


@dataclass(frozen=True)
class Metric:
    """A figure of an episode; over many episodes it is their mean."""

    name: str
    better: Literal["lower", "higher"]
    meaning: str
    guessing: float | None = None
    """What an answer by chance gives, where that is known beforehand."""

    def beats(self, value: float, best: float | None) -> bool:
        """Whether `value` is better than the best so far; NaN never is."""
        if best is None:
            return not math.isnan(value)
        return value < best if self.better == "lower" else value > best


@dataclass(frozen=True)
class Preset:
    """Values that differ from the defaults: of the task's own fields, and of TrainSettings."""

    task: Mapping[str, Any] = field(default_factory=dict[str, Any])
    train: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Task(Protocol[Model, Batch]):
    """Something to be learned."""

    full: ClassVar[Preset]
    """The full protocol: what `plastream train TASK` does where nothing else is said."""
    quick: ClassVar[Preset]
    """On top of `full` and the arm: a small version that learns within 60 s on 2 cores, beyond what chance reaches."""
    arms: ClassVar[Mapping[str, Preset]]
    """Name -> what is compared, on top of `full`; the first one is the claim, the others are its controls."""
    published: ClassVar[str]
    """What the paper reports for it, in one line, with the paper's name."""

    metrics: ClassVar[tuple[Metric, ...]]
    """What `evaluate` gives; the first one decides which checkpoint is best."""
    data: ClassVar[str]
    """Where the episodes come from, in one line for the checkpoint's card."""

    def model(self, seed: int) -> Model:
        """An untrained model, the same for the same seed; never from torch's global generator."""
        ...

    def episodes(self, source: Source, numbers: Sequence[int]) -> Batch:
        """These episodes side by side."""
        ...

    def loss(self, model: Model, batch: Batch, tracing: Tracing) -> torch.Tensor:
        """float32[B]: what training lowers, one number an episode."""
        ...

    def evaluate(self, model: Model, batch: Batch, tracing: Tracing) -> Mapping[str, torch.Tensor]:
        """Metric name -> float32[B]; called without gradients."""
        ...

    def exhibit(self, model: Model, source: Source, tracing: Tracing) -> Exhibit:
        """What the model does, to look at; called without gradients."""
        ...
