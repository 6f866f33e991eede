"""Forecasts as a picture: the last week of some channels, and each method's error over the whole scored part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.state import Float64
from service.bench.forecast.run import MIND, Outcome
from service.bench.forecast.times import rows_a_day
from service.errors import MissingPartError

PANELS = 6
DAYS = 7
LONGEST = 1000
"""Rows shown where a week has more, or no time is known."""
_COLORS = {MIND: "#0b84c4", "actual": "#1f2933", "baseline": "#e07a1f"}


def draw(path: Path, outcome: Outcome) -> Path:
    """Write the PNG and return its path. Raises MissingPartError, OSError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no plot: install its extra with pip install "plastream[plot]"') from None
    task = outcome.task
    channels = list(range(min(len(task.table.channels), PANELS)))
    picture: Any = Figure(figsize=(13, 1.7 * len(channels) + 3.4), dpi=110, layout="constrained")
    FigureCanvasAgg(picture)
    grid: Any = picture.add_gridspec(len(channels) + 1, 1, height_ratios=[1.0] * len(channels) + [1.4])
    for place, channel in enumerate(channels):
        _channel_panel(picture.add_subplot(grid[place]), outcome, channel)
    _error_panel(picture.add_subplot(grid[-1]), outcome)
    picture.axes[-2].set_xlabel("days, up to the last scored row", fontsize=8)
    handles, labels = picture.axes[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper right", ncols=4, frameon=False)
    ahead = "1 row" if task.horizon == 1 else f"{task.horizon} rows"
    picture.suptitle(f"{task.name}: foretold {ahead} ahead, learned on the spot", x=0.01, ha="left")
    picture.savefig(path)
    return path


def shown(outcome: Outcome) -> list[str]:
    """The methods drawn: the mind, where it took part, and the best baseline."""
    return [name for name in (MIND, outcome.best_baseline) if name in outcome.methods]


def _channel_panel(axis: Any, outcome: Outcome, channel: int) -> None:
    task = outcome.task
    rows = min(rows_a_day(task.table.times) * DAYS, LONGEST, task.split.test)
    if rows <= DAYS:
        rows = min(LONGEST, task.split.test)
    actual = task.table.values[task.split.end - rows : task.split.end, channel]
    days = np.arange(-rows, 0) / max(rows_a_day(task.table.times), 1)
    axis.plot(days, actual, color=_COLORS["actual"], lw=2.2, alpha=0.4, label="sensor")
    for name in shown(outcome):
        predictions = outcome.methods[name].predictions[-rows:, channel]
        axis.plot(days, predictions, color=_color(name), lw=1.0, label=_label(outcome, name))
    seen = actual[np.isfinite(actual)]
    if len(seen):
        room = 0.15 * float(np.ptp(seen)) or 1.0  # a wild forecast must not flatten the rest
        axis.set_ylim(float(seen.min()) - room, float(seen.max()) + room)
    axis.set_title(task.table.channels[channel], loc="left", fontsize=9, fontweight="bold", pad=2)
    _tidy(axis)


def _error_panel(axis: Any, outcome: Outcome) -> None:
    rows = max(rows_a_day(outcome.task.table.times), 1) * DAYS
    window = max(min(rows, outcome.task.split.test // 10), 1)
    for name in shown(outcome):
        smooth = running_mean(outcome.methods[name].scores.by_row, window)
        axis.plot(np.arange(len(smooth)) + window, smooth, color=_color(name), lw=1.1, label=_label(outcome, name))
    axis.set_title(
        f"squared error in z-scores, mean of {window} rows", loc="left", fontsize=9, fontweight="bold", pad=2
    )
    axis.set_xlabel("scored row", fontsize=8)
    axis.set_ylim(bottom=0)
    _tidy(axis)


def running_mean(values: Float64, window: int) -> Float64:
    """float64[T - window + 1] of float64[T]; NaN do not count.

    >>> running_mean(np.array([1.0, 3.0, np.nan, 5.0]), 2).tolist()
    [2.0, 3.0, 5.0]
    """
    sums = np.concatenate([np.zeros(1), np.cumsum(np.nan_to_num(values))])
    counts = np.concatenate([np.zeros(1), np.cumsum(np.isfinite(values))])
    return (sums[window:] - sums[:-window]) / np.maximum(counts[window:] - counts[:-window], 1)


def _color(name: str) -> str:
    return _COLORS.get(name, _COLORS["baseline"])


def _label(outcome: Outcome, name: str) -> str:
    return f"{name} ({outcome.methods[name].mse:.4f})"


def _tidy(axis: Any) -> None:
    axis.tick_params(labelsize=8)
    axis.grid(visible=True, color="#000000", alpha=0.08, lw=0.5)
    axis.spines[["top", "right"]].set_visible(False)
