"""Running error of some learners over the regimes, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.state import Float64
from service.bench.switch.recording import Recording
from service.bench.switch.recovery import WITHIN
from service.errors import MissingPartError

RUNNING = 20
"""Ticks over which the error is averaged."""
CLOSE_TICKS = 250
"""Ticks after a change that are shown at the right."""
_COLORS = ("#0b84c4", "#e07a1f", "#7b8794", "#3e8e41", "#b3261e")
_SHADES = ("#dbe9f4", "#f6e7d6", "#e3efdf")


def draw(path: Path, family: str, recording: Recording, excesses: dict[str, Float64]) -> Path:
    """Write a PNG: the whole recording above, below the mean course after new regimes and after returns.

    excesses: learner -> float64[T], see Recording.excess. Raises MissingPartError, OSError.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no plot: install its extra with pip install "plastream[plot]"') from None
    picture: Any = Figure(figsize=(15, 8), dpi=110, layout="constrained")
    FigureCanvasAgg(picture)
    grid: Any = picture.add_gridspec(2, 2, height_ratios=(3, 2))
    whole: Any = picture.add_subplot(grid[0, :])
    _whole(whole, recording, excesses)
    for place, (returned, title) in enumerate(((False, "after a new regime"), (True, "after its return"))):
        _close(picture.add_subplot(grid[1, place], sharey=whole), recording, excesses, returned=returned, title=title)
    picture.legend(*whole.get_legend_handles_labels(), loc="outside upper right", ncols=6, frameon=False)
    picture.suptitle(f"{family}: expected squared error in oracle's errors", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)
    return path


def _whole(axis: Any, recording: Recording, excesses: dict[str, Float64]) -> None:
    for visit in recording.visits:
        axis.axvspan(visit.start, visit.stop, color=_SHADES[visit.regime % len(_SHADES)], lw=0)
        axis.text(visit.start, 1.0, f" {'ABC'[visit.regime % 3]}", transform=axis.get_xaxis_transform(), va="top")
    kernel = np.full(RUNNING, 1 / RUNNING)
    for color, (learner, excess) in zip(_COLORS, excesses.items(), strict=False):
        axis.plot(1 + np.convolve(excess, kernel)[: len(excess)], color=color, lw=1.0, label=learner)
    axis.axhline(1.0, color="#000000", lw=1.0, label="oracle")
    axis.set_yscale("log")
    axis.set_xlim(0, len(recording.values))
    axis.set_xlabel(f"ticks (mean of the last {RUNNING})")


def _close(axis: Any, recording: Recording, excesses: dict[str, Float64], *, returned: bool, title: str) -> None:
    visits = [visit for visit in recording.visits[1:] if visit.returned is returned]
    span = min([CLOSE_TICKS, *(visit.stop - visit.start for visit in visits)])
    for color, excess in zip(_COLORS, excesses.values(), strict=False):
        axis.plot(1 + np.mean([excess[visit.start : visit.start + span] for visit in visits], axis=0), color=color)
    axis.axhline(1.0, color="#000000", lw=1.0)
    axis.axhline(1.0 + WITHIN, color="#000000", lw=0.6, ls=":")
    axis.set_title(title, loc="left", fontsize=9)
    axis.set_xlabel("ticks since the change")
