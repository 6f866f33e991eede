"""A window of acceleration or velocity by the figures of machine monitoring: how strong, how sharp, where.

    features = levels of (rms, peak, crest factor, kurtosis), dominant frequency in octaves, levels of the octave bands

each coded as a scalar. Peak is the largest deviation from the mean; crest = peak / rms; kurtosis = E d^4 / (E d^2)^2,
which is 3 for noise, 1.5 for a sine and large for a bearing that knocks. Octave bands count down from half the
sampling rate, the last takes all below. The dominant frequency is the highest bin of the Hann-windowed spectrum, moved
to the top of the parabola through its neighbours' logarithms. Of silence (`floor`) crest and kurtosis are 1. Source:
R. B. Randall, Vibration-based Condition Monitoring, Wiley 2011, sections 3 and 5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import ScaledFeatures
from encoders.codes.periodogram import (
    LEAKAGE,
    LONGEST,
    SHORTEST,
    ZERO_DB,
    amplitude,
    borders,
    decibels,
    level,
    periodogram,
    pooled,
)
from encoders.contract import Float64

FARTHEST_OCTAVE = 20.0
"""Frequencies are counted in octaves from so many beneath the highest, so that all lie above zero."""

_FIGURES = 5
_TINIEST = 1e-300


class VibrationConfig(BaseModel):
    """How fast it was sampled, and how finely to hear."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_hz: float = Field(default=1.0, gt=0.0, le=1e12)
    """Samples a second; at 1 frequencies are in cycles a sample."""
    octaves: int = Field(default=6, ge=1, le=16)
    floor: float = Field(default=1e-6, gt=0.0, le=1e30)
    """The amplitude, in the unit of the samples, that counts as silence."""


class VibrationEncoder(ScaledFeatures):
    """See Encoder and Rescaled. Values: lists or arrays of 8 to 65,536 numbers, in order of time.

    Summary: {"rms", "peak", "crest", "kurtosis", "dominant_hz", "octaves_db": [octaves], highest first}. `resolution`
    is the largest error of octaves_db, of 20 log10 rms, peak and crest, 10 log10 kurtosis and log2 dominant_hz.
    """

    name = "vibration"
    precision = 1e-9

    def __init__(self, **config: Any) -> None:
        self.config = VibrationConfig(**config)
        super().__init__(_FIGURES + self.config.octaves)
        self._silence = self.config.floor**2
        self._edges: Float64 = np.concatenate(([0.0], 2.0 ** np.arange(1 - self.config.octaves, 1)))

    def measured(self, value: object) -> Float64 | None:
        """See ScaledFeatures."""
        samples = array_of(value, 1, most=LONGEST)
        if samples is None or len(samples) < SHORTEST:
            return None
        deviations = samples - float(samples.mean())
        variance = float(np.mean(deviations * deviations))
        power = periodogram(deviations)
        octaves = pooled(power, borders(len(samples)), self._edges)[::-1] + LEAKAGE * variance
        share = 2.0 * dominant_bin(power) / len(samples)
        figures = [*_ratios(deviations, variance, self._silence), FARTHEST_OCTAVE + math.log2(share)]
        return np.concatenate((figures, level(octaves, self._silence)))

    def told(self, features: Float64) -> Any:
        """See ScaledFeatures."""
        rms, peak, crest, kurtosis, octave = features[:_FIGURES].tolist()
        return {
            "rms": amplitude(rms, self._silence),
            "peak": amplitude(peak, self._silence),
            "crest": amplitude(crest),
            "kurtosis": amplitude(kurtosis) ** 2.0,
            "dominant_hz": 0.5 * self.config.rate_hz * 2.0 ** min(max(octave - FARTHEST_OCTAVE, -FARTHEST_OCTAVE), 0.0),
            "octaves_db": decibels(features[_FIGURES:], self._silence).tolist(),
        }


def _ratios(deviations: Float64, variance: float, silence: float) -> list[float]:
    """Levels of rms and peak above silence, of crest factor and kurtosis above 1."""
    squares = deviations * deviations
    power, highest = variance + silence, float(squares.max()) + silence
    kurtosis = (float(np.mean(squares * squares)) + silence * silence) / (power * power)
    ratios = (power / silence, highest / silence, highest / power, kurtosis)
    return [10.0 * math.log10(max(ratio, 1.0)) + ZERO_DB for ratio in ratios]


def dominant_bin(power: Float64) -> float:
    """Where the highest power lies, in bins and parts of them; at least half a bin, for the mean is no vibration."""
    highest = 1 + int(power[1:].argmax())
    if highest + 1 >= len(power) or power[highest] <= 0.0:
        return float(highest)
    least = max(LEAKAGE * float(power[highest]), _TINIEST)
    left, middle, right = (math.log(max(float(power[highest + step]), least)) for step in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    top = 0.5 * (left - right) / bend if bend < 0.0 else 0.0
    return highest + min(max(top, -0.5), 0.5)  # beyond half a bin the neighbour below is the mean's, and higher
