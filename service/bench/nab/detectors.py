"""What the mind is held against: detectors of a few lines.

Each says a score in [0, 1] for every row of a file, from this and earlier rows alone.

Letters: T rows of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from encoders.codes.scalar import ScalarEncoder
from plastic_core.novelty.judge import judge
from plastic_core.novelty.memory import NoveltySettings, blank, retell
from plastic_core.state import Float64
from service.bench.nab.corpus import Series

WINDOW = 1000
"""Rows that the windowed Gaussian and the range rule look back."""
QUIET = 150
"""Rows for which the range rule holds still after it spoke."""


def nothing(series: Series) -> Float64:
    """Never speaks."""
    return np.zeros(len(series.values))


def chance(series: Series) -> Float64:
    """Uniform numbers, from a seed that is the file's length."""
    return np.random.Generator(np.random.PCG64(len(series.values))).random(len(series.values))


def windowed_gaussian(series: Series) -> Float64:
    """1 - the two-sided tail of a normal distribution with mean and variance of the last WINDOW rows."""
    from math import erf, sqrt

    x, scores = series.values, np.zeros(len(series.values))
    for row in range(2, len(x)):
        past = x[max(row - WINDOW, 0) : row]
        spread = past.std()
        scores[row] = erf(abs(x[row] - past.mean()) / (spread * sqrt(2.0))) if spread > 0 else float(x[row] != past[0])
    return scores


def out_of_range(series: Series) -> Float64:
    """How far a value lies outside of the last WINDOW rows' range, as a share of it; then QUIET rows of silence."""
    x, scores, spoke = series.values, np.zeros(len(series.values)), -QUIET
    for row in range(2, len(x)):
        past = x[max(row - WINDOW, 0) : row]
        low, high = past.min(), past.max()
        beyond = max(low - x[row], x[row] - high)
        if beyond > 0 and row - spoke >= QUIET:
            scores[row], spoke = beyond / (beyond + high - low), row
    return scores


def last_value(series: Series) -> Float64:
    """The mind's own stage of novelty behind its encoder, with the last value as the expectation."""
    encoder, settings = ScalarEncoder(), NoveltySettings()
    state, memory = encoder.initial(1), blank(1, 1, settings)
    row, one, sensed = np.zeros(1, np.int64), np.ones(1, np.int64), np.ones((1, 1), np.bool_)
    scores, last = np.zeros(len(series.values)), np.nan
    for place, value in enumerate(series.values):
        told = np.array([value])
        encoded = encoder.encode_numbers(told, state)
        gain, offset = encoder.translation(state, encoded.state)
        again = encoder.encode_numbers(told, encoded.state).codes
        x = ((again - offset) / gain if gain[0, 0] != 1 or offset[0, 0] != 0 else encoded.codes).astype(np.float32)
        error = x - np.float32(x[0, 0] if np.isnan(last) else last)
        scores[place] = judge(memory, row, x, error.astype(np.float32), sensed, one, settings).onset[0]
        retell(memory, row, gain, offset)
        state, last = encoded.state, float(x[0, 0] * gain[0, 0] + offset[0, 0])
    return scores


DETECTORS: Mapping[str, Callable[[Series], Float64]] = MappingProxyType(
    {
        "last value": last_value,
        "range rule": out_of_range,
        "windowed Gaussian": windowed_gaussian,
        "random": chance,
        "nothing": nothing,
    }
)
