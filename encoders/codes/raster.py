"""A picture of any size averaged over a coarse grid of equal cells; a pixel across an edge counts to both by its share.

Letters: H rows of pixels, W pixels in a row, G cells a side.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.codes.arrays import array_of
from encoders.contract import Float64

MOST_PIXELS = 512
"""Of a larger picture every k-th pixel a side is read, so that any camera's is read in bounded time."""


def picture_of(value: object, *dimensions: int, gaps: bool = False) -> Float64 | None:
    """`array_of` of a picture, with at most MOST_PIXELS a side."""
    sent = thinned(value) if type(value) is np.ndarray else value
    picture = array_of(sent, *dimensions, gaps=gaps)
    return None if picture is None else thinned(picture)


def thinned(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Every k-th pixel of [H, W, ...], k the least that leaves no more than MOST_PIXELS a side."""
    steps = [max(1, -(-side // MOST_PIXELS)) for side in picture.shape[:2]]
    return picture[tuple(slice(None, None, step) for step in steps)]


@lru_cache(maxsize=32)
def shares(count: int, cells: int) -> Float64:
    """float64[G, count]: which share of each cell each pixel covers; rows sum to 1."""
    place = np.arange(count, dtype=np.float64)
    edges = np.arange(cells + 1, dtype=np.float64)[:, None] * (count / cells)
    overlap = np.minimum(edges[1:], place + 1.0) - np.maximum(edges[:-1], place)
    covered: Float64 = np.maximum(overlap, 0.0) * (cells / count)
    covered.flags.writeable = False
    return covered


def pooled(picture: Float64, cells: int) -> Float64:
    """float64[G, G] means of the cells of float64[H, W]."""
    height, width = picture.shape
    return shares(height, cells) @ picture @ shares(width, cells).T
