"""Moments by the phases of periods, as (sine, cosine) a period: what encoders of moments share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from encoders.codes.number import as_number, plain_numbers
from encoders.codes.turn import angle_turns
from encoders.contract import Float32, Float64, Objects, objects, usable_sigma
from encoders.instant import iso_seconds, moment, moment_seconds


def read_moments(values: Sequence[object]) -> Float64:
    """float64[B] seconds since 1970 (UTC) of B values of any kind, NaN for each that is none: `NumberEncoder.parse`."""
    plain = plain_numbers(values)
    return np.array([_seconds(value) for value in values], dtype=np.float64) if plain is None else plain


def told_moments(seconds: Float64) -> Objects:
    """object[B]: as datetimes in UTC, None for NaN."""
    return objects([None if second != second else moment(second) for second in seconds.tolist()])


def phase(seconds: Float64, start_s: float, period_s: float) -> Float64:
    """Share of the period that has passed, in [0, 1]; one began at start_s."""
    since = (seconds - start_s) / period_s
    return since - np.floor(since)


def moved(seconds: Float64, sine: Float64, cosine: Float64, start_s: float, period_s: float) -> Float64:
    """The moment nearest to `seconds` that has the phase of this pair."""
    ahead = angle_turns(sine, cosine) - phase(seconds, start_s, period_s)
    return seconds + (ahead - np.rint(ahead)) * period_s


def pairs_confidence(pairs: Float64, count: int) -> Float64:
    """How near the first pairs of float64[B, 2 count or more] lie to the unit circle, by the furthest."""
    away = np.zeros(len(pairs))
    for place in range(count):
        sine, cosine = pairs[:, 2 * place], pairs[:, 2 * place + 1]
        away = np.maximum(away, np.abs(np.sqrt(sine * sine + cosine * cosine) - 1.0))
    return np.maximum(1.0 - away, 0.0)


def pairs_noise(sigma: Float64, periods_s: Sequence[float]) -> Float32:
    """float32[B, 2 P] of sigma in seconds: root mean square over the pair of each period, at most 1."""
    turns = usable_sigma(sigma)[:, None] * (np.sqrt(2.0) * np.pi / np.repeat(periods_s, 2))
    return np.minimum(turns, 1.0).astype(np.float32)


def pair_spread(sine: Float32, cosine: Float32, period_s: float) -> Float64:
    """float64[B] seconds: deviations of a pair's codes, as that of its phase."""
    wide = sine.astype(np.float64), cosine.astype(np.float64)
    return np.sqrt(0.5 * (wide[0] * wide[0] + wide[1] * wide[1])) * period_s / (2.0 * np.pi)


def _seconds(value: object) -> float:
    """Seconds since 1970 of one value of any kind; NaN where it is no moment."""
    if isinstance(value, str):
        return iso_seconds(value)
    if isinstance(value, datetime):
        return moment_seconds(value)
    return as_number(value)
