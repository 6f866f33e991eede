"""A picture of distances by the nearness of a few cells.

    code = 4 ln(far / d) / ln(far / near) - 2, from -2 at `far_m` and beyond to 2 at `near_m` and below
    1 / d = mean of 1 / depth over the pixels of a cell that saw an echo; a cell without any lies at `far_m`

One more channel, 4 r - 2, tells the share r of pixels that saw one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.features import FixedFeatures
from encoders.codes.nearness import REACH, Nearness, inverse_of
from encoders.codes.raster import picture_of, pooled
from encoders.contract import Float64


class DepthConfig(BaseModel):
    """How finely to look, and how near and far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid: int = Field(default=4, ge=1, le=16)
    """Cells a side."""
    near_m: float = Field(default=0.1, gt=0.0, le=1e6)
    far_m: float = Field(default=100.0, gt=0.0, le=1e6)


class DepthEncoder(FixedFeatures):
    """See Encoder. Values: [rows][columns] of metres, lists or arrays.

    0, negative and not finite numbers and None are pixels without an echo. Summary: {"depth_m": [grid][grid], "echoes":
    share of the pixels with one}. `resolution` is of the logarithm of a depth, and of the share.
    """

    name = "depth"
    reach = REACH

    def __init__(self, **config: Any) -> None:
        self.config = DepthConfig(**config)
        self.width = self.config.grid**2 + 1
        self._nearness = Nearness(self.config.near_m, self.config.far_m)

    @property
    def precision(self) -> float:
        """See FixedFeatures."""
        return max(self._nearness.precision, 1e-7)

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        depth = picture_of(value, 2, gaps=True)
        if depth is None:
            return None
        inverse = inverse_of(depth, self.config.near_m)
        echoes = (inverse > 0.0).astype(np.float64)
        seen = pooled(echoes, self.config.grid).reshape(-1)
        mean = pooled(inverse, self.config.grid).reshape(-1) / np.where(seen > 0.0, seen, 1.0)
        return np.concatenate((self._nearness.codes(mean), [4.0 * float(echoes.mean()) - 2.0]))

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        depth = self._nearness.distances(features[:-1])
        return {
            "depth_m": depth.reshape(self.config.grid, self.config.grid).tolist(),
            "echoes": 0.25 * (float(features[-1]) + 2.0),
        }
