"""What others would perceive: the last value, smoothing, a running median, a Kalman filter. All causal.

Each takes the readings of one channel, float64[T] with NaN where nothing came, and gives float64[T]: what it believes
at each tick, that tick's reading included. Letters: T ticks.
"""

from __future__ import annotations

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.state import Float64

ALPHAS = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
"""Candidates of exponential smoothing."""
WINDOW = 5
"""Readings of the running median."""


@compiled
def smoothed(readings: Float64, alpha: float) -> Float64:
    """Level += alpha * (reading - level); the first reading is the first level. alpha 1: the last value."""
    believed = np.full(len(readings), np.nan)
    level = np.nan
    for tick in range(len(readings)):
        reading = readings[tick]
        if reading == reading:
            level = reading if level != level else level + alpha * (reading - level)
        believed[tick] = level
    return believed


@compiled
def local_level(readings: Float64, wander: float, noise: float) -> Float64:
    """The Kalman filter of a level that wanders, seen through noise (Harvey 1989); both are variances."""
    believed = np.full(len(readings), np.nan)
    level, doubt = np.nan, 0.0
    for tick in range(len(readings)):
        reading = readings[tick]
        doubt += wander
        if reading == reading:
            if level != level:
                level, doubt = reading, noise
            else:
                gain = doubt / (doubt + noise)
                level += gain * (reading - level)
                doubt *= 1.0 - gain
        believed[tick] = level
    return believed


@compiled
def running_median(readings: Float64, window: int) -> Float64:
    """Median of the newest `window` readings that came."""
    believed = np.full(len(readings), np.nan)
    newest = np.empty(window)
    count = 0
    for tick in range(len(readings)):
        reading = readings[tick]
        if reading == reading:
            newest[count % window] = reading
            count += 1
        if count:
            believed[tick] = np.median(newest[: min(count, window)])
    return believed


def tuned_smoothing(readings: Float64, truth: Float64, first: int) -> Float64:
    """Smoothing with the alpha that comes nearest to the truth over the first ticks: a favour."""
    tries = [smoothed(readings, alpha) for alpha in ALPHAS]
    errors = [np.nanmean((found[:first] - truth[:first]) ** 2) for found in tries]
    return tries[int(np.argmin(errors))]
