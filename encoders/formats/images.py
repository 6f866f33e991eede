"""PNG and JPEG pictures: "image" is a uint8 array, [H, W] of gray ones and [H, W, C] of colors; "width" and "height".

Palettes become colors, 16 bits become 8 (the upper half), one bit becomes 0 and 255; CMYK becomes RGB. Of an animated
picture the first frame is read. A picture says neither time nor stream: the record's key does. How large it is is
checked before it is unpacked (picture_size.py).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from encoders.formats.contract import FormatMemory, Message, Parsed, Unreadable
from encoders.formats.picture_size import JPEG, PNG, check_size
from encoders.schema.topic import TimeKey

_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    LookupError,
    OverflowError,
    MemoryError,
    Image.DecompressionBombError,
)
"""What the library raises over bytes that are wrong."""
_AS_THEY_ARE = ("L", "RGB", "RGBA", "LA")
_AS_GRAY = ("1",)


@dataclass(frozen=True)
class Images:
    """See Format."""

    largest_bytes: int = 16 << 20

    name: str = field(default="image", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: the first bytes."""
        return 1.0 if (message.value or b"").startswith((PNG, JPEG)) else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        pixels = pixels_of(message.value or b"")
        height, width = pixels.shape[:2]
        return (Parsed({"image": pixels, "width": width, "height": height}),)


def pixels_of(picture: bytes) -> npt.NDArray[np.uint8]:
    """uint8[H, W] or [H, W, C]. Raises Unreadable."""
    check_size(picture)
    try:
        with warnings.catch_warnings():  # what is odd but can be read is no concern of whoever runs this
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG")) as opened:
                return _bytes(opened)
    except _BROKEN as error:
        raise Unreadable("malformed", f"the picture cannot be unpacked: {error}") from None


def _bytes(opened: Any) -> npt.NDArray[np.uint8]:
    mode: str = opened.mode
    if mode.startswith("I"):  # 16 bits
        return (np.asarray(opened).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
    if mode in _AS_THEY_ARE:
        return np.array(opened, dtype=np.uint8)
    if mode in _AS_GRAY:
        return np.array(opened.convert("L"), dtype=np.uint8)
    transparent = mode in ("PA", "P") and "transparency" in opened.info
    return np.array(opened.convert("RGBA" if transparent else "RGB"), dtype=np.uint8)
