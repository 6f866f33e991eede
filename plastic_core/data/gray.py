"""CIFAR-10 in gray: two arrays out of the authors' binary archive, which holds bytes and no code.

The archive's records are 3,073 bytes: a label, then 32 x 32 red, green and blue, each row by row.
Alex Krizhevsky, "Learning multiple layers of features from tiny images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plastic_core.data.errors import DataUnusable
from plastic_core.data.reading import readable

UInt8 = npt.NDArray[np.uint8]

ARCHIVE = "cifar-10-binary.tar.gz"
GRAY = "cifar_gray_train.npz"
TRAINING, HELD_OUT = tuple(f"data_batch_{number}.bin" for number in range(1, 6)), ("test_batch.bin",)
PICTURES, SIDE = 10_000, 32
"""Pictures in each file of the archive, and their pixels in height and width."""
LUMA = np.array([19_595, 38_470, 7_471], np.uint32)
"""Shares of red, green and blue in ITU-R BT.601's luma, times 2**16."""


def luma(colors: UInt8) -> UInt8:
    """Gray, rounded to the nearest: [N, 3, H, W] -> [N, H, W].

    >>> luma(np.array([255, 255, 255, 0, 0, 255], np.uint8).reshape(2, 3, 1, 1)).ravel().tolist()
    [255, 29]
    """
    weighed = np.einsum("nchw,c->nhw", colors, LUMA, dtype=np.uint32, casting="unsafe")
    return ((weighed + np.uint32(1 << 15)) >> np.uint32(16)).astype(np.uint8)


def make(folder: Path, target: Path) -> None:
    """Write `target` out of the archive in `folder`: `images` uint8[50000, 32, 32], `held_out` uint8[10000, 32, 32].

    Raises DataUnusable where the archive is not CIFAR-10's, OSError.
    """
    try:
        with tarfile.open(folder / ARCHIVE, "r:gz") as archive:
            pictures = {Path(member.name).name: _pictures(archive, member) for member in archive if _wanted(member)}
        images, held_out = (np.concatenate([pictures[name] for name in names]) for names in (TRAINING, HELD_OUT))
    except (KeyError, EOFError, ValueError, tarfile.TarError) as error:
        raise DataUnusable(f"{folder / ARCHIVE} is not CIFAR-10's binary archive ({error}): delete it") from error
    with target.open("wb") as file:
        np.savez_compressed(file, images=images, held_out=held_out)


def sound(path: Path) -> bool:
    """Whether the file holds what `make` writes. Raises OSError."""
    try:
        found = [(array.dtype, array.shape) for array in arrays(path, "images", "held_out")]
    except DataUnusable:
        return False
    counts = [PICTURES * len(files) for files in (TRAINING, HELD_OUT)]
    return found == [(np.dtype(np.uint8), (count, SIDE, SIDE)) for count in counts]


def arrays(path: Path, *names: str) -> list[npt.NDArray[np.generic]]:
    """These arrays of an .npz, whatever else is in it. Raises DataUnusable, OSError."""
    what = f"{path} is no .npz with an array {' and an array '.join(map(repr, names))}"
    remedy = "run plastream data fetch images, or give another folder with --data DIR"
    with path.open("rb") as file, readable(what, remedy), np.load(file, allow_pickle=False) as held:
        found: list[Any] = [held[name] for name in names]
        if any(isinstance(array, bytes) for array in found):  # so numpy gives out what is no array
            raise ValueError("no array")
        return found


def _wanted(member: tarfile.TarInfo) -> bool:
    return member.isfile() and Path(member.name).name in TRAINING + HELD_OUT


def _pictures(archive: tarfile.TarFile, member: tarfile.TarInfo) -> UInt8:
    file = archive.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} is no file")
    with file:
        records = np.frombuffer(file.read(), np.uint8).reshape(PICTURES, 1 + 3 * SIDE * SIDE)
    return luma(records[:, 1:].reshape(PICTURES, 3, SIDE, SIDE))
