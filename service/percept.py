"""Percepts: what was sensed, what was expected and what is believed, in the sensor's own units.

The JSON form is the public one; docs/percept.md describes every key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

Float64 = npt.NDArray[np.float64]

STEPS_PER_SIGMA = 1e4
"""Numbers are written in steps of at most this part of their standard deviation: finer digits would be noise."""

_TENS = 10.0 ** np.arange(301)
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class Source:
    """The record that caused a percept."""

    topic: str
    partition: int
    offset: int


def percept_json(
    stream: str,
    time_s: float,
    revision: int,
    weights: str,
    surprise: float,
    plasticity: float,
    fields: Mapping[str, Any],
    source: Source,
) -> bytes:
    """One percept as UTF-8 JSON; NaN becomes null.

    novelty is the probability that a normally distributed reading would have been nearer to what was expected.
    """
    return orjson.dumps(
        {
            "stream": stream,
            "time": None if math.isnan(time_s) else time_s,
            "revision": revision,
            "weights": weights,
            "surprise": round(surprise, 4),
            "novelty": round(math.erf(surprise / math.sqrt(2.0)), 4),
            "plasticity": round(plasticity, 6),
            "fields": fields,
            "source": {"topic": source.topic, "partition": source.partition, "offset": source.offset},
        },
        default=_plain,
        option=_OPTIONS,
    )


def in_steps(values: Float64, sigma: Float64) -> Float64:
    """Round values to a power of ten no larger than sigma / STEPS_PER_SIGMA, both float64 of one shape.

    Where sigma is zero or unknown a value keeps all its digits; what is not finite becomes NaN.
    """
    usable = np.isfinite(sigma) & (sigma > 0.0)
    # frexp is exact on every machine, a logarithm is not: 2**e -> the power of ten at or below it
    exponent = np.frexp(np.where(usable, sigma, 1.0))[1] - 1
    digits = np.clip(np.floor(exponent * math.log10(2.0)) - round(math.log10(STEPS_PER_SIGMA)), -300, 300)
    tens = _TENS[np.abs(digits).astype(np.int64)]
    with np.errstate(over="ignore", invalid="ignore"):
        # dividing by an exact power of ten gives the nearest double, so "12.3456" stays short in JSON
        rounded = np.where(digits <= 0, np.rint(values * tens) / tens, np.rint(values / tens) * tens)
    rounded = np.where(usable & np.isfinite(rounded), rounded, values)
    return np.where(np.isfinite(rounded), rounded, np.nan)


def _plain(value: Any) -> Any:
    """JSON for what orjson does not write by itself: readings of foreign types are shown as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
