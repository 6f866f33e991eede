"""A training run in lines: what is said where there is no terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from plastic_core.train.events import Begun, Evaluated, Event, Stepped
from service.training.view import View


def stepped(episode: int, seconds: float, skipped: bool = False) -> Stepped:
    loss = float("nan") if skipped else 2.0
    return Stepped(episode - 1, episode, loss, 1.0, 0.1, seconds, skipped)


@pytest.fixture
def said() -> list[str]:
    return []


def shown(said: list[str], terminal: bool, *events: Event) -> str:
    console = Console(file=StringIO(), force_terminal=terminal, width=80)
    with View("patterns", console, said.append, shown=terminal) as view:
        for event in events:
            view.show(event)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_lines(said: list[str]) -> None:
    figures = Evaluated(0, {"wrong_zeroed": 0.5, "wrong": 0.25}, best=True)
    steps = [stepped(1, 1.0), stepped(2, 9.0), stepped(3, 11.0), stepped(4, 12.0, skipped=True)]
    assert shown(said, False, Begun(0, 10, 2_004_003, ("x is torn",)), figures, *steps) == ""
    assert said == [
        "passed over: x is torn",
        "patterns: 10 episodes, 2,004,003 numbers are trained",
        "episode 0: wrong_zeroed 0.5, wrong 0.25 (best so far)",
        "episode 3: loss 2, 0.2 episodes/s",
        "episode 4: loss or gradient not finite, step skipped",
    ]


def test_a_bar_on_a_terminal(said: list[str]) -> None:
    figures = Evaluated(4, {"wrong_zeroed": 0.5, "wrong": 0.25}, best=True)
    drawn = shown(said, True, Begun(4, 10, 7), figures, stepped(5, 1.0), stepped(6, 1.5))
    assert said == ["going on from episode 4 of 10"]
    assert "6/10" in drawn
    assert "loss 2, wrong_zeroed 0.5, 2/s" in drawn
