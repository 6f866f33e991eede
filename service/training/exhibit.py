"""What a trained model does, as a picture: plastic_core.tasks.exhibit drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plastic_core.tasks.exhibit import Exhibit, Line, Lines, Pictures
from service import canvas

Float64 = npt.NDArray[np.float64]
CELL, WIDEST = 1.25, 11.0
"""Inches of a small picture at most, and of a row of them."""
NOTHING = "#cfe0f0"
"""Where there is nothing to see: no gray, so that it is told from all that is."""
FEW = 40
"""Up to so many points each of them is marked."""


def draw(exhibit: Exhibit, path: Path, subtitle: str = "") -> Path:
    """Write the PNG and return its path. Raises MissingPartError, OSError."""
    picture = _grid(exhibit, subtitle) if isinstance(exhibit, Pictures) else _curves(exhibit, subtitle)
    return canvas.saved(picture, path)


def _grid(exhibit: Pictures, subtitle: str) -> Any:
    R, C, H, W = exhibit.images.shape
    wide = min(CELL, WIDEST / max(C, 1))
    tall = min(max(wide * H / max(W, 1), wide / 3), 3 * wide)
    picture = canvas.sheet(max(C * wide, 4.0), max(R, 1) * tall + 0.75)
    blue = not np.isfinite(exhibit.images).all()
    hint = "blue: nothing there" if blue else ""
    canvas.entitle(picture, exhibit.title, "; ".join(text for text in (subtitle, hint) if text))
    if exhibit.images.size == 0:
        return picture
    cells: Any = picture.subplots(R, C, squeeze=False)
    picture.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    for row in range(R):
        for column in range(C):
            _cell(cells[row, column], exhibit.images[row, column])
    for axis, head in zip(cells[0], exhibit.columns, strict=True):
        axis.set_title(head, fontsize=8, color=canvas.INK, pad=3)
    return picture


def _cell(axis: Any, image: npt.NDArray[np.float32]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    gray = LinearSegmentedColormap.from_list("gray", ["black", "white"]).with_extremes(bad=NOTHING)
    axis.imshow(np.ma.masked_invalid(image), cmap=gray, vmin=-1, vmax=1, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set(color=canvas.FAINT, lw=0.5)


def _curves(exhibit: Lines, subtitle: str) -> Any:
    picture = canvas.sheet(9, 5)
    canvas.entitle(picture, exhibit.title, subtitle)
    axis = canvas.panel(picture, exhibit.x, exhibit.y)
    labels: list[tuple[str, float, str]] = []
    for number, (name, line) in enumerate(exhibit.lines.items()):
        color, style = canvas.look(number)
        marker = "." if len(line.x) <= FEW else None
        axis.plot(line.x, line.y, color=color, ls=style, lw=1.6, marker=marker, label=name)
        end = last(line)
        labels.append((name if end is not None else f"{name}: no values", end or 0.0, color))
    canvas.label_ends(axis, labels)
    return picture


def last(line: Line) -> float | None:
    """The last value that is a number; None where there is none."""
    sound: Float64 = line.y[np.isfinite(line.y)]
    return float(sound[-1]) if len(sound) else None
