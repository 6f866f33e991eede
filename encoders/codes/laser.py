"""A scan of ranges by the nearness of what each of a few sectors sees.

    code = 4 ln(far / r) / ln(far / near) - 2, from -2 at `far_m` and beyond, or without an echo, to 2 at `near_m`

1 / r is the largest inverse range of a sector's beams, or their median, with 0 for beams without an echo. Sectors are
equal shares of the beams, in their order, which is that of the angle.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import FixedFeatures
from encoders.codes.nearness import REACH, Nearness, inverse_of
from encoders.contract import Float64


class LaserConfig(BaseModel):
    """How finely to look, and how near and far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sectors: int = Field(default=16, ge=1, le=256)
    pick: Literal["nearest", "median"] = "nearest"
    near_m: float = Field(default=0.05, gt=0.0, le=1e6)
    """Nearer ranges count as this."""
    far_m: float = Field(default=50.0, gt=0.0, le=1e6)
    """Further ranges, and beams without an echo, count as this."""


class LaserEncoder(FixedFeatures):
    """See Encoder. Values: lists or arrays of ranges in metres, at least one a sector, in the order of the angle.

    0, negative and not finite numbers and None are beams without an echo. Summary: {"ranges_m": [sectors]}, far_m
    where nothing is seen. `resolution` is of the logarithm of a range.
    """

    name = "laser"
    reach = REACH

    def __init__(self, **config: Any) -> None:
        self.config = LaserConfig(**config)
        self.width = self.config.sectors
        self._nearness = Nearness(self.config.near_m, self.config.far_m)

    @property
    def precision(self) -> float:
        """See FixedFeatures."""
        return self._nearness.precision

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        ranges = array_of(value, 1, gaps=True)
        if ranges is None or len(ranges) < self.width:
            return None
        inverse = inverse_of(ranges, self.config.near_m)
        starts = np.arange(self.width) * len(ranges) // self.width
        if self.config.pick == "nearest":
            return self._nearness.codes(np.maximum.reduceat(inverse, starts))
        return self._nearness.codes(np.array([np.median(beams) for beams in np.split(inverse, starts[1:])]))

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        return {"ranges_m": self._nearness.distances(features).tolist()}
