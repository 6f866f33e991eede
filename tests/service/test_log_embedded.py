"""What the embedded log alone promises: its file, its limits, its errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.log.contract import (
    Draft,
    LogError,
    LogFull,
    LogUnreachable,
    OffsetGone,
    Position,
    Retention,
    Span,
)
from service.log.embedded import EmbeddedLog
from service.log.tables import FILE, VERSION, headers_of, headers_text

MEGABYTE = 1024 * 1024


class Clock:
    """A clock that the test moves, seconds since 1970."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> Iterator[EmbeddedLog]:
    with EmbeddedLog(tmp_path, clock=clock) as opened:
        yield opened


def test_any_sqlite_tool_can_read_it(log: EmbeddedLog, tmp_path: Path) -> None:
    log.create_topic("plant", 1)
    log.append("plant", [Draft(b"21.5", key=b"pump-7", headers=(("kind", b"text"), ("raw", b"\xff")))])
    log.writer("g", "plant", 0).commit([], 1)
    plain = sqlite3.connect(tmp_path / FILE)
    try:
        rows = plain.execute('SELECT topic, partition, "offset", timestamp_ms, key, value, headers FROM records')
        headers = '[["kind","text"],["raw",{"base64":"/w=="}]]'
        assert rows.fetchall() == [("plant", 0, 0, 1_000_000_000, b"pump-7", b"21.5", headers)]
        assert plain.execute("SELECT * FROM positions").fetchall() == [("g", "plant", 0, 1)]
        assert plain.execute("SELECT * FROM writers").fetchall() == [("g", "plant", 0, 1)]
        assert plain.execute("PRAGMA user_version").fetchone() == (VERSION,)
    finally:
        plain.close()


@pytest.mark.parametrize("headers", [(), (("a", b""),), (("ä", "ü".encode()), ("ä", b"\xc3")), (("n", b"\x00\xff"),)])
def test_headers_come_back(headers: tuple[tuple[str, bytes], ...]) -> None:
    assert headers_of(headers_text(headers)) == headers


def test_a_newer_format_is_refused(log: EmbeddedLog, tmp_path: Path) -> None:
    log.close()
    plain = sqlite3.connect(tmp_path / FILE)
    plain.execute(f"PRAGMA user_version = {VERSION + 1}")
    plain.close()
    with pytest.raises(LogUnreachable, match="upgrade plastream"):
        EmbeddedLog(tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 1000)
    with pytest.raises(LogUnreachable, match="no log of ours"):
        EmbeddedLog(tmp_path)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LogUnreachable, match="cannot open the log"):
        EmbeddedLog(tmp_path / "file" / "log")


def test_a_full_log_writes_nothing_and_goes_on_after_trimming(tmp_path: Path) -> None:
    with EmbeddedLog(tmp_path, limit_bytes=2 * MEGABYTE) as log:
        log.create_topic("plant", 1, Retention(size_bytes=MEGABYTE // 2))
        writer = log.writer("g", "plant", 0)
        megabyte = [Draft(b"x" * 1000) for _ in range(1000)]
        log.append("plant", megabyte)
        with pytest.raises(LogFull, match="free disk space"):
            log.append("plant", megabyte)
        with pytest.raises(LogFull):
            writer.commit([draft._replace(topic="plant") for draft in megabyte], 1)
        assert log.spans("plant") == {0: Span(0, 1000)}
        assert writer.committed() is None
        log.trim()
        assert log.append("plant", megabyte)[0] == Position(0, 1000)


def test_retention_by_size_is_shared_by_the_partitions(log: EmbeddedLog) -> None:
    log.create_topic("plant", 2, Retention(size_bytes=200))
    for partition in range(2):
        log.append("plant", [Draft(b"x" * 10, partition=partition) for _ in range(15)])
    log.trim()
    assert log.spans("plant") == {0: Span(5, 15), 1: Span(5, 15)}
    log.append("plant", [Draft(b"x" * 95, key=b"12345", partition=0)])
    log.trim()
    assert log.spans("plant") == {0: Span(15, 16), 1: Span(5, 15)}


def test_retention_by_age_drops_only_the_oldest_in_a_row(log: EmbeddedLog, clock: Clock) -> None:
    log.create_topic("plant", 1, Retention(age_s=60))
    now_ms = int(clock.now_s * 1000)
    log.append("plant", [Draft(b"x", timestamp_ms=now_ms + at_ms) for at_ms in (-90_000, -61_000, 0, -90_000)])
    log.trim()
    assert log.spans("plant") == {0: Span(2, 4)}
    with pytest.raises(OffsetGone, match="holds offsets 2 to 4, not 1"):
        log.read("plant", 0, 1, 10)
    clock.now_s += 3600
    log.trim()
    assert log.spans("plant") == {0: Span(4, 4)}
    assert log.read("plant", 0, 4, 10) == []
    assert log.append("plant", [Draft(b"next")]) == [Position(0, 4)]


def test_trimming_keeps_what_has_no_retention(log: EmbeddedLog, clock: Clock) -> None:
    log.create_topic("plant", 1)
    log.append("plant", [Draft(b"x", timestamp_ms=0)])
    clock.now_s += 1e9
    log.trim()
    assert log.spans("plant") == {0: Span(0, 1)}


def test_trimming_gives_space_back(log: EmbeddedLog, tmp_path: Path) -> None:
    log.create_topic("plant", 1, Retention(size_bytes=1000))
    log.append("plant", [Draft(b"x" * 1000) for _ in range(3000)])
    log.close()
    before = (tmp_path / FILE).stat().st_size
    with EmbeddedLog(tmp_path) as again:
        again.trim()
    assert (tmp_path / FILE).stat().st_size < before / 10


def test_a_topic_needs_a_partition(log: EmbeddedLog) -> None:
    with pytest.raises(LogError, match="at least one partition"):
        log.create_topic("plant", 0)
