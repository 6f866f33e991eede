"""A bundle of samples by its shape: where it lies, how wide and how skewed it is, and five of its quantiles.

features = mean, standard deviation, skewness, and the 5, 25, 50, 75 and 95 % quantiles, each coded as a scalar

For sensors that send all they have measured since the last message, in any order and number. Quantiles run linearly
between the samples in order (definition 7 of Hyndman and Fan 1996); skewness is mean(z^3) of z = (sample - mean) /
deviation (Fisher), and 0 where nothing deviates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from encoders.codes.arrays import array_of
from encoders.codes.features import ScaledFeatures
from encoders.contract import Float64

RANKS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST = 4096
"""Samples in a value."""
LARGEST = 1e35
"""Beyond this a sample is an error code."""
_MOMENTS = 3


class DistributionConfig(BaseModel):
    """It has no settings: ranges are learned from the stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DistributionEncoder(ScaledFeatures):
    """See Encoder and Rescaled. Values: lists or arrays of 1 to MOST numbers; |sample| <= LARGEST.

    Summary: {"mean", "std", "skew", "quantiles": of RANKS}; `resolution` is the error of the worst of them.
    """

    name = "distribution"

    def __init__(self, **config: Any) -> None:
        self.config = DistributionConfig(**config)
        super().__init__(_MOMENTS + len(RANKS))

    def measured(self, value: object) -> Float64 | None:
        """See ScaledFeatures."""
        samples = array_of(value, 1, most=MOST)
        if samples is None or float(np.abs(samples).max()) > LARGEST:
            return None
        samples.sort()
        return np.concatenate([_moments(samples), _quantiles(samples)])

    def told(self, features: Float64) -> Any:
        """See ScaledFeatures: a deviation that is not negative, and quantiles in order."""
        mean, std, skew = features[:_MOMENTS].tolist()
        return {"mean": mean, "std": max(std, 0.0), "skew": skew, "quantiles": np.sort(features[_MOMENTS:]).tolist()}


def _moments(samples: Float64) -> Float64:
    """Mean, standard deviation and skewness of samples in order."""
    mean = float(np.clip(samples.mean(), samples[0], samples[-1]))
    away = samples - mean
    widest = float(np.abs(away).max())
    if widest == 0.0:
        return np.array([mean, 0.0, 0.0])
    away = away / widest  # so that squares of small deviations stay
    deviation = float(np.sqrt(np.mean(away * away)))
    scores = away / deviation
    return np.array([mean, widest * deviation, float(np.mean(scores * scores * scores))])


def _quantiles(samples: Float64) -> Float64:
    """Of samples in order."""
    place = np.array(RANKS) * (len(samples) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(samples) - 1)
    return samples[low] + (place - low) * (samples[high] - samples[low])
