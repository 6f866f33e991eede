"""Learning curves of several arms side by side: the mean over seeds as a line, lowest to highest as a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from service import canvas

if TYPE_CHECKING:
    from plastic_core.tasks.contract import Metric

Float64 = npt.NDArray[np.float64]
Curve = tuple[Float64, Float64]
"""Training episodes, and the figure after each of them; NaN where there is none."""
NO_REFERENCES: Mapping[str, float] = MappingProxyType({})
FEW = 40
"""Up to so many points each of them is marked."""
FLOOR_SHARE = 0.5
"""The axis begins at 0 if no figure is below it and the lowest is less than this share of the highest."""


class Band(NamedTuple):
    """Several seeds over the same episodes."""

    x: Float64
    mean: Float64
    lowest: Float64
    highest: Float64
    seeds: int


def draw(
    path: Path,
    title: str,
    curves: Mapping[str, Sequence[Curve]],
    metric: Metric,
    references: Mapping[str, float] = NO_REFERENCES,
) -> Path:
    """Write the PNG and return its path. curves: arm -> one curve a seed. references: name -> figure, drawn as dashes.

    Raises MissingPartError, OSError.
    """
    picture = canvas.sheet(9, 5.4)
    bands = {arm: band(seeds) for arm, seeds in curves.items()}
    canvas.entitle(picture, title, caption(metric, bands))
    axis = canvas.panel(picture, "training episodes", f"{metric.name}, {metric.better} is better")
    labels: list[tuple[str, float, str]] = []
    for number, (arm, found) in enumerate(bands.items()):
        labels.append(_arm(axis, arm, found, number))
    for name, figure in references.items():
        axis.axhline(figure, color=canvas.FAINT, ls=(0, (4, 3)), lw=1)
        labels.append((f"{name} {figure:.3g}", figure, canvas.FAINT))
    _floor(axis, [values for found in bands.values() for values in (found.lowest, found.highest)], references)
    canvas.label_ends(axis, labels)
    return canvas.saved(picture, path)


def band(seeds: Sequence[Curve]) -> Band:
    """Mean, lowest and highest over the episodes that all seeds have lived through.

    Between two of its own points a seed is a straight line; one without any number counts for nothing.
    """
    sound = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in seeds]
    sound = [(x, y) for x, y in sound if len(x)]
    if not sound:
        nothing = np.zeros(0)
        return Band(nothing, nothing, nothing, nothing, 0)
    first, end = max(x[0] for x, _ in sound), min(x[-1] for x, _ in sound)
    every = np.unique(np.concatenate([x for x, _ in sound]))
    x = every[(every >= first) & (every <= end)]
    values = np.stack([np.interp(x, *curve) for curve in sound])
    if not len(x):
        return Band(x, x, x, x, len(sound))
    return Band(x, values.mean(0), values.min(0), values.max(0), len(sound))


def caption(metric: Metric, bands: Mapping[str, Band]) -> str:
    """What the axis means, and what the bands are."""
    most = max((found.seeds for found in bands.values()), default=0)
    shown = f"mean of {most} seeds, band from lowest to highest" if most > 1 else "one seed"
    return f"{metric.name}: {metric.meaning}. Held-out episodes, {shown}."


def _arm(axis: Any, arm: str, found: Band, number: int) -> tuple[str, float, str]:
    """Line, band, and the label of its end."""
    color, style = canvas.look(number)
    if not len(found.x):
        return f"{arm}: no values", 0.0, color
    if found.seeds > 1:
        axis.fill_between(found.x, found.lowest, found.highest, color=color, alpha=0.18, lw=0)
    marker = "." if len(found.x) <= FEW else None
    axis.plot(found.x, found.mean, color=color, ls=style, lw=1.6, marker=marker)
    return f"{arm} {found.mean[-1]:.3g}", float(found.mean[-1]), color


def _floor(axis: Any, shown: Sequence[Float64], references: Mapping[str, float]) -> None:
    """Begin at 0 where that costs little room."""
    values = np.concatenate([*shown, np.array(list(references.values()))])
    if len(values) and 0 <= values.min() < FLOOR_SHARE * values.max():
        axis.set_ylim(bottom=0)
