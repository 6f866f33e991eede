"""A spectrum that a sensor has already made, by the level of its bands.

    feature[b] = 10 log10(1 + mean power of the entries in band b / floor) dB, each coded as a scalar

Bands cut the list into equal parts, or into equal ratios of the place in it. Entries are powers or amplitudes (squared
before they are pooled) or decibels. A trillionth of the whole power is added, so that rounding is no level.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import ScaledFeatures
from encoders.codes.periodogram import decibels, level, pooled
from encoders.contract import Float64

ROUNDING = 1e-12
_FEWEST = 2
_LOUDEST_DB = 360.0


class SpectrumConfig(BaseModel):
    """What the entries are, and how to pool them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: Literal["power", "amplitude", "decibel"] = "power"
    bands: int = Field(default=8, ge=1, le=64)
    spacing: Literal["linear", "log"] = "linear"
    """Bands of equal breadth, or each as many times broader than the one below."""
    floor: float = Field(default=1e-12, gt=0.0, le=1e60)
    """The power that counts as silence."""


class SpectrumEncoder(ScaledFeatures):
    """See Encoder and Rescaled. Values: lists or arrays of at least 2 powers or amplitudes, none negative, or decibels.

    Summary: {"bands_db": [bands] 10 log10 of the mean power, `floor` added, in the list's order}; `resolution` in
    decibels.
    """

    name = "spectrum"
    precision = 1e-9

    def __init__(self, **config: Any) -> None:
        self.config = SpectrumConfig(**config)
        super().__init__(self.config.bands)

    def measured(self, value: object) -> Float64 | None:
        """See ScaledFeatures."""
        entries = array_of(value, 1)
        power = None if entries is None or len(entries) < _FEWEST else self._power(entries)
        if power is None:
            return None
        edges = self._edges(len(power))
        ends: Float64 = np.arange(len(power) + 1.0)
        means = pooled(power, ends, edges) / (edges[1:] - edges[:-1])
        return level(means + ROUNDING * float(power.mean()), self.config.floor)

    def told(self, features: Float64) -> Any:
        """See ScaledFeatures."""
        return {"bands_db": decibels(features, self.config.floor).tolist()}

    def _power(self, entries: Float64) -> Float64 | None:
        """Powers of entries as sent; None where they can be none."""
        if self.config.entries == "decibel":
            loudest = float(np.abs(entries).max())
            return 10.0 ** (entries / 10.0) if loudest <= _LOUDEST_DB else None
        if entries.min() < 0.0:
            return None
        return entries * entries if self.config.entries == "amplitude" else entries

    def _edges(self, count: int) -> Float64:
        """float64[bands + 1] places between 0 and `count` entries."""
        if self.config.spacing == "linear":
            return np.linspace(0.0, count, self.config.bands + 1)
        return np.expm1(np.linspace(0.0, math.log1p(count), self.config.bands + 1))
