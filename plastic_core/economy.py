"""Plasticity gated off while predictions hold: which ticks are worth a write into the trace.

A tick is worth one where its surprise exceeds what the stream has been used to: a threshold that follows the quantile
of its own surprise below which `skipped` of the ticks lie (stochastic approximation, Robbins and Monro 1951),

    threshold <- threshold (1 + RATE ((surprise > threshold) - (1 - skipped)))

Letters: B streams, C rows of a pool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.arrays import Float32, Int64

START, RATE = np.float32(0.5), np.float32(0.01)
"""Sigmas at which the threshold begins, and the share of itself by which it moves."""
LEAST, MOST = np.float32(1e-3), np.float32(1e3)
YOUNG = 200
"""Ticks of a stream in which every write is carried out."""


@dataclass(frozen=True)
class EconomySettings:
    """How much is written."""

    skipped: float = 0.7
    """Share of a stream's ticks, the least surprising ones, that are not written into the trace; 0: all are."""

    def __post_init__(self) -> None:
        if not 0 <= self.skipped < 1:
            raise ValueError("economy settings: skipped within [0, 1)")


def worth(surprise: Float32, threshold: Float32, age: Int64, settings: EconomySettings) -> Float32:
    """[B]: 1 where the tick is to be written, else 0. surprise: sigmas. age: ticks lived through.

    >>> told = np.array([0.2, 2.0], np.float32)
    >>> worth(told, np.full(2, 0.5, np.float32), np.array([900, 900]), EconomySettings()).tolist()
    [0.0, 1.0]
    """
    busy = (surprise > threshold) | (age < YOUNG) | (settings.skipped == 0)
    return busy.astype(np.float32)


def followed(surprise: Float32, threshold: Float32, settings: EconomySettings) -> Float32:
    """[B]: the threshold after this tick."""
    over = (surprise > threshold).astype(np.float32) - np.float32(1 - settings.skipped)
    return np.clip(threshold * (1 + RATE * over), LEAST, MOST).astype(np.float32)
