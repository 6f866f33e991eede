"""WAV audio: "samples" is a float32 array between -1 and 1, or one a channel at "samples.0" and on; "rate" in hertz.

PCM of 8 (unsigned), 16, 24 and 32 bits and floats of 32 and 64 are read, plainly or in the extensible form; floats
are taken as they are. A recording says neither time nor stream: the record's key does. A file whose data chunk says
that it is longer than what is left, as a stream's does, ends where its bytes end.

Source: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0; mmreg.h (WAVEFORMATEXTENSIBLE).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from encoders.formats.contract import FormatMemory, Message, Parsed, Unreadable
from encoders.reading import Fields
from encoders.schema.topic import TimeKey

MOST_CHANNELS = 64
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE

Float32 = npt.NDArray[np.float32]


class Layout(NamedTuple):
    """How samples are written."""

    kind: int
    channels: int
    rate: int
    bits: int


@dataclass(frozen=True)
class WavAudio:
    """See Format."""

    largest_bytes: int = 16 << 20

    name: str = field(default="wav", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: the first bytes."""
        value = message.value or b""
        return 1.0 if value[:4] == b"RIFF" and value[8:12] == b"WAVE" else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        layout, samples = read(message.value or b"")
        fields: Fields = {"rate": layout.rate}
        if layout.channels == 1:
            fields["samples"] = samples[:, 0]
        else:
            fields |= {f"samples.{place}": samples[:, place].copy() for place in range(layout.channels)}
        return (Parsed(fields),)


def read(value: bytes) -> tuple[Layout, Float32]:
    """The layout, and float32[T, channels]. Raises Unreadable."""
    if value[:4] != b"RIFF" or value[8:12] != b"WAVE":
        raise Unreadable("malformed", "not WAV: no RIFF header of the kind WAVE")
    layout: Layout | None = None
    for name, body in _chunks(value):
        if name == b"fmt ":
            layout = _layout(body)
        elif name == b"data":
            if layout is None:
                raise Unreadable("malformed", "WAV: samples before their format")
            return layout, _samples(body, layout)
    raise Unreadable("malformed", "WAV: no samples")


def _chunks(value: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(value):
        size = int.from_bytes(value[at + 4 : at + 8], "little")
        yield value[at : at + 4], value[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _layout(body: bytes) -> Layout:
    """What the chunk "fmt " says. Raises Unreadable."""
    try:
        kind, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", body)
        if kind == EXTENSIBLE:
            kind = struct.unpack_from("<H", body, 24)[0]
    except struct.error:
        raise Unreadable("malformed", "WAV: its format is cut off") from None
    readable = bits in (8, 16, 24, 32) if kind == PCM else bits in (32, 64) and kind == FLOAT
    if not readable:
        raise Unreadable("unsupported", f"WAV of kind {kind} with {bits} bits is not read: send PCM or floats")
    if not 1 <= channels <= MOST_CHANNELS:
        raise Unreadable("unsupported", f"WAV of {channels} channels, at most {MOST_CHANNELS}")
    if rate == 0 or frame != channels * bits // 8:
        raise Unreadable(
            "malformed", f"WAV: {channels} channels of {bits} bits in frames of {frame} bytes at {rate} Hz"
        )
    return Layout(kind, channels, rate, bits)


def _samples(body: bytes, layout: Layout) -> Float32:
    """float32[T, channels]; a frame that is cut off is left out."""
    frame = layout.channels * layout.bits // 8
    whole = body[: len(body) - len(body) % frame]
    if layout.kind == FLOAT:
        with np.errstate(all="ignore"):  # what is too large becomes infinite
            samples = np.frombuffer(whole, f"<f{layout.bits // 8}").astype(np.float32)
    elif layout.bits == 8:
        samples = (np.frombuffer(whole, np.uint8).astype(np.float32) - 128.0) / 128.0
    elif layout.bits == 24:
        wide = np.zeros((len(whole) // 3, 4), dtype=np.uint8)
        wide[:, 1:] = np.frombuffer(whole, np.uint8).reshape(-1, 3)
        samples = wide.reshape(-1).view("<i4").astype(np.float32) / 2.0**31
    else:
        samples = np.frombuffer(whole, f"<i{layout.bits // 8}").astype(np.float32) / 2.0 ** (layout.bits - 1)
    return samples.astype(np.float32, copy=False).reshape(-1, layout.channels)
