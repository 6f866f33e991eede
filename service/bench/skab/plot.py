"""Novelty over each file beside its labels, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plastic_core.state import Float64
from service.bench.skab.corpus import Series
from service.bench.skab.scoring import stretches
from service.errors import MissingPartError


def draw(path: Path, told: Sequence[tuple[Series, Float64]], level: float, first: int) -> Path:
    """Write a PNG, a panel a file: novelty float64[T], level and labels. Raises MissingPartError, OSError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no plot: install its extra with pip install "plastream[plot]"') from None
    picture: Any = Figure(figsize=(13, 1.8 * len(told) + 0.8), dpi=110, layout="constrained")
    FigureCanvasAgg(picture)
    panels: Any = picture.subplots(len(told), 1, squeeze=False)
    for axis, (series, novelty) in zip(panels[:, 0], told, strict=True):
        for begin, stop in stretches(series.anomalous):
            axis.axvspan(begin, stop, color="#f2c9c5", lw=0)
        axis.axvspan(0, first, color="#000000", alpha=0.06, lw=0)
        axis.plot(unlikelihood(novelty), color="#0b84c4", lw=0.9)
        axis.axhline(unlikelihood(np.array(level)), color="#b3261e", lw=0.8, ls="--")
        axis.set_xlim(0, len(novelty))
        axis.set_ylabel("novelty, nines", fontsize=8)
        axis.set_title(series.name, loc="left", fontsize=9, fontweight="bold", pad=2)
    picture.suptitle("labelled anomalies shaded; grey rows are not scored", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)
    return path


def unlikelihood(novelty: Float64) -> Float64:
    """Nines of novelty: .9 is 1, .99 is 2; what is likely is 0, from 9 on it is 9."""
    return -np.log10(np.clip(1.0 - novelty, 1e-9, 1.0))
