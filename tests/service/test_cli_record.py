"""Recordings: whole lines, whatever happens."""

from __future__ import annotations

import gzip
import signal
import time
from pathlib import Path

import orjson
import pytest

from service.cli.main import execute
from service.cli.record import GZIP_FLUSH_LINES, line_file
from service.demo.feeds import read_recording
from service.errors import UsageError
from tests.service.command import plastream


def until_lines(path: Path, count: int) -> None:
    deadline_s = time.monotonic() + 60.0
    while time.monotonic() < deadline_s:
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.02)
    pytest.fail(f"{path.name} has no {count} lines")


@pytest.mark.parametrize("name", ["host.ndjson", "host.ndjson.gz"])
def test_a_recording_can_be_replayed(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    assert (
        execute(["record", "host", "--out", str(out), "--seconds", "0.05", "--interval", "0.01", "--name", "box"]) == 0
    )
    messages = read_recording(out)
    assert len(messages) == 5
    assert {message.key for message in messages} == {b"box"}


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_recorded(tmp_path: Path) -> None:
    out = tmp_path / "host.ndjson"
    process = plastream("record", "host", "--out", str(out), "--interval", "0.02")
    until_lines(out, 5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60.0)
    assert process.returncode == 130
    lines = out.read_bytes().splitlines(keepends=True)
    assert all(orjson.loads(line)["time"] and line.endswith(b"\n") for line in lines)
    assert f"{len(lines)} samples" in said.decode()


@pytest.mark.slow
def test_a_kill_loses_no_line_that_was_written(tmp_path: Path) -> None:
    out = tmp_path / "host.ndjson"
    process = plastream("record", "host", "--out", str(out), "--interval", "0.02")
    until_lines(out, 5)
    process.kill()
    process.communicate(timeout=60.0)
    assert len(read_recording(out)) >= 5


def test_a_compressed_recording_is_readable_while_it_grows(tmp_path: Path) -> None:
    out = tmp_path / "host.ndjson.gz"
    with line_file(out) as lines:
        for tick in range(GZIP_FLUSH_LINES):
            lines.write(orjson.dumps({"host": "box", "time": float(tick)}))
        assert len(read_recording(out)) == GZIP_FLUSH_LINES
    assert gzip.decompress(out.read_bytes()).count(b"\n") == GZIP_FLUSH_LINES


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "host.ndjson"
    out.write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"), line_file(out):
        pass
    assert out.read_text(encoding="utf-8") == "precious"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"), line_file(tmp_path / "nowhere" / "host.ndjson"):
        pass
