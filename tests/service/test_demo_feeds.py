"""Messages of the demo: recordings at a pace, and this machine now."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.demo.feeds import PACKAGED, Live, Replay, read_recording
from service.errors import UsageError


def lines(count: int) -> bytes:
    return b"".join(orjson.dumps({"host": "box", "time": 100.0 + tick, "a": tick}) + b"\n" for tick in range(count))


def recording(folder: Path, content: bytes, name: str = "host.ndjson") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["host.ndjson", "host.ndjson.gz"])
def test_a_recording_is_read_in_order(tmp_path: Path, name: str) -> None:
    messages = read_recording(recording(tmp_path, lines(20), name))
    assert [message.time_s for message in messages] == [100.0 + tick for tick in range(20)]
    assert {message.key for message in messages} == {b"box"}
    assert orjson.loads(messages[3].value) == {"host": "box", "time": 103.0, "a": 3}


def test_only_the_first_seconds(tmp_path: Path) -> None:
    assert len(read_recording(recording(tmp_path, lines(20)), seconds=5.0)) == 6


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    assert len(read_recording(recording(tmp_path, lines(3) + b'{"host": "bo'))) == 3


def test_a_compressed_recording_that_was_killed_keeps_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "host.ndjson.gz"
    path.write_bytes(gzip.compress(lines(2000), mtime=0)[:-200])
    kept = read_recording(path)
    assert 0 < len(kept) < 2000
    assert [message.time_s for message in kept] == [100.0 + tick for tick in range(len(kept))]


@pytest.mark.parametrize("content", [b"", b"no json\n", b'{"time": 1}\n', b'{"host": "a", "time": "noon"}\n', b"[]\n"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        read_recording(recording(tmp_path, content))
    assert "host.ndjson" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_recording(tmp_path / "none.ndjson")


def test_flat_out_everything_is_due_at_once(tmp_path: Path) -> None:
    feed = Replay(read_recording(recording(tmp_path, lines(500))), schema_messages=100)
    assert len(feed.first()) == 100
    assert not feed.finished()
    assert len(feed.due(0.0)) == 400
    assert feed.finished()
    assert feed.due(1e9) == []


def test_paced_messages_come_when_their_time_has_come(tmp_path: Path) -> None:
    feed = Replay(read_recording(recording(tmp_path, lines(100))), speed=10.0, schema_messages=20)
    assert [message.time_s for message in feed.first()] == [100.0 + tick for tick in range(20)]
    assert feed.due(1.0) == []  # 10 s of the recording, sent already
    assert [message.time_s for message in feed.due(2.5)] == [120.0, 121.0, 122.0, 123.0, 124.0, 125.0]
    assert len(feed.due(100.0)) == 74
    assert feed.finished()


def ten(*, interval_s: float, **_: Any) -> Iterator[dict[str, Any]]:
    for tick in range(10):
        yield {"host": "box", "time": tick * interval_s, "a": tick}


def test_live_samples_come_from_a_thread_in_order() -> None:
    feed = Live(interval_s=0.5, samples=ten)
    got = feed.first()
    assert feed._thread is not None
    feed._thread.join(timeout=30.0)
    got += feed.due(0.0)
    assert [orjson.loads(message.value)["a"] for message in got] == list(range(10))
    assert feed.finished()


def test_live_ends_after_its_seconds() -> None:
    feed = Live(interval_s=0.001, seconds=5.0)
    feed.first()
    feed.due(4.9)
    assert not feed.finished()
    feed.due(5.0)
    assert feed._thread is not None
    feed._thread.join(timeout=30.0)
    feed.due(5.1)
    assert feed.finished()


def test_live_ends_when_closed() -> None:
    feed = Live(interval_s=0.001)
    assert len(feed.first()) == 3
    feed.close()
    assert feed._thread is not None
    feed._thread.join(timeout=30.0)
    feed.due(0.0)
    assert feed.finished()


def test_the_packaged_recording_is_two_hours_of_one_machine() -> None:
    messages = read_recording(PACKAGED)
    assert messages[-1].time_s - messages[0].time_s >= 7200.0
    assert len({message.key for message in messages}) == 1
    assert PACKAGED.stat().st_size <= 3_000_000
