"""Messages out of MCAP files, in the order in which they lie there; here alone the library mcap is known.

Chunks are unpacked here, not by the library: never to more than they say, and never to more than is allowed. Their
checksums are held.

Source: MCAP format specification, "Records" and "Well-known compression formats".
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any, NamedTuple, cast

import lz4.frame
import zstandard
from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, Schema
from mcap.records import Message as Recorded
from mcap.stream_reader import StreamReader, breakup_chunk

from encoders.formats.contract import Unreadable

MARK = b"\x89MCAP0\r\n"
MOST_BYTES = 64 << 20
"""Of all chunks, unpacked, unless the caller allows more."""
LARGEST_RECORD = 256 << 20

_BROKEN = (
    McapError,
    struct.error,
    ValueError,
    LookupError,
    OSError,
    EOFError,
    OverflowError,
    MemoryError,
    RuntimeError,
)
_PACKED_BROKEN = (zstandard.ZstdError, RuntimeError, OSError, EOFError, ValueError, MemoryError)


class Entry(NamedTuple):
    """One message of a recording, and what its channel says of it."""

    topic: str
    encoding: str
    """How the bytes are written: "cdr", "json", "protobuf"."""
    schema_encoding: str
    """How the schema is written: "ros2msg", "jsonschema", "protobuf"; empty without one."""
    schema_name: str
    schema: bytes
    log_time_ns: int
    sequence: int
    """0 where the recorder gave none."""
    data: bytes


def entries(stream: IO[bytes], most_bytes: int | None = MOST_BYTES) -> Iterator[Entry]:
    """The messages of a file. Raises Unreadable, after those that could be read.

    most_bytes: of all chunks, unpacked; None where only single chunks are limited.
    """
    schemas: dict[int, Schema] = {}
    channels: dict[int, Channel] = {}
    try:
        for record in _records(stream, most_bytes):
            if isinstance(record, Schema):
                schemas[record.id] = record
            elif isinstance(record, Channel):
                channels[record.id] = record
            elif isinstance(record, Recorded):
                yield _entry(record, channels, schemas)
    except _BROKEN as error:
        raise Unreadable("malformed", f"not MCAP, or cut off: {str(error) or type(error).__name__}") from None


def _entry(record: Recorded, channels: dict[int, Channel], schemas: dict[int, Schema]) -> Entry:
    channel = channels.get(record.channel_id)
    if channel is None:
        raise Unreadable("malformed", f"MCAP: a message of channel {record.channel_id}, which was never described")
    schema = schemas.get(channel.schema_id)
    if schema is None and channel.schema_id:
        raise Unreadable(
            "no-schema", f"MCAP: channel {channel.topic} names schema {channel.schema_id}, which is not there"
        )
    told = (schema.encoding, schema.name, schema.data) if schema is not None else ("", "", b"")
    return Entry(channel.topic, channel.message_encoding, *told, record.log_time, record.sequence, record.data)


def _records(stream: IO[bytes], most_bytes: int | None) -> Iterator[Any]:
    """All records, those within chunks too."""
    left = most_bytes
    for record in StreamReader(stream, emit_chunks=True, record_size_limit=LARGEST_RECORD).records:
        if not isinstance(record, Chunk):
            yield record
            continue
        limit = LARGEST_RECORD if left is None else left
        if record.uncompressed_size > limit:
            raise Unreadable("too-large", f"MCAP: chunks of more than {most_bytes or LARGEST_RECORD} bytes unpacked")
        body = _unpacked(record)
        left = None if left is None else left - len(body)
        yield from breakup_chunk(Chunk("", body, 0, 0, 0, len(body)))


def _unpacked(chunk: Chunk) -> bytes:
    """What a chunk holds. Raises Unreadable."""
    size = chunk.uncompressed_size
    try:
        if chunk.compression == "zstd":
            reader = zstandard.ZstdDecompressor(max_window_size=LARGEST_RECORD).stream_reader(io.BytesIO(chunk.data))
            body = reader.read(size + 1)
        elif chunk.compression == "lz4":
            body = cast("Any", lz4.frame).LZ4FrameDecompressor().decompress(chunk.data, max_length=size + 1)
        elif not chunk.compression:
            body = chunk.data
        else:
            raise Unreadable("unsupported", f"MCAP: compression {chunk.compression[:40]} is not read: use zstd or lz4")
    except _PACKED_BROKEN as error:
        raise Unreadable("malformed", f"MCAP: a chunk cannot be unpacked: {error}") from None
    if len(body) != size or (chunk.uncompressed_crc and zlib.crc32(body) != chunk.uncompressed_crc):
        raise Unreadable("malformed", "MCAP: a chunk is not what it says: wrong length or checksum")
    return body
