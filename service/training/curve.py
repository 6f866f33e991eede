"""The learning curve of a run as a picture: loss of each step above, the held-out figures below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from service.errors import MissingPartError

Float64 = npt.NDArray[np.float64]
CURVE = "curve.png"
SMOOTHED_SHARE = 0.02
"""The line through the losses is their mean over this share of the run."""
_LOSS, _METRICS = "#1f2933", ("#0b84c4", "#e07a1f", "#b3261e", "#3c8d40")


def draw(folder: Path, title: str) -> Path:
    """Write <folder>/curve.png from the run's rows and return its path. Raises MissingPartError, OSError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no curve: install its extra with pip install "plastream[plot]"') from None
    from plastic_core.train.log import EVALUATIONS, STEPS, table

    _, steps = table(folder / STEPS)
    names, evaluations = table(folder / EVALUATIONS)
    picture: Any = Figure(figsize=(9, 6), dpi=110, layout="constrained")
    FigureCanvasAgg(picture)
    upper: Any = picture.add_subplot(2, 1, 1)
    lower: Any = picture.add_subplot(2, 1, 2, sharex=upper)
    _losses(upper, steps)
    for color, name, values in zip(_METRICS, names[1:], evaluations.T[1:], strict=False):
        if len(values):
            lower.plot(evaluations[:, 0], values, color=color, marker=".", lw=1.2, label=f"{name} {values[-1]:.3g}")
    lower.set_ylabel("held-out episodes", fontsize=9)
    lower.set_xlabel("training episodes", fontsize=9)
    lower.set_ylim(bottom=0)
    for axis in (upper, lower):
        axis.grid(visible=True, color="#000000", alpha=0.08, lw=0.5)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=False, fontsize=8)
    picture.suptitle(title, x=0.01, ha="left", fontsize=10)
    path = folder / CURVE
    picture.savefig(path)
    return path


def _losses(axis: Any, steps: Float64) -> None:
    """Columns of steps.csv: step, episode, loss, ..."""
    sound = steps[np.isfinite(steps[:, 2])] if len(steps) else steps
    if not len(sound):
        return
    window = max(1, round(SMOOTHED_SHARE * len(sound)))
    smooth = np.convolve(sound[:, 2], np.ones(window) / window, mode="valid")
    axis.plot(sound[:, 1], sound[:, 2], color=_LOSS, lw=0.5, alpha=0.25)
    axis.plot(sound[window - 1 :, 1], smooth, color=_LOSS, lw=1.2, label=f"loss, mean of {window} steps")
    if (sound[:, 2] > 0).all():
        axis.set_yscale("log")
    axis.set_ylabel("loss", fontsize=9)
