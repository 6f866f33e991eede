"""How well a model does on the held-out episodes, which are the same ones throughout a run."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.exhibit import Exhibit
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import Learner, Plan

Figures = Mapping[str, npt.NDArray[np.float64]]
"""Metric name -> float64[episodes]."""


def each(plan: Plan, learner: Learner, episodes: int | None = None, seed: int | None = None) -> Figures:
    """Every metric of every held-out episode, by default those of the plan's settings; changes nothing.

    Raises KeyError for an unknown tracing.
    """
    settings, tracing = plan.settings, TRACINGS[plan.settings.tracing]
    source = held_out(plan, seed)
    count = settings.evaluate_episodes if episodes is None else episodes
    figures = {metric.name: np.zeros(count) for metric in plan.task.metrics}
    with _evaluating(learner.model):
        for first in range(0, count, settings.evaluate_batch):
            numbers = range(first, min(first + settings.evaluate_batch, count))
            found = plan.task.evaluate(learner.model, plan.task.episodes(source, numbers), tracing)
            for name, values in figures.items():
                values[numbers.start : numbers.stop] = found[name].double().numpy()
    return figures


def exhibit(plan: Plan, learner: Learner, seed: int | None = None) -> Exhibit:
    """What the model does on held-out episodes, to look at. Raises KeyError for an unknown tracing."""
    with _evaluating(learner.model):
        return plan.task.exhibit(learner.model, held_out(plan, seed), TRACINGS[plan.settings.tracing])


def held_out(plan: Plan, seed: int | None) -> Source:
    """The held-out episodes, by default of the plan's seed for them."""
    return Source(plan.settings.evaluate_seed if seed is None else seed, Split.HELD_OUT)


@contextmanager
def _evaluating(model: nn.Module) -> Generator[None]:
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def means(figures: Figures) -> dict[str, float]:
    """Metric name -> mean over the episodes."""
    return {name: float(values.mean()) for name, values in figures.items()}


def standard_errors(figures: Figures) -> dict[str, float | None]:
    """Metric name -> how far the mean may be off by the choice of episodes; None of a single one."""
    return {
        name: float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
        for name, values in figures.items()
    }
