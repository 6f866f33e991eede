"""Records of a log as people and programs read them."""

from __future__ import annotations

import base64
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.errors import UsageError

if TYPE_CHECKING:
    from service.log.contract import Log, Record
    from service.settings import Settings

READ_S = 2.0
"""How long a partition that holds records is waited for."""


@contextmanager
def opened(settings: Settings) -> Generator[Log]:
    """The log of these settings; an embedded log that was never written is not created by looking at it."""
    from service.build import log_settings
    from service.log.open import open_log

    directory = settings.log.directory
    if settings.log.kind == "embedded" and not directory.is_dir():
        raise UsageError(f"there is no embedded log in {directory}: give --data-dir, or --broker for Kafka")
    with open_log(log_settings(settings)) as log:
        yield log


def newest(log: Log, topic: str, count: int) -> list[Record]:
    """The last `count` records over all partitions, oldest first. Raises TopicMissing."""
    found: list[Record] = []
    for partition, span in log.spans(topic).items():
        found += _tail(log, topic, partition, max(span.first, span.end - count), span.end)
    found.sort(key=lambda record: (record.timestamp_ms, record.partition, record.offset))
    return found[-count:]


def _tail(log: Log, topic: str, partition: int, offset: int, end: int) -> list[Record]:
    found: list[Record] = []
    while offset < end:
        records = log.read(topic, partition, offset, 1000, timeout_s=READ_S)
        if not records:
            break
        found += records
        offset = records[-1].offset + 1
    return found


def follow(log: Log, topic: str, offsets: dict[int, int]) -> Iterator[Record]:
    """What has come since; `offsets` (partition -> next) is moved on."""
    for partition, offset in offsets.items():
        for record in log.read(topic, partition, offset, 1000):
            offsets[partition] = record.offset + 1
            yield record


def as_json(record: Record) -> dict[str, Any]:
    """A record as JSON values; a value that is JSON is nested, other bytes are text or base64."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": record_time(record),
        "key": None if record.key is None else _text(record.key),
        "headers": {name: _text(value) for name, value in record.headers},
        "value": value_of(record),
    }


def value_of(record: Record) -> Any:
    """The value as JSON where it is JSON, else as text."""
    import orjson

    if record.value is None:
        return None
    try:
        return orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return _text(record.value)


def record_time(record: Record) -> str:
    """Time stamp of the record, ISO 8601 in UTC."""
    return datetime.fromtimestamp(record.timestamp_ms / 1000.0, tz=UTC).isoformat(timespec="milliseconds")


def header(record: Record, name: str) -> str:
    """A header's text; empty where it is missing."""
    return next((_text(value) for key, value in record.headers if key == name), "")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(value).decode()


def read_lines(path: Path) -> list[bytes]:
    """The lines of an NDJSON file (- is stdin, .gz is unpacked) that are not blank. Raises UsageError."""
    import gzip

    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read()
        elif path.suffix == ".gz":
            with gzip.open(path, "rb") as packed:
                content = packed.read()
        else:
            content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"file {path} does not exist") from None
    except (OSError, EOFError) as error:
        raise UsageError(f"file {path} cannot be read: {error}") from None
    return [line for line in content.splitlines() if line.strip()]
