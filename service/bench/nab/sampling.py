"""How a detector does on files that its threshold was not chosen on, and how much hangs on which files there are."""

from __future__ import annotations

import numpy as np

from service.bench.nab.scoring import Sweep

SPLITS, RESAMPLES = 20, 1000
SEED = 7
INTERVAL = (5.0, 95.0)


def out_of_sample(swept: Sweep) -> float:
    """Mean score of halves under the other half's best threshold, over SPLITS random splits, each way.

    NaN where no half has both a file and a window.
    """
    count, found = len(swept.windows), list[float]()
    draw = np.random.Generator(np.random.PCG64(SEED))
    for _ in range(SPLITS if count > 1 else 0):
        one = np.zeros(count)
        one[draw.permutation(count)[: count // 2]] = 1.0
        for chosen, other in ((one, 1.0 - one), (1.0 - one, one)):
            if (swept.windows * other).sum():
                found.append(swept.at(swept.best(chosen)[0], other))
    return float(np.mean(found)) if found else float("nan")


def interval(swept: Sweep) -> tuple[float, float]:
    """INTERVAL of the score in sample over files drawn anew with replacement, RESAMPLES times; NaN without windows."""
    count, found = len(swept.windows), list[float]()
    draw = np.random.Generator(np.random.PCG64(SEED))
    for _ in range(RESAMPLES):
        copies = np.bincount(draw.integers(0, count, count), minlength=count).astype(np.float64)
        if (swept.windows * copies).sum():
            found.append(swept.best(copies)[1])
    low, high = np.percentile(found, INTERVAL) if found else (np.nan, np.nan)
    return float(low), float(high)
