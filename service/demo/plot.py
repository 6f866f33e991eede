"""The run as a picture: actual, expected and perceived of some sensors, and below them the surprise of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from service.demo.summary import Summary
from service.demo.track import Float64, SensorTrack, Track, numbers
from service.errors import MissingPartError

PANELS = 6
_ACTUAL, _EXPECTED, _PERCEIVED, _SURPRISE = "#1f2933", "#0b84c4", "#e07a1f", "#b3261e"


def draw(path: Path, track: Track, summary: Summary, unit: Callable[[str], str] = lambda _: "") -> Path:
    """Write the PNG and return its path. unit: of a sensor, for its axis. Raises MissingPartError, OSError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no plot: install its extra with pip install "plastream[plot]"') from None
    sensors = chosen(track)
    rows = len(sensors) + 1
    figure: Any = Figure(figsize=(13, 1.9 * rows + 1.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
    minutes = track.elapsed_s() / 60.0
    for axis, sensor in zip(axes, sensors, strict=False):
        _sensor_panel(axis, minutes, sensor, unit(sensor.name))
    _surprise_panel(axes[-1], minutes, track, summary)
    if sensors:
        # the panels' lines are the same ones: one legend above them all
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper right", ncols=4, frameon=False)
    figure.suptitle(f"plastream: {track.stream}, one-step expectations learned on the spot", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path


def chosen(track: Track) -> list[SensorTrack]:
    """The most variable numeric sensors, from as many different parts of the message as there are, at most PANELS."""
    moving = [sensor for sensor in track.sensors.values() if sensor.numeric and sensor.moved]
    by_part: dict[str, list[SensorTrack]] = {}
    for sensor in sorted(moving, key=_variability, reverse=True):
        by_part.setdefault(sensor.name.partition(".")[0], []).append(sensor)
    in_turns = sorted(
        (rank, -_variability(sensor), sensor.name) for part in by_part.values() for rank, sensor in enumerate(part)
    )
    names = {name for _, _, name in in_turns[:PANELS]}
    return [sensor for sensor in track.sensors.values() if sensor.name in names]


def _variability(sensor: SensorTrack) -> float:
    """Standard deviation relative to the usual size."""
    values = numbers(sensor.raw)
    values = values[np.isfinite(values)]
    return float(np.std(values) / (np.mean(np.abs(values)) + 1e-12))


def _sensor_panel(axis: Any, minutes: Float64, sensor: SensorTrack, unit: str) -> None:
    raw, expected, perceived = numbers(sensor.raw), numbers(sensor.expected), numbers(sensor.perceived)
    sigma = numbers(sensor.sigma)
    axis.fill_between(minutes, expected - sigma, expected + sigma, color=_EXPECTED, alpha=0.15, lw=0, label="± 1 sigma")
    axis.plot(minutes, raw, color=_ACTUAL, lw=0.8, label="actual")
    axis.plot(minutes, expected, color=_EXPECTED, lw=0.8, label="expected one step ahead")
    axis.plot(minutes, perceived, color=_PERCEIVED, lw=0.6, alpha=0.9, label="perceived")
    axis.set_ylim(*_limits(raw))
    axis.set_title(sensor.name, loc="left", fontsize=9, fontweight="bold", pad=2)
    axis.set_ylabel(unit, fontsize=8)
    _tidy(axis)


def _limits(values: Float64) -> tuple[float, float]:
    """What was read, with some room: a wild first expectation must not flatten the rest."""
    seen = values[np.isfinite(values)]
    low, high = float(seen.min()), float(seen.max())
    room = 0.08 * (high - low) or max(abs(high) * 0.01, 1e-6)
    return low - room, high + room


def _surprise_panel(axis: Any, minutes: Float64, track: Track, summary: Summary) -> None:
    surprise = np.asarray(track.surprise, dtype=np.float64)
    axis.fill_between(minutes, 0, surprise, color=_SURPRISE, alpha=0.35, lw=0)
    axis.plot(minutes, surprise, color=_SURPRISE, lw=0.6)
    axis.axvspan(0, summary.warm_up_s / 60.0, color="#000000", alpha=0.06, lw=0)
    axis.text(0, 1.0, " not scored", fontsize=7, va="top", transform=axis.get_xaxis_transform())
    for number, moment in enumerate(summary.moments, start=1):
        _mark(axis, moment.after_s / 60.0, moment.surprise, f"{number} {moment.sensor or ''}".strip())
    axis.set_title("surprise of all sensors together", loc="left", fontsize=9, fontweight="bold", pad=2)
    axis.set_ylabel("sigma", fontsize=8)
    axis.set_xlabel("minutes since the first reading", fontsize=9)
    axis.set_xlim(0, max(float(minutes[-1]), 1e-3) if len(minutes) else 1.0)
    axis.set_ylim(0, _top(surprise))
    _tidy(axis)


def _mark(axis: Any, minute: float, surprise: float, text: str) -> None:
    axis.annotate(text, (minute, surprise), xytext=(3, -2), textcoords="offset points", fontsize=7, clip_on=True)


def _top(surprise: Sequence[float] | Float64) -> float:
    return 1.15 * float(np.max(surprise, initial=1.0))


def _tidy(axis: Any) -> None:
    from matplotlib.ticker import EngFormatter

    axis.yaxis.set_major_formatter(EngFormatter(sep=""))
    axis.tick_params(labelsize=8)
    axis.grid(visible=True, color="#000000", alpha=0.08, lw=0.5)
    axis.spines[["top", "right"]].set_visible(False)
