"""The quick version of an experiment, with the presets that `plastream train TASK --quick --arm ARM` puts together."""

from __future__ import annotations

from pathlib import Path

from plastic_core.train.events import Ended
from plastic_core.train.loop import train
from service.training.plan import Wish, read_plan


def learned(task: str, arm: str, folder: Path) -> dict[str, float]:
    """The last evaluation."""
    plan = read_plan(task, None, {}, {}, Wish(arm, quick=True))
    *_, last = train(plan, folder, clock=lambda: 0.0)
    assert isinstance(last, Ended)
    return dict(last.metrics)
