"""Who says which rows are anomalous: the mind at a fixed level, and answers to hold it against.

Letters: T rows, C sensors.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from plastic_core.core import Core
from plastic_core.novelty.memory import NoveltySettings
from plastic_core.state import Bool, Float64
from service.bench.baselines.lags import Lags
from service.bench.baselines.least_squares import LeastSquares
from service.bench.rig import Rig
from service.bench.skab.corpus import Series

LEVEL = NoveltySettings().threshold
"""Novelty from which on the mind's answer is anomalous: where its slow memory stops to take what comes for normal."""
LAGS = 3
"""Own values that the baselines look back."""
RUNNING_ROWS = 20
"""Rows of the baselines' running mean of signed errors."""
QUANTILE, MARGIN = 0.99, 4 / 3
"""The baselines' level, as the benchmark's own notebooks set theirs: 4/3 of this quantile of the learning rows."""


@dataclass(frozen=True)
class Judged:
    """Novelty of each row, and how fast it was told."""

    novelty: Float64
    """float64[T] in [0, 1)."""
    events_per_s: float
    """Rows a CPU second."""


def mind(core: Core, series: Series) -> Judged:
    """Each file is a stream that begins anew."""
    rig = Rig(core, list(series.sensors))
    novelty = np.zeros(len(series.values))
    began = time.process_time()
    for row, (values, moment) in enumerate(zip(series.values, series.times, strict=True)):
        novelty[row] = rig.tick(values[None], np.array([moment])).novelty[0]
    return Judged(novelty, len(novelty) / max(time.process_time() - began, 1e-9))


def least_squares(series: Series, first: int, *, frozen: bool) -> Bool:
    """bool[T]: each sensor by recursive least squares on its own lags; `frozen` ones learn nothing from `first` on.

    Judged by the largest running mean of signed errors, in sigmas of the learning rows.
    """
    middle, spread = series.values[:first].mean(axis=0), series.values[:first].std(axis=0)
    rows = (series.values - middle) / np.where(spread > 0, spread, 1.0)
    channels = rows.shape[1]
    model, lags = LeastSquares(channels, LAGS + 1, 1, 1.0 if frozen else 0.999), Lags(LAGS, channels)
    errors = np.zeros_like(rows)
    for row, values in enumerate(rows):
        features = np.concatenate([lags.rows.T, np.ones((channels, 1))], axis=1)
        expected = model.expect(features)[:, 0]
        errors[row] = values - expected
        if not frozen or row < first:
            model.learn(features, values[:, None])
        lags.take(values, expected)
    score = _running(errors / np.maximum(errors[:first].std(axis=0), 1e-9))
    return score > MARGIN * np.quantile(score[RUNNING_ROWS:first], QUANTILE)


def _running(errors: Float64) -> Float64:
    """float64[T]: largest absolute exponential mean of errors [T, C]."""
    mean = np.zeros(errors.shape[1])
    score = np.zeros(len(errors))
    for row, error in enumerate(errors):
        mean += (error - mean) / RUNNING_ROWS
        score[row] = np.abs(mean).max()
    return score
