"""A training run on the screen: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from plastic_core.train.events import Begun, Ended, Evaluated, Event, Saved, Stepped

if TYPE_CHECKING:
    from rich.console import Console

RECENT_STEPS = 50
"""Steps over which loss and pace are told."""
BAR = 12
"""Characters of the bar: the line is to fit into 80."""
REPORT_S = 10.0
"""Time between two lines where there is no terminal."""


@dataclass
class Pace:
    """What the newest steps say."""

    steps: deque[Stepped] = field(default_factory=lambda: deque[Stepped](maxlen=RECENT_STEPS))

    def told(self, event: Stepped) -> tuple[str, str]:
        """Mean loss, and episodes a second."""
        self.steps.append(event)
        first, sound = self.steps[0], [step.loss for step in self.steps if not step.skipped]
        loss = f"loss {sum(sound) / len(sound):.4g}" if sound else "loss not finite"
        lasted = event.seconds - first.seconds
        return loss, f"{(event.episode - first.episode) / lasted:.3g} episodes/s" if lasted > 0 else ""


@dataclass
class View:
    """Shows the events of a run; use as a context manager."""

    name: str
    console: Console
    say: Callable[[str], None]
    shown: bool
    """Whether there is a terminal for a bar."""
    _bars: Any = None
    _bar: Any = None
    _pace: Pace = field(default_factory=Pace)
    _first: str = ""
    """The task's first metric, in words."""
    _told_s: float = 0.0

    def __enter__(self) -> Self:
        """The bar appears."""
        if self.shown:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
            from rich.table import Column

            told, left = TextColumn("{task.fields[told]}", table_column=Column(no_wrap=True)), TimeRemainingColumn()
            columns = (TextColumn("{task.description}"), BarColumn(BAR), MofNCompleteColumn(), told, left)
            self._bars = Progress(*columns, console=self.console, transient=True)
            self._bars.start()
            self._bar = self._bars.add_task(self.name, total=None, told="starting")
        return self

    def __exit__(self, *_: object) -> None:
        """The bar goes."""
        if self._bars is not None:
            self._bars.stop()

    def show(self, event: Event) -> None:
        """One event."""
        match event:
            case Begun():
                self._begin(event)
            case Stepped():
                self._step(event)
            case Evaluated():
                self._first = words(dict(list(event.metrics.items())[:1]))
                if self._bars is None:
                    self.say(f"episode {event.episode}: {words(event.metrics)}{' (best so far)' if event.best else ''}")
            case Saved() | Ended():
                pass

    def _begin(self, event: Begun) -> None:
        for line in event.passed_over:
            self.say(f"passed over: {line}")
        if event.episode:
            self.say(f"going on from episode {event.episode} of {event.episodes}")
        else:
            self.say(f"{self.name}: {event.episodes} episodes, {event.parameters:,} numbers are trained")
        if self._bars is not None:
            self._bars.update(self._bar, completed=event.episode, total=event.episodes)

    def _step(self, event: Stepped) -> None:
        if event.skipped:
            self.say(f"episode {event.episode}: loss or gradient not finite, step skipped")
        loss, pace = self._pace.told(event)
        if self._bars is not None:
            told = ", ".join(part for part in (loss, self._first, pace.replace(" episodes", "")) if part)
            self._bars.update(self._bar, completed=event.episode, told=told)
        elif event.seconds - self._told_s >= REPORT_S:
            self._told_s = event.seconds
            self.say(f"episode {event.episode}: {loss}{', ' if pace else ''}{pace}")


def words(metrics: Mapping[str, float]) -> str:
    """Figures in one line.

    >>> words({"wrong": 0.25, "wrong_zeroed": 0.5})
    'wrong 0.25, wrong_zeroed 0.5'
    """
    return ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
