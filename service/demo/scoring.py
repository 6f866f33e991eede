"""How well the next reading was foretold: plain arithmetic over arrays, the same for every predictor.

A prediction for tick t may use readings before t only. Letters: T ticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

ALPHAS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Candidates for exponential smoothing; the best one per sensor is chosen in hindsight."""


def last_value(actual: Float64) -> Float64:
    """float64[T]: the newest reading before each tick; NaN before the first one.

    >>> last_value(np.array([1.0, 2.0, np.nan, 4.0]))
    array([nan,  1.,  2.,  2.])
    """
    return np.concatenate([np.array([np.nan]), held(actual)[:-1]]) if len(actual) else actual.copy()


def held(values: Float64) -> Float64:
    """float64[T]: every NaN replaced by the newest value before it."""
    newest = np.where(np.isfinite(values), np.arange(len(values)), -1)
    newest = np.maximum.accumulate(newest) if len(values) else newest
    return np.where(newest >= 0, values[newest], np.nan)


def smoothed(actual: Float64, alpha: float) -> Float64:
    """float64[T]: level before each tick, of level += alpha * (reading - level); the first reading is the first level.

    >>> smoothed(np.array([0.0, 1.0, 1.0]), alpha=0.5)
    array([nan, 0. , 0.5])
    """
    predicted = np.full(len(actual), np.nan)
    level = np.nan
    for tick, reading in enumerate(actual):
        predicted[tick] = level
        if np.isfinite(reading):
            level = reading if np.isnan(level) else level + alpha * (reading - level)
    return predicted


def relative_error(actual: Float64, predicted: Float64, counted: Bool) -> float:
    """Mean squared error over the reading's variance, both over the counted ticks that have reading and prediction.

    0 is perfect; 1 is as good as knowing the mean. NaN for a sensor that did not change, or without any such tick.
    """
    usable = counted & np.isfinite(actual) & np.isfinite(predicted)
    if not usable.any():
        return float("nan")
    # the float32 codes on the way cannot say more than this part of a reading; a constant is constant
    floor = (1e-9 * float(np.abs(actual[usable]).max())) ** 2
    variance = float(np.var(actual[usable]))
    if variance <= floor:
        return float("nan")
    return float(np.mean((actual[usable] - predicted[usable]) ** 2)) / variance


def best_smoothing(actual: Float64, counted: Bool) -> tuple[float, float]:
    """(alpha, relative error) of the best candidate on the counted ticks themselves: a favour to the baseline."""
    errors = [relative_error(actual, smoothed(actual, alpha), counted) for alpha in ALPHAS]
    best = int(np.nanargmin(errors)) if np.isfinite(errors).any() else 0
    return ALPHAS[best], errors[best]


def share_right(actual: Sequence[Any], predicted: Sequence[Any], counted: Bool) -> float:
    """Share of the counted ticks with a reading at which the symbol was foretold; NaN without any."""
    right = [
        value == guess
        for value, guess, counts in zip(actual, predicted, counted, strict=True)
        if counts and value is not None
    ]
    return float(np.mean(right)) if right else float("nan")


def last_symbol(actual: Sequence[Any]) -> list[Any]:
    """[T]: the newest symbol before each tick; None before the first one."""
    newest: Any = None
    predicted: list[Any] = []
    for value in actual:
        predicted.append(newest)
        newest = newest if value is None else value
    return predicted


def peaks(times: Float64, values: Float64, apart_s: float) -> npt.NDArray[np.int64]:
    """Ticks whose value is above zero and the highest within `apart_s` on either side, highest first.

    Two peaks are at least `apart_s` apart: of equal neighbours the first counts. `times` must not fall.
    """
    first = np.searchsorted(times, times - apart_s, side="right")
    end = np.searchsorted(times, times + apart_s, side="left")
    found = [
        tick
        for tick, value in enumerate(values)
        if value > 0.0 and int(np.argmax(values[first[tick] : end[tick]])) + int(first[tick]) == tick
    ]
    return np.array(sorted(found, key=lambda tick: -values[tick]), dtype=np.int64)
