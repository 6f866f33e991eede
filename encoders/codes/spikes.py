"""Spikes in a window of time, in equal bins: how many, how soon, or which way an analogue signal went.

    rate:     code = ln(1 + spikes in the bin)
    latency:  code = 1 - 0.75 t, t = time of the bin's first spike since its start, as a share of it; 0 without one
    delta:    code = sign(n) ln(1 + |n|), n = up less down spikes of the bin by delta modulation

Delta modulation: the reference starts at the first sample; when the signal is a threshold or more away from it, one
spike a threshold is sent and the reference follows by as many. Source: T. Delbruck, P. Lichtsteiner, Proc. IEEE ISCAS
2007, 845-848; latency: S. Thorpe, A. Delorme, R. Van Rullen, Neural Networks 14 (2001) 715-725.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of, is_empty
from encoders.codes.events import counts_of, signed_log
from encoders.codes.features import FixedFeatures
from encoders.contract import Float64

MOST_SAMPLES = 65_536
"""Entries of one value."""
SLOWEST = 0.75
"""How far a spike's code falls over a bin; halfway between the last spike and none lies `_NONE`."""
_NONE = 0.5 * (1.0 - SLOWEST)


class SpikesConfig(BaseModel):
    """What the values are, and how to code them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Literal["rate", "latency", "delta"] = "rate"
    form: Literal["times", "train"] = "times"
    """Codes "rate" and "latency": times of spikes in seconds since the start of the window, or one 0 or 1 a step."""
    window_s: float = Field(default=1.0, gt=0.0, le=1e9)
    bins: int = Field(default=8, ge=1, le=256)
    threshold: float = Field(default=1.0, ge=1e-30, le=1e30)
    """Code "delta": the change that makes a spike, in the unit of the values."""


class SpikesEncoder(FixedFeatures):
    """See Encoder. Values: times within [0, window_s] in any order, even none; or a train of 0 and 1, a bin or more.

    With the code "delta" more analogue samples than bins, in order of time. Summary: {"counts": [bins]} exact up to
    2979; {"first_s": [bins] times since the window's start, None without a spike}, `resolution` in seconds; {"changes":
    [bins] in the unit of the values}, whole thresholds.
    """

    name = "spikes"

    def __init__(self, **config: Any) -> None:
        self.config = SpikesConfig(**config)
        self.width = self.config.bins

    @property
    def precision(self) -> float:
        """See FixedFeatures: counts and thresholds are exact."""
        return 1e-6 * self.config.window_s if self.config.code == "latency" else 0.0

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        if self.config.code == "delta":
            samples = array_of(value, 1, most=MOST_SAMPLES)
            return None if samples is None or len(samples) <= self.width else self._changes(samples)
        places = self._times(value) if self.config.form == "times" else self._train(value)
        if places is None:
            return None
        bins = np.minimum(places.astype(np.int64), self.width - 1)
        if self.config.code == "rate":
            counts: Float64 = np.bincount(bins, minlength=self.width).astype(np.float64)
            return np.log1p(counts)
        first = np.full(self.width, np.inf)
        np.minimum.at(first, bins, places - bins)
        return np.where(first <= 1.0, 1.0 - SLOWEST * np.minimum(first, 1.0), 0.0)

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        if self.config.code == "rate":
            return {"counts": counts_of(np.maximum(features, 0.0)).tolist()}
        if self.config.code == "delta":
            return {"changes": (counts_of(features) * self.config.threshold).tolist()}
        since = np.clip((1.0 - features) / SLOWEST, 0.0, 1.0)
        times = (np.arange(self.width) + since) * (self.config.window_s / self.width)
        return {
            "first_s": [time if code > _NONE else None for time, code in zip(times.tolist(), features, strict=True)]
        }

    def _times(self, value: object) -> Float64 | None:
        """Places of spikes among the bins, from 0 to their number, by their times."""
        if is_empty(value):
            return np.zeros(0)
        times = array_of(value, 1, most=MOST_SAMPLES)
        if times is None or times.min() < 0.0 or times.max() > self.config.window_s:
            return None
        return times * (self.width / self.config.window_s)

    def _train(self, value: object) -> Float64 | None:
        """The same by a train: a spike lies in the middle of its step."""
        train = array_of(value, 1, most=MOST_SAMPLES)
        if train is None or len(train) < self.width or not np.isin(train, (0.0, 1.0)).all():
            return None
        return (np.flatnonzero(train).astype(np.float64) + 0.5) * (self.width / len(train))

    def _changes(self, samples: Float64) -> Float64:
        """Codes of the spikes of delta modulation."""
        reference = 0.0
        followed = [reference]
        for sample in ((samples - samples[0]) / self.config.threshold).tolist()[1:]:
            reference += math.trunc(sample - reference)
            followed.append(reference)
        ends = np.arange(self.width + 1) * (len(samples) - 1) // self.width
        return signed_log(np.diff(np.array(followed)[ends]))
