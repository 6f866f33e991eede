"""What is remembered of each channel's errors, and what it says of the sensor's own noise.

Derivations: plastic_core/README.md. All functions are pure, take rows, and give a row the same bytes in any batch:
elementwise operations and sums along one row only.

Letters: B streams, C rows of a pool, D channels, M channels that are expected from each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.mixing.mixture import Mixture

SMALLEST_VARIANCE = np.float32(1e-6)
"""Code units squared: errors of a thousandth of a code unit are never a surprise."""


@dataclass(frozen=True)
class Errors:
    """What is remembered of each channel's errors, rows of a Memory. See there."""

    variance: Float32
    alternation: Float32
    last_change: Float32


def noise(variance: Float32, alternation: Float32) -> Float32:
    """Variance of the sensor's own noise: -cov(dx_t, dx_{t-1}) of the local level model (Harvey 1989), in [0, S]."""
    positive = np.where(alternation < 0, -alternation, np.float32(0))
    return np.where(positive < variance, positive, variance)


def stated_noise(variance: Float32, sensor: Float32, stated: Float32) -> tuple[Float32, Float32]:
    """Error variance and sensor variance of this tick, where the sensor states its own standard deviation (> 0).

    The expectation's share of the usual error variance stays, the sensor's is what it states.
    """
    told: Bool = stated > 0
    own = stated * stated
    return np.where(told, np.maximum(variance - sensor, np.float32(0)) + own, variance), np.where(told, own, sensor)


def root_mean_square(sigmas: Float32, sensed: Bool) -> Float32:
    """[B]: over the sensed channels of each row, 0 where there are none."""
    total = np.where(sensed, sigmas * sigmas, np.float32(0)).sum(axis=1, dtype=np.float32)
    return np.sqrt(total / np.maximum(sensed.sum(axis=1), 1).astype(np.float32))


def tracked(
    errors: Errors, mixed: Mixture, level: Float32, seen: Int64, imagined: Int64, memory_ticks: float
) -> Errors:
    """The errors' statistics after this tick; channels that were not believed keep theirs.

    level: the last input [B, D], or what was imagined in its place. seen, imagined: before this tick.
    """
    counted = mixed.believed & (seen > 0)
    paired = counted & (imagined == 0)
    change = np.where(paired, mixed.input - level, np.float32(0))
    share = np.maximum(1.0 / np.maximum(seen, 1), 1.0 / memory_ticks).astype(np.float32)
    pair_share = np.maximum(1.0 / np.maximum(seen - 1, 1), 1.0 / memory_ticks).astype(np.float32)
    # an error counts by what it would have been at the usual noise; the ratio is 1 where no sensor stated its own
    usual = mixed.error * (np.sqrt(errors.variance + SMALLEST_VARIANCE) / mixed.deviation)
    variance = errors.variance + share * (usual * usual - errors.variance)
    alternation = errors.alternation + pair_share * (change * errors.last_change - errors.alternation)
    return Errors(
        variance=np.where(counted, variance, errors.variance),
        alternation=np.where(paired & (seen > 1), alternation, errors.alternation),
        last_change=np.where(mixed.sensed, change, errors.last_change),
    )
