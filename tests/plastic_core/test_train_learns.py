"""The frame learns: small patterns are completed after seconds of training, and not without plasticity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plastic_core.tasks.patterns import Patterns
from plastic_core.train.events import Ended
from plastic_core.train.learner import Plan
from plastic_core.train.loop import train
from plastic_core.train.settings import TrainSettings

SETTINGS = TrainSettings(
    episodes=800,
    batch=4,
    learning_rate=3e-3,
    evaluate_every=800,
    evaluate_episodes=50,
    evaluate_batch=50,
    save_every=800,
)


@pytest.mark.slow
def test_plasticity_completes_patterns_and_its_absence_guesses(tmp_path: Path) -> None:
    wrong: dict[str, float] = {}
    for rule in ("hebb", "none"):
        plan = Plan("patterns", Patterns(bits=50, patterns=2, rule=rule), replace(SETTINGS, seed=0))
        *_, last = train(plan, tmp_path / rule, clock=lambda: 0.0)
        assert isinstance(last, Ended)
        wrong[rule] = last.metrics["wrong_zeroed"]
    assert wrong["hebb"] < 0.03  # measured 0.007
    assert 0.4 < wrong["none"] < 0.6  # guessing gives 0.5
