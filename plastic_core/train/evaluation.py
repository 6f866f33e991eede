"""How well a model does on the held-out episodes, which are the same ones throughout a run."""

from __future__ import annotations

import torch

from plastic_core.tasks.contract import Source, Split
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import Learner, Plan


def evaluate(plan: Plan, learner: Learner, episodes: int | None = None, seed: int | None = None) -> dict[str, float]:
    """Metric name -> mean over the held-out episodes; changes nothing. By default as the plan's settings say.

    Raises KeyError for an unknown tracing.
    """
    settings, tracing = plan.settings, TRACINGS[plan.settings.tracing]
    source = Source(settings.evaluate_seed if seed is None else seed, Split.HELD_OUT)
    count = settings.evaluate_episodes if episodes is None else episodes
    totals = dict.fromkeys((metric.name for metric in plan.task.metrics), 0.0)
    was_training = learner.model.training
    learner.model.eval()
    with torch.no_grad():
        for first in range(0, count, settings.evaluate_batch):
            numbers = range(first, min(first + settings.evaluate_batch, count))
            figures = plan.task.evaluate(learner.model, plan.task.episodes(source, numbers), tracing)
            for name in totals:
                totals[name] += float(figures[name].double().sum().item())
    learner.model.train(was_training)
    return {name: total / count for name, total in totals.items()}
