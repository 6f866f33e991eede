"""The run as a picture: actual, expected and perceived of some sensors, and below them the surprise of all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from service.demo.figures import duration, figure
from service.demo.summary import Moment, Summary
from service.demo.track import Float64, SensorTrack, Track, numbers
from service.errors import MissingPartError

PANELS = 6
NEAR_S = 60.0
_ACTUAL, _EXPECTED, _PERCEIVED, _SURPRISE = "#1f2933", "#0b84c4", "#e07a1f", "#b3261e"


def draw(path: Path, track: Track, summary: Summary, unit: Callable[[str], str] = lambda _: "") -> Path:
    """Write the PNG and return its path. unit: of a sensor, for its axis. Raises MissingPartError, OSError.

    Left the whole run, right each sensor around its own most surprising scored moment.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no plot: install its extra with pip install "plastream[plot]"') from None
    sensors = chosen(track)
    rows = len(sensors) + 1
    picture: Any = Figure(figsize=(15, 1.75 * rows + 1.2), dpi=110, layout="constrained")
    FigureCanvasAgg(picture)
    grid: Any = picture.add_gridspec(rows, 2, width_ratios=(3, 1))
    overall: Any = picture.add_subplot(grid[-1, 0])
    for row, sensor in enumerate(sensors):
        whole: Any = picture.add_subplot(grid[row, 0], sharex=overall)
        whole.tick_params(labelbottom=False)
        _whole_panel(whole, track, sensor, unit(sensor.name))
        _near_panel(picture.add_subplot(grid[row, 1]), track, sensor, summary.warm_up_s)
    _surprise_panel(overall, track, summary)
    if summary.moments:
        _near_surprise_panel(picture.add_subplot(grid[-1, 1]), track, summary.moments[0])
    if sensors:
        # the panels' lines are the same ones: one legend above them all
        handles, labels = picture.axes[1].get_legend_handles_labels()
        picture.legend(handles, labels, loc="outside upper right", ncols=4, frameon=False)
    picture.suptitle(f"plastream: {track.stream}, expectations learned on the spot", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)
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


def _whole_panel(axis: Any, track: Track, sensor: SensorTrack, unit: str) -> None:
    raw = numbers(sensor.raw)
    _lines(axis, track.elapsed_s() / 60.0, sensor, slice(None), width=0.7)
    axis.set_ylim(*_limits(raw))
    axis.set_title(sensor.name, loc="left", fontsize=9, fontweight="bold", pad=2)
    axis.set_ylabel(unit, fontsize=8)
    _tidy(axis)


def _near_panel(axis: Any, track: Track, sensor: SensorTrack, warm_up_s: float) -> None:
    """The same, NEAR_S either side of the sensor's most surprising tick that was scored."""
    elapsed = track.elapsed_s()
    sigmas = np.array([sensor.sigmas(tick) or 0.0 for tick in range(len(track))])
    centre = int(np.argmax(np.where(elapsed >= warm_up_s, sigmas, 0.0)))
    near = slice(*np.searchsorted(elapsed, [elapsed[centre] - NEAR_S, elapsed[centre] + NEAR_S]).tolist())
    _lines(axis, elapsed - elapsed[centre], sensor, near, width=1.2)
    axis.set_ylim(*_limits(np.concatenate([numbers(sensor.raw[near]), numbers(sensor.perceived[near])])))
    axis.set_title(f"{sigmas[centre]:.1f} sigma at {duration(elapsed[centre])}, ± s", loc="left", fontsize=8, pad=2)
    _tidy(axis)


def _lines(axis: Any, x: Float64, sensor: SensorTrack, part: slice, width: float) -> None:
    raw, perceived = numbers(sensor.raw[part]), numbers(sensor.perceived[part])
    expected, sigma = numbers(sensor.expected[part]), numbers(sensor.sigma[part])
    x = x[part]
    axis.fill_between(x, expected - sigma, expected + sigma, color=_EXPECTED, alpha=0.15, lw=0, label="± 1 sigma")
    axis.plot(x, raw, color=_ACTUAL, lw=2.4 * width, alpha=0.45, label="actual")
    axis.plot(x, perceived, color=_PERCEIVED, lw=width, label="perceived")
    axis.plot(x, expected, color=_EXPECTED, lw=width, ls=(0, (4, 1.5)), label="expected one step ahead")


def _limits(values: Float64) -> tuple[float, float]:
    """What was read, with some room: a wild first expectation must not flatten the rest."""
    seen = values[np.isfinite(values)]
    low, high = float(seen.min()), float(seen.max())
    room = 0.08 * (high - low) or max(abs(high) * 0.01, 1e-6)
    return low - room, high + room


def _surprise_panel(axis: Any, track: Track, summary: Summary) -> None:
    minutes = track.elapsed_s() / 60.0
    surprise = np.asarray(track.surprise, dtype=np.float64)
    axis.fill_between(minutes, 0, surprise, color=_SURPRISE, alpha=0.35, lw=0)
    axis.plot(minutes, surprise, color=_SURPRISE, lw=0.5)
    axis.axvspan(0, summary.warm_up_s / 60.0, color="#000000", alpha=0.06, lw=0)
    axis.text(0, 0.97, " not scored", fontsize=7, va="top", transform=axis.get_xaxis_transform())
    for number, moment in enumerate(summary.moments, start=1):
        text = f"{number} {moment.sensor or ''}".strip()
        place = (moment.after_s / 60.0, moment.surprise)
        axis.annotate(
            text,
            place,
            xytext=(0, 3 + 9 * (number % 2)),
            textcoords="offset points",
            fontsize=7,
            ha="center",
            clip_on=True,
        )
    axis.set_title("surprise of all sensors together", loc="left", fontsize=9, fontweight="bold", pad=2)
    axis.set_ylabel("sigma", fontsize=8)
    axis.set_xlabel("minutes since the first reading", fontsize=9)
    axis.set_xlim(0, max(float(minutes[-1]), 1e-3))
    _tidy(axis)
    axis.set_yscale("symlog", linthresh=1.0)  # ordinary ticks and rare shocks on one scale
    axis.set_ylim(0, 6.0 * float(np.max(surprise, initial=1.0)))
    axis.set_yticks([0, 1, 10, 100, 1000][: 2 + max(int(np.log10(max(surprise.max(), 1.0))) + 1, 1)])
    axis.set_yticklabels([f"{tick:g}" for tick in axis.get_yticks()])


def _near_surprise_panel(axis: Any, track: Track, moment: Moment) -> None:
    x = track.elapsed_s() - moment.after_s
    near = slice(*np.searchsorted(x, [-NEAR_S, NEAR_S]).tolist())
    surprise = np.asarray(track.surprise, dtype=np.float64)
    axis.fill_between(x[near], 0, surprise[near], color=_SURPRISE, alpha=0.35, lw=0)
    axis.set_title(f"{moment.surprise:.1f} sigma at {duration(moment.after_s)}, ± s", loc="left", fontsize=8, pad=2)
    axis.set_ylim(bottom=0)
    _tidy(axis)


def _tick(value: float, _place: int | None) -> str:
    return figure(value)


def _tidy(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter

    axis.yaxis.set_major_formatter(FuncFormatter(_tick))
    axis.tick_params(labelsize=8)
    axis.grid(visible=True, color="#000000", alpha=0.08, lw=0.5)
    axis.spines[["top", "right"]].set_visible(False)
