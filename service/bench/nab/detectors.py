"""What the mind is held against: detectors of a few lines.

Each says a score in [0, 1] for every row of a file, from this and earlier rows alone.

Letters: T rows of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from zlib import crc32

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
    """Uniform numbers, from a seed that is the sum of the file's name."""
    return np.random.Generator(np.random.PCG64(crc32(series.name.encode()))).random(len(series.values))


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
    """The mind's own stage of novelty, on errors of the last value in place of values."""
    return stage(np.diff(series.values, prepend=series.values[:1]))


def stage(column: Float64) -> Float64:
    """Onset of novelty of float64[T] behind the encoder, without the mind; 0 where a row is NaN."""
    encoder, settings = ScalarEncoder(), NoveltySettings()
    state, memory = encoder.initial(1), blank(1, 1, settings)
    row, one, scores = np.zeros(1, np.int64), np.ones(1, np.int64), np.zeros(len(column))
    for place in np.flatnonzero(np.isfinite(column)).tolist():
        told = column[place : place + 1]
        encoded = encoder.encode_numbers(told, state)
        gain, offset = encoder.translation(state, encoded.state)
        again = encoder.encode_numbers(told, encoded.state).codes  # as far as it really reached, see service/reach.py
        x = ((again - offset) / gain if gain[0, 0] != 1 or offset[0, 0] != 0 else encoded.codes).astype(np.float32)
        sensed = np.ones((1, 1), np.bool_)
        scores[place] = judge(memory, row, x, np.zeros_like(x), sensed, one, settings).onset[0]
        retell(memory, row, gain, offset)
        state = encoded.state
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
