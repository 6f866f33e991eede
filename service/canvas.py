"""A sheet for a picture: one size of letters, one row of colors, nothing that does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from service.errors import MissingPartError

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9")
"""Told apart by people who see few colors too: Okabe and Ito's, their yellow darker so that it can be read."""
STYLES = ("-", "--", ":")
"""Of the lines; the next one where the colors are used up."""
INK, FAINT = "#1f2933", "#66737f"
DPI = 110
TITLE_LETTERS, SUBTITLE_LETTERS = 11, 17
"""That fit into an inch."""
GAP = 0.055
"""Least distance between two labels, as a share of the panel's height."""


def sheet(width: float, height: float) -> Any:
    """An empty figure of so many inches. Raises MissingPartError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingPartError('no picture: install its extra with pip install "plastream[plot]"') from None
    picture: Any = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(picture)
    return picture


def entitle(picture: Any, title: str, subtitle: str) -> None:
    """Title above; at the foot, in smaller letters, what one has to know."""
    width = picture.get_figwidth()
    picture.suptitle(fill(title, int(TITLE_LETTERS * width)), x=0.01, ha="left", fontsize=11, color=INK)
    if subtitle:
        text = fill(subtitle, int(SUBTITLE_LETTERS * width))
        picture.supxlabel(text, x=0.01, ha="left", fontsize=8, color=FAINT)


def saved(picture: Any, path: Path) -> Path:
    """Write the PNG, and its folder; returns its path. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, format="png")
    return path


def panel(picture: Any, x: str, y: str) -> Any:
    """Axes over the whole sheet, with what is on them."""
    from matplotlib.ticker import StrMethodFormatter

    axis = picture.add_subplot()
    axis.set_xlabel(x, fontsize=9)
    axis.set_ylabel(y, fontsize=9)
    axis.grid(visible=True, color="#000000", alpha=0.08, lw=0.5)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    return axis


def look(number: int) -> tuple[str, str]:
    """Color and style of the line with this number."""
    return COLORS[number % len(COLORS)], STYLES[number // len(COLORS) % len(STYLES)]


def label_ends(axis: Any, labels: Sequence[tuple[str, float, str]]) -> None:
    """Each text at the right, as near to its height as there is room. labels: text, height in data, color."""
    limits = axis.transData + axis.transAxes.inverted()
    left = axis.get_xlim()[0]
    wished = [float(limits.transform((left, height))[1]) for _, height, _ in labels]
    for (text, _, color), height in zip(labels, spaced(wished), strict=True):
        axis.text(1.015, height, text, transform=axis.transAxes, color=color, fontsize=9, va="center", clip_on=False)


def spaced(wished: Sequence[float], gap: float = GAP) -> list[float]:
    """Heights at least `gap` apart, in the same order, near the wished ones and within 0 to 1 while there is room.

    >>> [round(height, 2) for height in spaced([0.5, 0.5, 1.2], 0.1)]
    [0.45, 0.55, 1.0]
    """
    order = sorted(range(len(wished)), key=lambda number: wished[number])
    # blocks of labels that touch: [sum of (wished - place within block), count], merged while the next one overlaps
    blocks: list[list[float]] = []
    for number in order:
        blocks.append([wished[number], 1])
        while len(blocks) > 1 and _start(blocks[-1], gap) < _start(blocks[-2], gap) + blocks[-2][1] * gap:
            upper, lower = blocks.pop(), blocks.pop()
            shift = lower[1] * gap * upper[1]
            blocks.append([lower[0] + upper[0] - shift, lower[1] + upper[1]])
    heights = [_start(block, gap) + place * gap for block in blocks for place in range(int(block[1]))]
    found = [0.0] * len(wished)
    for number, height in zip(order, heights, strict=True):
        found[number] = height
    return found


def _start(block: Sequence[float], gap: float) -> float:
    """Height of a block's lowest label: the mean of what its labels wish, held within the panel."""
    room = 1.0 - (block[1] - 1) * gap
    return max(0.0, min(room, block[0] / block[1]))
