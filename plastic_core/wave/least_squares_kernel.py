"""One step of recursive least squares in square-root form, compiled.

Sums run in a fixed order, so that a stream's bits hang neither on its batch nor on the machine.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.compiled import compiled, inlined

LANES = 16


@inlined
def dot(left: Float32, right: Float32, lanes: Float32) -> np.float32:
    """Sum of products in LANES interleaved sums, then in order; lanes [LANES] is scratch."""
    whole = len(left) - len(left) % LANES
    for k in range(LANES):
        lanes[k] = np.float32(0)
    for i in range(0, whole, LANES):
        for k in range(LANES):
            lanes[k] += left[i + k] * right[i + k]
    total = np.float32(0)
    for k in range(LANES):
        total += lanes[k]
    for i in range(whole, len(left)):
        total += left[i] * right[i]
    return total


@compiled
def decorrelated(
    root: Float32,
    features: Float32,
    forgetting: np.float32,
    ceiling: np.float32,
    seen: Float32,
    gain: Float32,
    lanes: Float32,
) -> None:
    """Take features [Q] into P = S S^T, given as S = root [Q, Q], in place; gain [Q] becomes P f / (lambda + f P f).

        a = S^T f        k = S a / (lambda + a.a)        S <- (S - g k a^T) / sqrt(lambda)

    with g as in reference_readout.decorrelated: P stays positive definite whatever rounding does (Potter 1963;
    Bierman 1977, Factorization Methods for Discrete Sequential Estimation). seen [Q] is scratch for a. While the mean
    diagonal of P is at `ceiling` or above, nothing is forgotten.
    """
    size = len(features)
    one, zero = np.float32(1), np.float32(0)
    for j in range(size):
        seen[j] = zero
    for i in range(size):
        f, row = features[i], root[i]
        for j in range(size):
            seen[j] += f * row[j]
    power = dot(seen, seen, lanes)
    share = one / (forgetting + power)
    shrink = one / (one + np.sqrt(forgetting * share))
    total = zero
    for i in range(size):
        row = root[i]
        total += dot(row, row, lanes)
    grow = one if total >= ceiling * np.float32(size) else one / np.sqrt(forgetting)
    for i in range(size):
        row = root[i]
        k = dot(row, seen, lanes) * share
        gain[i] = k
        back = k * shrink
        for j in range(size):
            row[j] = (row[j] - back * seen[j]) * grow
