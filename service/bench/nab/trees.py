"""River's half-space trees as a detector of one value."""

from __future__ import annotations

import numpy as np

from plastic_core.state import Float64
from service.bench.baselines.river_models import scaled_trees
from service.bench.nab.corpus import Series


def half_space_trees(series: Series) -> Float64:
    """float64[T] in [0, 1]; with River's own settings, on values scaled by the range seen so far."""
    model = scaled_trees()
    scores = np.zeros(len(series.values))
    for row, value in enumerate(series.values.tolist()):
        scores[row] = model(value)
    return scores
