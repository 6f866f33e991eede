"""A frame as something that rich can print: one screen, cut to the terminal's height."""

from __future__ import annotations

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from service.demo.figures import bar, clock_time, figure, sparkline
from service.demo.frame import Frame, SensorRow

FULL_SIGMAS = 5.0
"""Surprise that fills a bar."""
NOTABLE_SIGMAS = 2.0
HIGH_SIGMAS = 4.0
WIDE_COLUMNS = 110
"""Terminals at least this wide show the recent course of each sensor."""
LATE = 20
"""Ticks of that course."""
_FIXED_LINES = 10


def screen(frame: Frame, width: int, height: int) -> RenderableType:
    """The whole picture for a terminal of this size, in characters."""
    body: list[RenderableType] = [_headline(frame), _progress(frame, width), _overall(frame, width)]
    rows, hidden = _chosen(frame.sensors, max(height - _FIXED_LINES, 3))
    body.append(_table(rows, wide=width >= WIDE_COLUMNS))
    if hidden:
        body.append(Text(f"  and {hidden} more sensors", style="dim"))
    return Panel(Group(*body), title=frame.title, title_align="left", box=ROUNDED, border_style="cyan", width=width)


def line(frame: Frame) -> str:
    """The same for a place that is no terminal: one line."""
    of = f"/{frame.total}" if frame.total is not None else ""
    surprise = frame.surprise[-1] if frame.surprise else 0.0
    text = f"{frame.done}{of} events, {frame.per_s:.0f}/s, surprise {surprise:.2f} sigma, {frame.rejected} dead letters"
    return f"{text} ({frame.note})" if frame.note else text


def _headline(frame: Frame) -> Text:
    text = Text(no_wrap=True)
    text.append(clock_time(frame.event_time), style="bold")
    text.append(f"   {frame.per_s:,.0f} events/s   {frame.workers} worker{'' if frame.workers == 1 else 's'}   ")
    text.append(f"{frame.rejected} dead letters", style="yellow" if frame.rejected else "")
    if frame.restarts:
        text.append(f"   {frame.restarts} restarts", style="yellow")
    if frame.note:
        text.append(f"   {frame.note}", style="yellow")
    return text


def _progress(frame: Frame, width: int) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    count = f"{frame.done:,}" + (f" / {frame.total:,}" if frame.total is not None else " events")
    bar_width = max(width - len(count) - 8, 10)
    pulse = frame.total is None
    grid.add_row(ProgressBar(total=frame.total, completed=frame.done, width=bar_width, pulse=pulse), count)
    return grid


def _overall(frame: Frame, width: int) -> Text:
    newest = frame.surprise[-1] if frame.surprise else 0.0
    text = Text("surprise ", no_wrap=True)
    text.append(sparkline(frame.surprise[-max(width - 40, 8) :], FULL_SIGMAS), style=_style(newest))
    text.append(f" {newest:.2f} σ", style=_style(newest))
    text.append(f"   plasticity {frame.plasticity:.3g}", style="dim")
    return text


def _table(rows: tuple[SensorRow, ...], *, wide: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False, header_style="bold")
    table.add_column("sensor", no_wrap=True, ratio=1)
    for name in ("reading", "expected", "perceived"):
        table.add_column(name, justify="right", no_wrap=True, width=11 if wide else 9)
    table.add_column("surprise", no_wrap=True, width=16 if wide else 11)
    if wide:
        table.add_column("of late", no_wrap=True, width=LATE)
    table.add_column("gain", no_wrap=True, width=5)
    for row in rows:
        table.add_row(*_cells(row, wide=wide))
    return table


def _cells(row: SensorRow, *, wide: bool) -> list[RenderableType]:
    wrong = row.sigmas is None and row.reading is not None and row.reading != row.expected
    if row.sigmas is None:
        surprise = Text("≠ expected" if wrong else "", style="yellow")
    else:
        level = bar(row.sigmas / FULL_SIGMAS, 10 if wide else 5)
        surprise = Text(f"{level} {row.sigmas:5.1f}", style=_style(row.sigmas))
    reading = Text(row.mark if row.mark in ("missing", "bad") else figure(row.reading), style=_mark_style(row.mark))
    cells: list[RenderableType] = [
        Text(row.name),
        reading,
        Text(figure(row.expected), style="cyan"),
        Text(figure(row.perceived), style="magenta" if row.mark == "overridden" else "green"),
        surprise,
    ]
    if wide:
        cells.append(Text(sparkline(row.recent[-LATE:], FULL_SIGMAS), style="dim" if row.sigmas is None else ""))
    return [*cells, Text(bar(row.gain, 5), style="blue")]


def _chosen(rows: tuple[SensorRow, ...], limit: int) -> tuple[tuple[SensorRow, ...], int]:
    """As many rows as fit, in their order; sensors that never moved give way first."""
    if len(rows) <= limit:
        return rows, 0
    keep = limit - 1
    moving = [number for number, row in enumerate(rows) if row.moving]
    still = [number for number, row in enumerate(rows) if not row.moving]
    shown = sorted((moving + still)[:keep])
    return tuple(rows[number] for number in shown), len(rows) - keep


def _style(sigmas: float) -> str:
    if sigmas >= HIGH_SIGMAS:
        return "bold red"
    return "yellow" if sigmas >= NOTABLE_SIGMAS else "green"


def _mark_style(mark: str) -> str:
    return {"missing": "dim", "bad": "red", "overridden": "magenta"}.get(mark, "bold")
