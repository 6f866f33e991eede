"""A window of a spoilt stream as a picture: truth, what the sensors said, what was perceived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from service.bench.noise.faults import DROPPED, SPIKING, STUCK, WORDS, Faulty
from service.bench.noise.run import Clean, Perceived
from service.errors import MissingPartError

TICKS, PANELS = 240, 4
_COLOURS = {DROPPED: "#d9d2c5", STUCK: "#f2c9c5", SPIKING: "#b3261e"}


def draw(path: Path, file: Clean, faulty: Faulty, seen: Perceived, stream: int) -> Path:
    """Write a PNG of the last TICKS ticks of the first channels. Raises MissingPartError, OSError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no plot: install its extra with pip install "plastream[plot]"') from None
    count = min(PANELS, len(file.channels))
    picture: Any = Figure(figsize=(13, 2.1 * count + 0.8), dpi=110, layout="constrained")
    FigureCanvasAgg(picture)
    panels: Any = picture.subplots(count, 1, squeeze=False)
    for channel, axis in enumerate(panels[:, 0]):
        _panel(axis, file, faulty, seen, stream, channel)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside upper right", ncols=len(labels), frameon=False)
    picture.suptitle(f"{file.name}: all faults together", x=0.01, ha="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path)
    return path


def _panel(axis: Any, file: Clean, faulty: Faulty, seen: Perceived, stream: int, channel: int) -> None:
    first = max(len(file.values) - TICKS, 0)
    ticks = np.arange(first, len(file.values))
    raw, kinds = faulty.values[first:, channel], faulty.kinds[first:, channel]
    for kind in (DROPPED, STUCK):
        for tick in ticks[kinds == kind]:
            axis.axvspan(tick - 0.5, tick + 0.5, color=_COLOURS[kind], lw=0)
    axis.plot(ticks, raw, color="#1f2933", lw=0.8, alpha=0.6, label="sensor")
    spikes = kinds == SPIKING
    axis.plot(ticks[spikes], raw[spikes], "x", color=_COLOURS[SPIKING], ms=6, label=WORDS[SPIKING])
    axis.plot(ticks, file.values[first:, channel], color="#2e7d32", lw=2.2, alpha=0.5, label="truth")
    axis.plot(ticks, seen.values[first:, stream, channel], color="#e07a1f", lw=1.2, label="perceived")
    axis.set_title(file.channels[channel], loc="left", fontsize=9, fontweight="bold", pad=2)
    axis.margins(x=0)
