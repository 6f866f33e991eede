"""The associations' tick and recall, row by row in place; sums in index order, so that bits hang on no batch."""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Float32, Int64
from plastic_core.compiled import compiled

NOTHING = np.float32(1e-20)
"""Eligibility below this is 0: fading numbers must not become denormal, which are slow."""


@compiled
def tick_rows(
    rows: Int64,
    cue: Float32,
    outcome: Float32,
    signal: Float32,
    share: np.float32,
    gain: np.float32,
    fade: np.float32,
    bound: np.float32,
    eligibility: Float32,
    fast: Float32,
) -> None:
    """Associations.tick for all rows; share is e."""
    one = np.float32(1)
    keep = one - share
    for b in range(len(rows)):
        E, H, M = eligibility[rows[b]], fast[rows[b]], signal[b]
        kept, written = one - fade * abs(M), gain * M
        for i in range(E.shape[0]):
            into = share * cue[b, i]
            for k in range(E.shape[1]):
                now = keep * E[i, k] + into * outcome[b, k]
                E[i, k] = now if abs(now) > NOTHING else np.float32(0)
            if M != 0:
                for k in range(E.shape[1]):
                    H[i, k] = min(max(kept * H[i, k] + written * E[i, k], -bound), bound)


@compiled
def recall_rows(rows: Int64, cue: Float32, fast: Float32, slow: Float32, found: Float32) -> None:
    """Associations.recall for all rows; found starts as zeros."""
    for b in range(len(rows)):
        H, S = fast[rows[b]], slow[rows[b]]
        for i in range(H.shape[0]):
            x = cue[b, i]
            if x != 0:
                for k in range(H.shape[1]):
                    found[b, k] += x * (H[i, k] + S[i, k])
