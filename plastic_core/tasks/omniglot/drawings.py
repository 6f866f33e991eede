"""Omniglot's drawings out of its official files, zipped as they were published or unpacked.

A set is NAME.zip or the folder NAME; in it lie ALPHABET/characterNN/NNNN_MM.png, 105 x 105 pixels, black ink on white
(Lake, Salakhutdinov and Tenenbaum 2015). Here ink is 255, paper 0, and the side is `SIDE` pixels, means over areas.

Letters: n drawings of a character, S = SIDE.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.data.reading import member, opened

Bytes = npt.NDArray[np.uint8]

SIDE = 31
"""Pixels in height and width, as in Miconi, Clune and Stanley 2018."""


class Character(NamedTuple):
    """All drawings of one character."""

    alphabet: str
    name: str
    drawings: Bytes
    """uint8[n, S, S]."""


@cache
def characters(folder: Path, name: str) -> tuple[Character, ...]:
    """All characters of a set, by alphabet and name; read once. Raises DataMissing, DataUnusable, OSError."""
    found: dict[tuple[str, str], list[Bytes]] = {}
    for path, content in sorted(_pictures(folder, name)):
        if len(path.parts) != 3:
            raise DataUnusable(f"{path} of {name} is not ALPHABET/CHARACTER/DRAWING.png: take the official file")
        alphabet, character, _ = path.parts
        found.setdefault((alphabet, character), []).append(decoded(content, f"{path} of {name} in {folder}"))
    if not found:
        raise DataUnusable(f"no drawings in {name} of {folder}: take the official file")
    return tuple(Character(*key, np.stack(drawings)) for key, drawings in found.items())


def decoded(content: bytes, called: str) -> Bytes:
    """A PNG as uint8[S, S], ink 255. Raises DataUnusable, which says what it is called."""
    try:
        from PIL import Image  # an extra, and only for those who read Omniglot
    except ImportError:
        raise DataUnusable("Omniglot's drawings are PNG files: install plastream[data] to read them") from None
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            gray = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataUnusable(f"{called} is no PNG ({error}): take the official file") from error
    return np.uint8(255) - np.asarray(gray, np.uint8)


def _pictures(folder: Path, name: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Each picture of the set by its path below it."""
    unpacked, packed = folder / name, folder / f"{name}.zip"
    if unpacked.is_dir():
        for path in unpacked.rglob("*.png"):
            yield PurePosixPath(path.relative_to(unpacked).as_posix()), path.read_bytes()
    elif packed.is_file():
        yield from _unzipped(packed, name)
    else:
        raise DataMissing(
            f"no {name}.zip in {folder}: give its folder with --data DIR, or run plastream data fetch omniglot"
        )


def _unzipped(path: Path, name: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    with opened(path) as archive:
        for packed in archive.namelist():
            place = PurePosixPath(packed)
            if place.parts[:1] == (name,) and place.suffix == ".png":
                yield place.relative_to(name), member(archive, packed, path)
