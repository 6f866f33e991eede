"""A picture by the brightness of a few cells, with the light taken out.

    cell[g] = mean luminance of a cell, 0 to 1;  m, s = mean and standard deviation of the cells
    codes = ((cell[1] - m) / (s + 0.01), .., 4 m - 2, ln(1 + 100 s) - 2)

Under more or less light the cells' codes stay what they are; brightness and contrast have a channel each. Luminance of
colours is 0.2126 R + 0.7152 G + 0.0722 B (ITU-R BT.709).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.features import FixedFeatures
from encoders.codes.raster import picture_of, pooled
from encoders.contract import Float64

FAINT = 0.01
"""Contrast, as a share of full white, beneath which cells do not count as different."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_WHITE_OF_LISTS = 255.0
_MOST_COLOURS = 4


class ImageConfig(BaseModel):
    """How finely to look, and what is white."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid: int = Field(default=4, ge=1, le=8)
    """Cells a side."""
    full_scale: float | None = Field(default=None, gt=0.0, le=1e30)
    """The value of full white. Without it: of integer arrays their type's largest, of float arrays 1, of lists 255."""


class ImageEncoder(FixedFeatures):
    """See Encoder. Values: [rows][columns] or [rows][columns][1 to 4 colours], lists or arrays; alpha is left out.

    Below 0 is black, beyond full scale is white; of more than 512 pixels a side every k-th is read. Summary: {"grid":
    [grid][grid] mean luminance of the cells, 0 to 1}.
    """

    name = "image"

    def __init__(self, **config: Any) -> None:
        self.config = ImageConfig(**config)
        self.width = self.config.grid**2 + 2

    @property
    def precision(self) -> float:
        """See FixedFeatures: of luminance."""
        return 4e-6

    def measured(self, value: object) -> Float64 | None:
        """See FixedFeatures."""
        picture = picture_of(value, 2, 3)
        if picture is None or (picture.ndim > 2 and picture.shape[2] > _MOST_COLOURS):
            return None
        light = np.clip(_luminance(picture) / self._white(value), 0.0, 1.0)
        cells = pooled(light, self.config.grid).reshape(-1)
        mean = float(cells.mean())
        away = cells - mean
        contrast = math.sqrt(float(np.mean(away * away)))
        return np.concatenate((away / (contrast + FAINT), [4.0 * mean - 2.0, math.log1p(contrast / FAINT) - 2.0]))

    def told(self, features: Float64) -> Any:
        """See FixedFeatures."""
        mean, contrast = 0.25 * (features[-2] + 2.0), FAINT * np.expm1(features[-1] + 2.0)
        cells = np.clip(mean + features[:-2] * (contrast + FAINT), 0.0, 1.0)
        return {"grid": cells.reshape(self.config.grid, self.config.grid).tolist()}

    def _white(self, value: object) -> float:
        """What counts as full white in a value as it was sent."""
        if self.config.full_scale is not None:
            return self.config.full_scale
        if type(value) is not np.ndarray:
            return _WHITE_OF_LISTS
        return float(np.iinfo(value.dtype).max) if value.dtype.kind in "iu" else 1.0


def _luminance(picture: Float64) -> Float64:
    """float64[H, W] of grey, grey and alpha, RGB or RGBA."""
    if picture.ndim == 2:
        return picture
    return picture[:, :, 0] if picture.shape[2] < len(LUMINANCE) else picture[:, :, : len(LUMINANCE)] @ LUMINANCE
