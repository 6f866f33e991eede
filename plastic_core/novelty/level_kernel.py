"""How far a tick lies from what is normal, as a likelihood that its own past calibrates.

Only + - * / and square roots, in a fixed order: a stream's bits hang neither on its batch nor on a mathematical
library.
"""

from __future__ import annotations

import math

import numpy as np

from plastic_core.arrays import Float32, Float64
from plastic_core.compiled import compiled, inlined

BINS_PER_SIGMA = 8.0
TAIL = 0.1
"""Share of the highest levels that tell how the tail falls off."""
POWER_OF_TWO = 8
MOST_COUNTED = 65536.0


@compiled
def furthest(sigmas: Float64, found: int, widest: int) -> float:
    """Mean of the `widest` largest of the first `found` sigmas; they are put in falling order as far as needed."""
    taken = min(widest, found)
    total = 0.0
    for k in range(taken):
        for i in range(k + 1, found):
            if sigmas[i] > sigmas[k]:
                sigmas[i], sigmas[k] = sigmas[k], sigmas[i]
        total += sigmas[k]
    return total / taken if taken else 0.0


@compiled
def tail(counts: Float32, counted: float, level: float, rare: float, edge: Float64) -> float:
    """Likelihood of a level as high as this among those counted [L], in (0, 1]; edge [1]: the level where it is `rare`.

    Within the lower 9/10 by counting, beyond by an exponential tail with the mean excess of the upper tenth.
    """
    start, above = len(counts), 0.0
    while start > 0 and above < TAIL * counted:
        start -= 1
        above += counts[start]
    excess = 0.25
    for k in range(start, len(counts)):
        excess += counts[k] * (k + 0.5 - start)
    excess /= (above + 0.5) * BINS_PER_SIGMA
    begin, share = start / BINS_PER_SIGMA, (above + 1.0) / (counted + 1.0)
    edge[0] = begin + excess * _logarithm(max(share / rare, 1.0))
    if level >= begin:
        return share * _decay((level - begin) / excess)
    place = int(level * BINS_PER_SIGMA)
    total = counts[place] * (1.0 - (level * BINS_PER_SIGMA - place))
    for k in range(place + 1, len(counts)):
        total += counts[k]
    return (total + 1.0) / (counted + 1.0)


@compiled
def count(counts: Float32, counted: float, level: float) -> float:
    """Count a level, in place; returns how many are counted now."""
    counts[min(int(level * BINS_PER_SIGMA), len(counts) - 1)] += np.float32(1)
    counted += 1.0
    if counted >= MOST_COUNTED:
        for k in range(len(counts)):
            counts[k] *= np.float32(0.5)
        counted *= 0.5
    return counted


@inlined
def _decay(y: float) -> float:
    """(1 + y / 256)^-256, which is exp(-y) near 0 and never 0."""
    base = 1.0 + y / 256.0
    for _ in range(POWER_OF_TWO):
        base *= base
    return 1.0 / base if base < 1e300 else 1e-300


@inlined
def _logarithm(x: float) -> float:
    """The inverse of `_decay`: y where it is 1 / x, for x >= 1."""
    for _ in range(POWER_OF_TWO):
        x = math.sqrt(x)
    return 256.0 * (x - 1.0)
