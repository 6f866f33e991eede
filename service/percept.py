"""Percepts: what was sensed, what was expected and what is believed, in the sensor's own units.

The JSON form is the public one; docs/percept.md describes every key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import orjson

Float64 = npt.NDArray[np.float64]

STEPS_PER_SIGMA = 1e4
"""Numbers are written in steps of at most this part of their standard deviation: finer digits would be noise."""

_TENS = 10.0 ** np.arange(301)
_JSON_INTEGERS = 2**63
_DEEPEST = 32
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
    marks: Sequence[str] = (),
    *,
    novelty: float = 0.0,
    onset: float = 0.0,
    regime: bool = False,
) -> bytes:
    """One percept as UTF-8 JSON; NaN becomes null. novelty, onset, regime: see plastic_core.novelty.judgement."""
    return _written(
        {
            "stream": stream,
            "time": None if math.isnan(time_s) else time_s,
            "revision": revision,
            "weights": weights,
            "surprise": round(surprise, 4),
            "novelty": round(novelty, 6),
            "onset": round(onset, 6),
            **({"regime": True} if regime else {}),
            "plasticity": round(plasticity, 6),
            **({"marks": marks} if marks else {}),
            "fields": fields,
            "source": {"topic": source.topic, "partition": source.partition, "offset": source.offset},
        }
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


def _written(document: Mapping[str, Any]) -> bytes:
    """As JSON; what a sender has put into it that JSON cannot hold (huge integers, broken text) is shown as text."""
    try:
        return orjson.dumps(document, default=_plain, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(_mended(document, 0), option=_OPTIONS)


def _mended(value: Any, depth: int) -> Any:
    """The same value with text in place of what JSON cannot hold."""
    if isinstance(value, Mapping) and depth < _DEEPEST:
        items = cast("Mapping[Any, Any]", value).items()
        return {_text(key): _mended(part, depth + 1) for key, part in items}
    if isinstance(value, list | tuple) and depth < _DEEPEST:
        return [_mended(part, depth + 1) for part in cast("Sequence[Any]", value)]
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < _JSON_INTEGERS):
        return value
    return _text(_plain(value) if isinstance(value, datetime) else value)


def _text(value: Any) -> str:
    try:
        return str(value).encode("utf-8", "replace").decode()
    except ValueError:
        return "?"  # an integer of thousands of digits


def _plain(value: Any) -> Any:
    """JSON for what orjson does not write by itself: readings of foreign types are shown as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
