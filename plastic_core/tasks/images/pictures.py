"""Gray pictures for the task: those of a file, of which the last tenth is held out, or blobs, drawn without end.

Letters: n pictures, S x S pixels, P = S * S.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.data.gray import GRAY, SIDE, arrays

Float32 = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

HELD_OUT_PART = 10
"""The last 1 in so many pictures of the file is held out."""
BLOBS = 12
"""In each drawn picture."""


class Pictures(NamedTuple):
    """All there are."""

    training: Bytes
    """uint8[n, 32, 32]."""
    held_out: Bytes
    """uint8[m, 32, 32]; none of them is among the others."""


class Gallery(NamedTuple):
    """Pictures as the task shows them: each of zero mean, and at most 1 away from it."""

    training: Float32
    """[n, P]."""
    held_out: Float32
    """[m, P]."""
    mean: Float32
    """Of the training pictures, [P]."""


def load(folder: str) -> Pictures:
    """The array `images` of the file in a folder, whatever else is in it. Raises DataMissing, DataUnusable, OSError."""
    path = Path(folder) / GRAY
    if not path.is_file():
        raise DataMissing(
            f"no {GRAY} in {folder!r}: give its folder with --data DIR, or run plastream data fetch images"
        )
    (images,) = arrays(path, "images")
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise DataUnusable(f"images in {path} are {images.dtype}{list(images.shape)}, not uint8[n, {SIDE}, {SIDE}]")
    held_out = len(images) // HELD_OUT_PART
    if not held_out:
        raise DataUnusable(
            f"{path} holds {len(images)} images: at least {HELD_OUT_PART} are needed, for some are held out"
        )
    pictures = images.astype(np.uint8, copy=False)
    return Pictures(pictures[:-held_out], pictures[-held_out:])


@cache
def gallery(folder: str, pixels: int) -> Gallery:
    """The pictures of a folder at S = pixels; read once. Raises DataMissing, DataUnusable."""
    pictures = load(folder)
    training, held_out = (normalised(reduced(images, pixels)) for images in pictures)
    return Gallery(training, held_out, training.mean(0))


def reduced(images: npt.NDArray[np.uint8], pixels: int) -> Float32:
    """Means over square blocks, [n, P], from [n, 32, 32]; pixels divides 32."""
    block = SIDE // pixels
    blocks = images.reshape(len(images), pixels, block, pixels, block)
    return blocks.mean((2, 4), dtype=np.float32).reshape(len(images), -1)


def blobs(generator: np.random.Generator, count: int, pixels: int) -> Float32:
    """Smooth random pictures, [count, P]: sums of a few round hills and hollows."""
    place = generator.uniform(0, 1, (2, count, BLOBS, 1))
    width = generator.uniform(0.06, 0.18, (count, BLOBS, 1))
    height = generator.normal(size=(count, BLOBS, 1, 1))
    grid = (np.arange(pixels) + 0.5) / pixels
    rows, columns = np.exp(-0.5 * ((grid - place) / width) ** 2)
    return (height * rows[..., :, None] * columns[..., None, :]).sum(1).reshape(count, -1).astype(np.float32)


def normalised(images: Float32) -> Float32:
    """Each of [n, P] less its mean, and divided by the largest magnitude that is left (an even one stays zero)."""
    centred = images - images.mean(1, keepdims=True)
    return centred / np.maximum(np.abs(centred).max(1, keepdims=True), np.float32(1e-6))
