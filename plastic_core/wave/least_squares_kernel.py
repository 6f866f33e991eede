"""One step of recursive least squares in square-root form, compiled.

Sums run in a fixed order, so that a stream's bits hang neither on its batch nor on the machine.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.compiled import compiled
from plastic_core.engines.lanes import dot


@compiled
def decorrelated(
    root: Float32,
    features: Float32,
    forgetting: np.float32,
    ceiling: np.float32,
    seen: Float32,
    gain: Float32,
) -> None:
    """Take features [Q] into P = S S^T, given as S = root [Q, Q], in place; gain [Q] becomes P f / (lambda + f P f).

        a = S^T f        k = S a / (lambda + a.a)        S <- (S - g k a^T) / sqrt(lambda)

    with g as in reference_readout.decorrelated: P stays positive definite whatever rounding does (Potter 1963;
    Bierman 1977, Factorization Methods for Discrete Sequential Estimation). seen [Q] is scratch for a. While the mean
    diagonal of P is at `ceiling` or above, nothing is forgotten.
    """
    size = len(features)
    one, zero = np.float32(1), np.float32(0)
    total = zero
    for j in range(size):
        seen[j] = zero
    for i in range(size):
        f, row = features[i], root[i]
        for j in range(size):
            seen[j] += f * row[j]
        total += dot(row, row)
    power = dot(seen, seen)
    share = one / (forgetting + power)
    shrink = one / (one + np.sqrt(forgetting * share))
    grow = one if total >= ceiling * np.float32(size) else one / np.sqrt(forgetting)
    for i in range(size):
        row = root[i]
        k = dot(row, seen) * share
        gain[i] = k
        back = k * shrink
        for j in range(size):
            row[j] = (row[j] - back * seen[j]) * grow
