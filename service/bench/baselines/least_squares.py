"""Recursive least squares with forgetting: several regressions side by side, each with outputs that share its features.

Haykin, Adaptive Filter Theory, 4th ed., chapter 9: with features x, inverse correlation P, forgetting l, target y,
    k = P x / (l + x' P x),   W += k (y - W' x),   P = (P - k x' P) / l.
Features that say nothing new would let P grow without end: a diagonal entry is kept at `ceiling` at most, by D P D with
a diagonal D, which leaves P positive definite.

Letters: G regressions, Q features, K outputs of each.
"""

from __future__ import annotations

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.state import Float64

REGULARISATION = 1.0
"""Correlation that is assumed of each feature before the first row."""
CEILING = 1e4
"""Largest diagonal entry of P."""


class LeastSquares:
    """G regressions of K outputs each on Q features."""

    def __init__(self, regressions: int, features: int, outputs: int, forgetting: float) -> None:
        """forgetting: in (0, 1]."""
        self.weights = np.zeros((regressions, features, outputs))
        """float64[G, Q, K]: what is expected before anything is learned may be written here."""
        self._inverse = np.tile(np.eye(features) / REGULARISATION, (regressions, 1, 1))
        self._forgetting = forgetting

    def learn(self, features: Float64, targets: Float64) -> None:
        """features: float64[G, Q]. targets: float64[G, K], NaN where nothing came: that output learns nothing."""
        _learn(self.weights, self._inverse, features, targets, self._forgetting, CEILING)

    def expect(self, features: Float64) -> Float64:
        """float64[G, K] for float64[G, Q]."""
        found = np.empty((self.weights.shape[0], self.weights.shape[2]))
        _expect(self.weights, features, found)
        return found


@compiled
def _expect(weights: Float64, features: Float64, found: Float64) -> None:
    found[:] = 0.0
    for g in range(weights.shape[0]):
        for q in range(weights.shape[1]):
            x = features[g, q]
            for k in range(weights.shape[2]):
                found[g, k] += weights[g, q, k] * x


@compiled
def _learn(
    weights: Float64, inverse: Float64, features: Float64, targets: Float64, forgetting: float, ceiling: float
) -> None:
    G, Q, K = weights.shape
    projected, found = np.empty(Q), np.empty(K)
    for g in range(G):
        P, W, x = inverse[g], weights[g], features[g]
        came = False
        for k in range(K):
            came |= not np.isnan(targets[g, k])
        if not came:
            continue
        projected[:] = 0.0
        found[:] = 0.0
        for q in range(Q):  # P is symmetric: whole rows are added, which the machine's vectors do at once
            for r in range(Q):
                projected[r] += P[q, r] * x[q]
            for k in range(K):
                found[k] += W[q, k] * x[q]
        power = forgetting
        for q in range(Q):
            power += x[q] * projected[q]
        for k in range(K):
            error = targets[g, k] - found[k]
            found[k] = 0.0 if np.isnan(error) else error / power
        _shrink(P, projected, power, forgetting)
        _cap(P, ceiling)
        for q in range(Q):
            for k in range(K):
                W[q, k] += projected[q] * found[k]


@compiled
def _shrink(P: Float64, projected: Float64, power: float, forgetting: float) -> None:
    """P = (P - k x' P) / forgetting, symmetric to the last bit."""
    for q in range(P.shape[0]):
        for r in range(P.shape[0]):
            P[q, r] = (P[q, r] - projected[q] * projected[r] / power) / forgetting


@compiled
def _cap(P: Float64, ceiling: float) -> None:
    for q in range(P.shape[0]):
        if P[q, q] > ceiling:
            factor = np.sqrt(ceiling / P[q, q])
            for r in range(P.shape[0]):
                P[q, r] *= factor
                P[r, q] *= factor
