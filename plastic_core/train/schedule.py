"""The learning rate as a pure function of the step."""

from __future__ import annotations

import math

from plastic_core.train.settings import TrainSettings


def learning_rate(settings: TrainSettings, step: int) -> float:
    """The rate of step 0, 1, 2, ... of a run; see TrainSettings.

    >>> learning_rate(TrainSettings(learning_rate=1.0, warm_up_steps=4), 0)
    0.25
    >>> learning_rate(TrainSettings(learning_rate=1.0, schedule="step", step_every=10, step_factor=0.5), 25)
    0.25
    """
    return settings.learning_rate * _warm_up(settings, step) * _share(settings, step)


def _warm_up(settings: TrainSettings, step: int) -> float:
    return min(1.0, (step + 1) / settings.warm_up_steps) if settings.warm_up_steps else 1.0


def _share(settings: TrainSettings, step: int) -> float:
    if settings.schedule == "step":
        return settings.step_factor ** (step // settings.step_every)
    if settings.schedule == "cosine":
        lasting = max(settings.steps - settings.warm_up_steps, 1)
        part = min(max(step - settings.warm_up_steps, 0) / lasting, 1.0)
        return settings.last_share + (1 - settings.last_share) * (1 + math.cos(math.pi * part)) / 2
    return 1.0
