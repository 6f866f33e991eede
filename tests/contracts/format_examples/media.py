from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from encoders.formats.contract import Message


def picture(pixels: Any, form: str = "PNG", **told: Any) -> bytes:
    out = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(out, format=form, **told)
    return out.getvalue()


GRAY = np.arange(6 * 5, dtype=np.uint8).reshape(6, 5) * 8
COLORS = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=2)


def wav(
    body: bytes, *, kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, extra: bytes = b""
) -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits) + extra
    chunks = b"".join(
        name + struct.pack("<I", len(chunk)) + chunk + b"\0" * (len(chunk) % 2)
        for name, chunk in ((b"fmt ", form), (b"LIST", b"abc"), (b"data", body))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


MEDIA: Mapping[str, Sequence[Message]] = {
    "image": [
        Message(b"camera", picture(GRAY)),
        Message(b"camera", picture(COLORS)),
        Message(b"camera", picture(COLORS, "JPEG", quality=90)),
    ],
    "wav": [
        Message(b"mic", wav(struct.pack("<4h", 0, 1, -32768, 32767))),
        Message(b"mic", wav(struct.pack("<4f", 0.0, 0.5, -1.0, 0.25), kind=3, channels=2, bits=32)),
    ],
}
