"""A window of samples by its loudness in a few bands: what a sound or a vibration is like, whatever its phase.

    features = (level of P_1, .., level of P_bands, level of the variance, mean), each coded as a scalar
    level of P = 10 log10(1 + P / floor^2) dB

P_b is the power of the Hann-windowed spectrum in band b. Band edges are even steps of ln(1 + f / corner), as on the mel
scale: linear up to the corner, logarithmic above. The corner is 700 Hz (D. O'Shaughnessy, Speech Communication, 1987)
where the rate is known, else a sixteenth of the highest frequency. To each power a millionth of the variance is added:
what leaks from other bands is no sound. A mean that is nothing beside the deviations is 0.
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
    amplitude,
    borders,
    decibels,
    level,
    periodogram,
    pooled,
)
from encoders.contract import Float64

MEL_CORNER_HZ = 700.0
CORNER_SHARE = 1.0 / 16.0
"""Of half the sampling rate, where that is not known."""
ROUNDING = 1e-9


class WaveformConfig(BaseModel):
    """How finely to hear."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_hz: float | None = Field(default=None, gt=0.0, le=1e12)
    """Samples a second; without it bands are shares of the highest frequency."""
    bands: int = Field(default=8, ge=1, le=64)
    floor: float = Field(default=1e-6, gt=0.0, le=1e30)
    """The amplitude, in the unit of the samples, that counts as silence."""


class WaveformEncoder(ScaledFeatures):
    """See Encoder and Rescaled. Values: lists or arrays of 8 to 65,536 numbers, in order of time.

    Summary: {"rms": of the deviations from the mean, "mean", "bands_db": [bands] 10 log10 of the power, lowest first},
    all with the power of silence added. `resolution` is
    the largest error of bands_db, of 20 log10 rms, and of the mean in its unit.
    """

    name = "waveform"
    precision = 1e-9

    def __init__(self, **config: Any) -> None:
        self.config = WaveformConfig(**config)
        super().__init__(self.config.bands + 2)
        self._silence = self.config.floor**2
        self._edges = band_edges(self.config.bands, self.config.rate_hz)

    def measured(self, value: object) -> Float64 | None:
        """See ScaledFeatures."""
        samples = array_of(value, 1, most=LONGEST)
        if samples is None or len(samples) < SHORTEST:
            return None
        mean = float(samples.mean())
        deviations = samples - mean
        variance = float(np.mean(deviations * deviations))
        bands = pooled(periodogram(deviations), borders(len(samples)), self._edges) + LEAKAGE * variance
        levels = level(np.concatenate((bands, [variance])), self._silence)
        balanced = abs(mean) <= ROUNDING * (math.sqrt(variance) + self.config.floor)
        return np.concatenate((levels, [0.0 if balanced else mean]))

    def told(self, features: Float64) -> Any:
        """See ScaledFeatures."""
        bands = self.config.bands
        return {
            "rms": amplitude(float(features[bands]), self._silence),
            "mean": float(features[bands + 1]),
            "bands_db": decibels(features[:bands], self._silence).tolist(),
        }


def band_edges(bands: int, rate_hz: float | None) -> Float64:
    """float64[bands + 1] edges as shares of half the sampling rate, from 0 to 1."""
    corner = CORNER_SHARE if rate_hz is None else MEL_CORNER_HZ / (0.5 * rate_hz)
    edges: Float64 = np.expm1(np.linspace(0.0, math.log1p(1.0 / corner), bands + 1)) * corner
    edges[-1] = 1.0
    return edges
