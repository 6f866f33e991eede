"""A cloud of points by where it lies, how far it reaches, and how full a few cells of the space are.

    codes = (4 centroid / side, 4 extent / side - 2, 2 ln(1 + 99 share) / ln 100), for x, y, z each

The space is a cube of `side_m` about the sensor, cut into cells^3 voxels; share is that of all points which lie in a
voxel. Points outside count to the voxel nearest to them. Extent is the largest coordinate less the smallest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import FixedFeatures
from encoders.contract import Float64

MOST = 2**22
"""Numbers in one cloud."""
_AXES = 3
_STEEPNESS = 99.0


class PointsConfig(BaseModel):
    """How large the space is, and how finely to look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side_m: float = Field(default=20.0, gt=0.0, le=1e9)
    cells: int = Field(default=2, ge=1, le=6)
    """Voxels a side."""


class PointsEncoder(FixedFeatures):
    """See Encoder. Values: lists or arrays of points [x, y, z] in metres, at least one of them finite.

    Points with a coordinate that is None or not finite are left out, as sensors mark those without an echo. Summary:
    {"centroid_m": [x, y, z], "extent_m": [x, y, z], "occupancy": [cells][cells][cells] shares, by x, y and z}.
    """

    name = "points"

    def __init__(self, **config: Any) -> None:
        self.config = PointsConfig(**config)
        self.width = 2 * _AXES + self.config.cells**3

    @property
    def precision(self) -> float:
        """See FixedFeatures: of metres, and of shares."""
        return 1e-6 * max(self.config.side_m, 1.0)

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        points = array_of(value, 2, gaps=True, most=MOST)
        if points is None or points.shape[1] != _AXES:
            return None
        points = points[~np.isnan(points).any(axis=1)]
        if not len(points):
            return None
        scale = 4.0 / self.config.side_m
        extent = points.max(axis=0) - points.min(axis=0)
        occupied = np.log1p(_STEEPNESS * self._occupancy(points)) * (2.0 / math.log1p(_STEEPNESS))
        return np.concatenate((points.mean(axis=0) * scale, extent * scale - 2.0, occupied))

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        unit, cells = 0.25 * self.config.side_m, self.config.cells
        occupied = np.expm1(np.clip(features[2 * _AXES :], 0.0, 2.0) * (0.5 * math.log1p(_STEEPNESS))) / _STEEPNESS
        return {
            "centroid_m": (features[:_AXES] * unit).tolist(),
            "extent_m": (np.maximum(features[_AXES : 2 * _AXES] + 2.0, 0.0) * unit).tolist(),
            "occupancy": occupied.reshape(cells, cells, cells).tolist(),
        }

    def _occupancy(self, points: Float64) -> Float64:
        """float64[cells^3] shares of the points."""
        cells = self.config.cells
        place = np.clip(np.floor((points / self.config.side_m + 0.5) * cells), 0.0, cells - 1.0).astype(np.int64)
        voxel = (place[:, 0] * cells + place[:, 1]) * cells + place[:, 2]
        return np.bincount(voxel, minlength=cells**3) / len(points)
