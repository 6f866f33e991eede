"""Counts in buckets, told as shares and how many there were in all.

codes[b] = sqrt(counts[b] / total) for each of the buckets, then log1p(total) / s as `log` has it

The distance of two such rows of shares is their Hellinger distance, by which a small share counts as much as it should
(Rao 1995). Fixed for life.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import FixedFeatures
from encoders.codes.log import LogEncoder
from encoders.contract import Decodes, Float64

_TOTALS = LogEncoder(unit=1.0, decades=16.0)
_SHARES = 1e-6
"""What float32 loses of shares, with room to spare."""


class HistogramConfig(BaseModel):
    """How many buckets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bins: int = Field(default=16, ge=2, le=256)
    """Counts in each value; the code has one channel more."""


class HistogramEncoder(FixedFeatures):
    """See Encoder. Values: lists or arrays of `bins` counts, none negative; they may have fractions, or all be zero.

    They are read back as a list of floats; `resolution` is the largest error of a count as a share of the total and
    one more. A total beyond 1e16 comes back as that.
    """

    name = "histogram"
    decodes: Decodes = "value"

    def __init__(self, **config: Any) -> None:
        self.config = HistogramConfig(**config)
        self.width = self.config.bins + 1

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        counts = array_of(value, 1, most=self.config.bins)
        if counts is None or len(counts) != self.config.bins or counts.min() < 0.0:
            return None
        total = counts.sum(keepdims=True)
        largest = float(counts.max()) or 1.0
        shares = counts / largest  # first: totals of the smallest counts would lose their digits
        shares = shares / (float(shares.sum()) or 1.0)
        return np.concatenate([np.sqrt(shares), _TOTALS.compressed(total)])

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        shares = np.square(np.maximum(features[:-1], 0.0))
        total = np.maximum(_TOTALS.expanded(features[-1:]), 0.0)
        return (shares / (float(shares.sum()) or 1.0) * total).tolist()

    @property
    def precision(self) -> float:
        """See FixedFeatures."""
        return _TOTALS.share + _SHARES
