"""How far forecasts were from what came, in z-scores.

Letters: K scored rows, H steps ahead, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plastic_core.state import Float64

CAP = 1e6
"""A figure that is larger, or not finite, is given as this: the method diverged."""


@dataclass(frozen=True)
class Scores:
    """How far the forecasts of one method were off."""

    mse: float
    """Mean squared error over all cells that came."""
    mae: float
    """Mean absolute error over the same."""
    channels: dict[str, dict[str, float]]
    """mse and mae of each; NaN where nothing came."""
    by_row: Float64
    """float64[K - H + 1]: mean squared error of each forecast; NaN where nothing came."""

    def figures(self) -> dict[str, Any]:
        """As the command prints them."""
        return {"mse": self.mse, "mae": self.mae, "channels": self.channels}


def scores(forecasts: Float64, actual: Float64, channels: Sequence[str]) -> Scores:
    """Score forecasts float64[K, H, C], the k-th made H rows before scored row k, against actual float64[K, C].

    Forecasts that begin before the first scored row are left out, and cells that did not come; a forecast that is not
    finite is infinitely wrong.
    """
    K, H, C = forecasts.shape
    made = K - H + 1
    squares, absolutes, counts = np.zeros((made, C)), np.zeros((made, C)), np.zeros((made, C))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(H):
            came = actual[step : step + made]
            error = np.where(np.isnan(came), 0.0, forecasts[H - 1 :, step] - came)
            error[np.isnan(error)] = np.inf
            squares += error**2
            absolutes += np.abs(error)
            counts += ~np.isnan(came)
        by_channel = {
            name: {"mse": _mean(squares[:, c], counts[:, c]), "mae": _mean(absolutes[:, c], counts[:, c])}
            for c, name in enumerate(channels)
        }
        told: Float64 = counts.sum(axis=1)
        by_row = np.where(told > 0, squares.sum(axis=1) / np.maximum(told, 1.0), np.nan)
        return Scores(_mean(squares, counts), _mean(absolutes, counts), by_channel, np.minimum(by_row, CAP))


def _mean(errors: Float64, counts: Float64) -> float:
    total = float(counts.sum())
    if not total:
        return float("nan")
    found = float(errors.sum()) / total
    return found if found < CAP else CAP
