"""WAV: every width of sample, channels apart, and files that are cut off."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.contract import Message, Unreadable
from encoders.formats.wav_audio import WavAudio, read
from encoders.reading import Fields
from tests.contracts.format_examples.media import wav


def fields(body: bytes) -> Fields:
    (reading,) = WavAudio().parse(Message(b"mic", body), {})
    return reading.fields


@pytest.mark.parametrize(
    ("body", "kind", "bits", "samples"),
    [
        (bytes([0, 128, 255]), 1, 8, [-1.0, 0.0, 127 / 128]),
        (struct.pack("<3h", -32768, 0, 16384), 1, 16, [-1.0, 0.0, 0.5]),
        (b"\0\0\x80" + b"\0\0\0" + b"\0\0\x40", 1, 24, [-1.0, 0.0, 0.5]),
        (struct.pack("<3i", -(1 << 31), 0, 1 << 30), 1, 32, [-1.0, 0.0, 0.5]),
        (struct.pack("<3f", -1.0, 0.0, 2.5), 3, 32, [-1.0, 0.0, 2.5]),
        (struct.pack("<3d", -1.0, 0.0, 1e300), 3, 64, [-1.0, 0.0, float("inf")]),
    ],
)
def test_samples_lie_between_minus_one_and_one(body: bytes, kind: int, bits: int, samples: list[float]) -> None:
    found = fields(wav(body, kind=kind, bits=bits, rate=44_100))
    assert found["samples"].dtype == np.float32
    assert found["samples"].tolist() == samples
    assert found["rate"] == 44_100


def test_channels_come_apart() -> None:
    found = fields(wav(struct.pack("<6h", 0, 16384, -32768, 0, 16384, -16384), channels=2))
    assert set(found) == {"rate", "samples.0", "samples.1"}
    assert found["samples.0"].tolist() == [0.0, -1.0, 0.5]
    assert found["samples.1"].tolist() == [0.5, 0.0, -0.5]


def test_the_extensible_form_names_the_kind_within() -> None:
    extra = struct.pack("<HHIH", 22, 32, 4, 3) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    found = fields(wav(struct.pack("<2f", 0.5, -0.5), kind=0xFFFE, bits=32, extra=extra))
    assert found["samples"].tolist() == [0.5, -0.5]


@given(samples=st.lists(st.integers(-32768, 32767), max_size=40), channels=st.integers(1, 3))
def test_what_the_library_writes_is_read(samples: list[int], channels: int) -> None:
    samples = samples[: len(samples) // channels * channels]
    out = io.BytesIO()
    with wave.open(out, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    layout, found = read(out.getvalue())
    assert (layout.channels, layout.rate) == (channels, 16_000)
    assert (found * 32768).reshape(-1).tolist() == samples


def test_a_recording_that_is_cut_off_ends_with_its_last_whole_frame() -> None:
    body = wav(struct.pack("<6h", *range(6)), channels=2)
    assert len(fields(body[:-1])["samples.0"]) == 2
    endless = body.replace(b"data" + struct.pack("<I", 12), b"data\xff\xff\xff\xff")
    assert len(fields(endless)["samples.0"]) == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"RIFF", "malformed"),
        (b"RIFX\0\0\0\0WAVE", "malformed"),
        (b"RIFF\0\0\0\0AVI ", "malformed"),
        (wav(b"")[:12], "malformed"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "malformed"),
        (wav(b"")[:24], "malformed"),
        (wav(b"", kind=0xFFFE), "malformed"),
        (wav(b"", kind=2, bits=4), "unsupported"),
        (wav(b"", bits=12), "unsupported"),
        (wav(b"", kind=3, bits=16), "unsupported"),
        (wav(b"", channels=65), "unsupported"),
        (wav(b"", channels=0), "unsupported"),
        (wav(b"", rate=0), "malformed"),
    ],
)
def test_what_is_no_audio_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body)
    assert refused.value.reason == reason
