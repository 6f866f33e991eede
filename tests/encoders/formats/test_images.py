"""Pictures: the pixels of every mode, and what is refused before it is unpacked."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders.formats.contract import Message, Unreadable
from encoders.formats.images import Images, pixels_of
from encoders.formats.picture_size import MOST_PIXELS, check_size
from tests.contracts.format_examples.media import COLORS, GRAY, picture


def test_a_picture_is_its_pixels_and_its_size() -> None:
    (reading,) = Images().parse(Message(b"camera", picture(COLORS)), {})
    assert set(reading.fields) == {"image", "width", "height"}
    assert (reading.fields["width"], reading.fields["height"]) == (5, 6)
    assert np.array_equal(reading.fields["image"], COLORS)
    assert reading.fields["image"].dtype == np.uint8


def palette(transparent: bool) -> Image.Image:
    image = Image.fromarray(COLORS).quantize(8)
    if transparent:
        image.info["transparency"] = 0
    return image


@pytest.mark.parametrize(
    ("sent", "pixels"),
    [
        (picture(GRAY), GRAY),
        (picture(np.dstack([COLORS, GRAY])), np.dstack([COLORS, GRAY])),
        (picture(Image.fromarray(np.dstack([GRAY, GRAY]), "LA")), np.dstack([GRAY, GRAY])),
        (picture(GRAY.astype(np.uint16) * 256 + 7), GRAY),
        (picture(Image.fromarray((GRAY > 100).astype(np.uint8) * 255).convert("1")), (GRAY > 100) * 255),
        (picture(palette(False)), np.array(palette(False).convert("RGB"))),
    ],
    ids=["gray", "rgba", "gray with alpha", "16 bits", "1 bit", "palette"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_mode_of_png_is_read(sent: bytes, pixels: Any) -> None:
    found = pixels_of(sent)
    assert found.dtype == np.uint8
    assert np.array_equal(found, pixels)


def test_a_palette_with_a_transparent_color_has_four_channels() -> None:
    assert pixels_of(picture(palette(True), transparency=0)).shape == (6, 5, 4)


@pytest.mark.parametrize("told", [{"quality": 95}, {"quality": 95, "progressive": True}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_is_read(mode: str, told: dict[str, Any]) -> None:
    smooth = np.linspace(0, 255, 32 * 24).reshape(32, 24).astype(np.uint8)
    image = Image.fromarray(smooth).convert(mode)
    found = pixels_of(picture(image, "JPEG", **told))
    assert found.shape == ((32, 24) if mode == "L" else (32, 24, 3))
    assert np.abs(found.reshape(32, 24, -1)[:, :, 0].astype(int) - smooth).mean() < 12


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG of one bit a pixel that says it is this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    form = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", form), (b"IDAT", zlib.compress(body)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)


def reason(body: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        pixels_of(body)
    return refused.value.reason


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (png(8001, 8000), "too-large"),
        (png(8000, 8000), "malformed"),  # that many do not fit its bytes
        (png(0, 5), "malformed"),
        (picture(GRAY)[:40], "malformed"),
        (picture(COLORS, "JPEG")[:-20], "malformed"),
        (picture(GRAY)[:20], "malformed"),
        (b"GIF89a", "malformed"),
        (b"\xff\xd8\xff\xe0", "malformed"),
        (b"\xff\xd8\xff" + b"\xff" * 50, "malformed"),
    ],
)
def test_what_is_no_picture_is_refused(body: bytes, told: str) -> None:
    assert reason(body) == told


def test_the_size_is_known_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("it was opened")

    monkeypatch.setattr(Image, "open", never)
    assert reason(png(60_000, 60_000)) == "too-large"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 60_000, 60_000, 3) + b"\0" * 9
    assert reason(b"\xff\xd8\xff\xe0\0\4ab" + frame) == "too-large"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (600, 2), (2, 600), (1000, 1000)])
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_whatever_can_be_packed_is_possible(width: int, height: int, form: str) -> None:
    body = picture(np.zeros((height, width), np.uint8), form, optimize=True)
    assert check_size(body) == Image.open(io.BytesIO(body)).size == (width, height)
    assert pixels_of(body).shape == (height, width)
    assert width * height <= MOST_PIXELS
