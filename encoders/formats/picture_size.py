"""Width and height of PNG and JPEG pictures, read from their bytes before anything is unpacked.

Source: PNG (W3C, third edition), 11.2.1 IHDR; JPEG (ITU-T T.81), B.1.1.3 markers and B.2.2 frame header.
"""

from __future__ import annotations

from encoders.formats.contract import Unreadable

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
MOST_PIXELS = 64_000_000
MOST_PNG_RATIO = 1100
"""Bytes that one packed byte can give at most; deflate's limit is 1032."""
MOST_JPEG_PIXELS = 1024
"""Pixels that one byte can give at most: a block of 64 takes a bit."""

_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""PNG color type -> samples of a pixel."""


def check_size(picture: bytes) -> tuple[int, int]:
    """Width and height; Raises Unreadable where they are too much, or more than the bytes can hold."""
    if picture.startswith(PNG):
        width, height, row_bits = _png(picture)
        possible = height * (1 + row_bits / 8) <= MOST_PNG_RATIO * len(picture)
    elif picture.startswith(JPEG):
        width, height = _jpeg(picture)
        possible = width * height <= MOST_JPEG_PIXELS * len(picture)
    else:
        raise Unreadable("malformed", "neither PNG nor JPEG")
    if not width or not height:
        raise Unreadable("malformed", f"a picture of {width} x {height} pixels")
    if width * height > MOST_PIXELS:
        raise Unreadable("too-large", f"{width} x {height} pixels, at most {MOST_PIXELS} in all")
    if not possible:
        raise Unreadable("malformed", f"{width} x {height} pixels cannot be in {len(picture)} bytes")
    return width, height


def _png(picture: bytes) -> tuple[int, int, int]:
    """Width, height, and bits of a row."""
    if picture[12:16] != b"IHDR" or len(picture) < 29:
        raise Unreadable("malformed", "a PNG without its header")
    width, height = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    return width, height, width * picture[24] * _CHANNELS.get(picture[25], 4)


def _jpeg(picture: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(picture):
        if picture[at] != 0xFF:
            break
        marker = picture[at + 1]
        if marker == 0xFF:  # a byte of filling
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        elif marker in _FRAMES:
            return int.from_bytes(picture[at + 7 : at + 9]), int.from_bytes(picture[at + 5 : at + 7])
        else:
            at += 2 + max(int.from_bytes(picture[at + 2 : at + 4]), 2)
    raise Unreadable("malformed", "a JPEG without a frame")
