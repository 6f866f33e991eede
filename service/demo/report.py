"""The summary as something that rich can print."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.demo.figures import clock_time, duration, figure
from service.demo.summary import Summary


def report(summary: Summary) -> RenderableType:
    """Everything worth knowing at the end of a run."""
    parts: list[RenderableType] = [_speed(summary)]
    if summary.sensors:
        parts += [_title("One-step error per sensor (mean squared error / variance, smaller is better)")]
        parts += [_errors(summary), _notes(summary), Text()]
    if summary.symbols:
        parts += [_title("Readings that are no numbers: share foretold (larger is better)"), _symbols(summary)]
    if summary.moments:
        parts += [_title("What surprised most (UTC, at least a minute apart)"), _moments(summary)]
    parts.append(Text(f"Verdict: {summary.verdict()}.", style="bold"))
    return Group(*parts)


def _title(text: str) -> Text:
    return Text(text, style="italic")


def _speed(summary: Summary) -> Text:
    text = f"{summary.events:,} percepts in {summary.seconds:.1f} s: {summary.events_per_s:,.0f} events/s "
    letters = f"{summary.rejected} dead letter{'' if summary.rejected == 1 else 's'}"
    return Text(text + f"({summary.pace}), {letters}")


def _errors(summary: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("sensor", no_wrap=True)
    for name in ("plastream", "last value", "exp. smoothing", "its alpha"):
        table.add_column(name, justify="right")
    for score in summary.sensors:
        values = (score.plastream, score.last_value, score.smoothing)
        table.add_row(score.sensor, *_best_marked(values), f"{score.alpha:.1f}")
    means = (summary.plastream or 0.0, summary.last_value or 0.0, summary.smoothing or 0.0)
    table.add_section()
    table.add_row(Text(f"mean of {len(summary.sensors)}", style="bold"), *_best_marked(means), "")
    return table


def _best_marked(values: tuple[float, ...]) -> list[Text]:
    best = min(values)
    return [Text(f"{value:.4f}", style="bold green" if value == best else "") for value in values]


def _notes(summary: Summary) -> Text:
    text = (
        f"The first {summary.warm_up_s:.0f} s count for nobody. Every prediction is made before its reading is seen. "
        "The smoothing is favoured: its alpha (0.1 to 0.9) is the best one per sensor, chosen afterwards. "
        "Sensors that did not change are left out."
    )
    return Text(text, style="dim")


def _symbols(summary: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("sensor", no_wrap=True)
    table.add_column("plastream", justify="right")
    table.add_column("last value", justify="right")
    for score in summary.symbols:
        table.add_row(score.sensor, f"{score.plastream:.2%}", f"{score.last_value:.2%}")
    return table


def _moments(summary: Summary) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", justify="right")
    for name in ("time", "after"):
        table.add_column(name, no_wrap=True)
    table.add_column("surprise", justify="right", no_wrap=True)
    table.add_column("most of all", no_wrap=True)
    for name in ("reading", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    for number, moment in enumerate(summary.moments, start=1):
        table.add_row(
            str(number),
            clock_time(moment.time),
            duration(moment.after_s),
            f"{moment.surprise:.1f} σ",
            moment.sensor or "",
            figure(moment.raw),
            figure(moment.expected),
        )
    return table
