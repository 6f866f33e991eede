"""What a trained model does, for people to look at: numbers only; service/training/exhibit.py draws them.

Letters: R rows, C columns, H x W pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pictures:
    """A grid of gray pictures, one row an episode. Raises ValueError where sizes disagree."""

    title: str
    columns: tuple[str, ...]
    """What stands in each column."""
    images: Float32
    """[R, C, H, W], -1 black to 1 white; NaN where there is nothing to see."""

    def __post_init__(self) -> None:
        """Check the sizes."""
        if self.images.ndim != 4 or self.images.shape[1] != len(self.columns):
            raise ValueError(f"images are [R, {len(self.columns)}, H, W], not {list(self.images.shape)}")


class Line(NamedTuple):
    """A row of points."""

    x: Float64
    y: Float64


@dataclass(frozen=True)
class Lines:
    """Curves over one axis."""

    title: str
    x: str
    """What is on the axis, with its unit."""
    y: str
    lines: Mapping[str, Line]
    """Name -> curve."""


Exhibit = Pictures | Lines
