"""MCAP files: every message by its own encoding, and chunks that are not what they say."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from mcap.writer import CompressionType, Writer

from encoders.formats import mcap_files
from encoders.formats.contract import Message, Parsed, Unreadable
from encoders.formats.mcap_files import McapFiles
from encoders.formats.mcap_records import entries
from tests.contracts.format_examples.robotics import PUMP, T, pump, recording


def read(body: bytes, key: bytes | None = None) -> list[Parsed]:
    return list(McapFiles().parse(Message(key, body), {}))


def written(
    data: bytes,
    *,
    encoding: str = "json",
    schema: tuple[str, str, bytes] | None = None,
    compression: CompressionType = CompressionType.NONE,
    count: int = 1,
    chunks: bool = True,
) -> bytes:
    out = io.BytesIO()
    writer = Writer(out, compression=compression, use_chunking=chunks)
    writer.start()
    known = writer.register_schema(*schema) if schema else 0
    channel = writer.register_channel("/x", encoding, known)
    for place in range(count):
        writer.add_message(channel, log_time=T + place, publish_time=T, sequence=place, data=data)
    writer.finish()
    return out.getvalue()


@pytest.mark.parametrize("compression", list(CompressionType))
def test_each_message_is_read_by_its_own_encoding(compression: CompressionType) -> None:
    imu, own, room = read(recording(compression))
    assert imu.fields["mcap.stream"] == "/imu"
    assert imu.fields["linear_acceleration.z"] == 9.81
    assert imu.notes.sigmas["linear_acceleration.x"] == 0.2
    assert imu.fields["mcap.time"] == T
    assert "header.stamp" not in imu.fields
    assert own.fields["valves.name"] == ["inlet", "outlet"]
    assert own.fields["mcap.time"] == T  # of its header, not of its log
    assert room.fields == {"mcap.time": T + 2_000_000, "mcap.stream": "/room", "temperature": 21.5}
    assert [reading.sequence for reading in (imu, own, room)] == [None, 1, 2]


@pytest.mark.parametrize(
    ("key", "stream"), [(None, "/x"), (b"", "/x"), (b"robot-7", "robot-7/x"), (b"a/", "a/x"), (b"\xff", "\\xff/x")]
)
def test_the_key_stands_before_the_topic(key: bytes | None, stream: str) -> None:
    (reading,) = read(written(b"{}"), key)
    assert reading.fields["mcap.stream"] == stream


@pytest.mark.parametrize("chunks", [True, False])
def test_files_without_chunks_are_read_too(chunks: bool) -> None:
    readings = read(written(b'{"a": 1}', chunks=chunks, count=3))
    assert [reading.fields["mcap.time"] for reading in readings] == [T, T + 1, T + 2]


def test_a_file_without_messages_holds_no_readings() -> None:
    assert read(written(b"", count=0)) == []


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as found:
        read(body)
    return found.value.reason


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"data": b"\x0a\x00", "encoding": "protobuf", "schema": ("a", "protobuf", b"")}, "unsupported"),
        ({"data": b"\0\1\0\0", "encoding": "cdr", "schema": ("a/msg/B", "ros2idl", b"")}, "unsupported"),
        ({"data": b"\0\1\0\0", "encoding": "cdr"}, "unsupported"),
        ({"data": b"\0\1\0\0", "encoding": "cdr", "schema": ("a/msg/B", "ros2msg", b"")}, "no-schema"),
        ({"data": pump()[:40], "encoding": "cdr", "schema": ("a/msg/B", "ros2msg", PUMP.encode())}, "malformed"),
        ({"data": b"{", "encoding": "json"}, "malformed"),
        ({"data": b"[]", "encoding": "json"}, "not-an-object"),
    ],
)
def test_a_message_that_is_not_read_refuses_the_file(told: dict[str, Any], reason: str) -> None:
    assert refused(written(**told)) == reason


@pytest.mark.parametrize("compression", list(CompressionType))
def test_what_is_cut_off_is_refused(compression: CompressionType) -> None:
    body = recording(compression)
    assert {refused(body[:cut]) for cut in range(8, len(body) - 8, 41)} == {"malformed"}


def test_changed_bytes_are_noticed() -> None:
    body = bytearray(recording())
    body[body.index(b"21.5")] ^= 1
    assert refused(bytes(body)) == "malformed"


@pytest.mark.parametrize("compression", [CompressionType.ZSTD, CompressionType.LZ4])
def test_chunks_that_unpack_to_too_much_are_refused(compression: CompressionType) -> None:
    body = written(b'{"a": "' + b"0" * 100_000 + b'"}', compression=compression)
    assert len(read(body)) == 1
    assert len(body) < 5000
    with pytest.raises(Unreadable) as found:
        list(entries(io.BytesIO(body), 99_999))
    assert found.value.reason == "too-large"


@pytest.mark.parametrize("compression", [CompressionType.ZSTD, CompressionType.LZ4])
@pytest.mark.parametrize("claimed", [100, 1 << 62])
def test_a_chunk_is_unpacked_to_no_more_than_it_says(compression: CompressionType, claimed: int) -> None:
    body = bytearray(written(b'{"a": "' + b"0" * 100_000 + b'"}', compression=compression))
    (chunk,) = [at for at in range(len(body) - 8) if struct.unpack_from("<Q", body, at)[0] == chunk_size(body)][:1]
    body[chunk : chunk + 8] = struct.pack("<Q", claimed)
    assert refused(bytes(body)) == ("malformed" if claimed == 100 else "too-large")


def chunk_size(body: bytes | bytearray) -> int:
    from mcap.records import Chunk
    from mcap.stream_reader import StreamReader

    records = StreamReader(io.BytesIO(bytes(body)), emit_chunks=True).records
    return next(record.uncompressed_size for record in records if isinstance(record, Chunk))


def test_too_many_messages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcap_files, "MOST_READINGS", 3)
    assert len(read(written(b"{}", count=3))) == 3
    assert refused(written(b"{}", count=4)) == "too-many-readings"


def test_what_could_be_read_comes_before_the_error() -> None:
    body = written(b'{"a": 1}', chunks=False, count=3)
    left = entries(io.BytesIO(body[: body.rindex(b'{"a": 1}') + 4]))
    assert [next(left).log_time_ns, next(left).log_time_ns] == [T, T + 1]
    with pytest.raises(Unreadable):
        next(left)
