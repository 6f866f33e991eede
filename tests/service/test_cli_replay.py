"""Replays: every message of a recording, in its order, when it is due."""

from __future__ import annotations

import gzip
import io
import math
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from mcap.writer import Writer

from encoders.formats.contract import Message
from encoders.formats.detect import detect
from service.cli.main import execute
from service.cli.replay import LONGEST_WAIT_S, paced
from service.log.contract import Draft, Record
from service.log.embedded import EmbeddedLog
from service.recordings import Timed, line_recording
from tests.contracts.format_examples.robotics import PUMP, T, imu, pump, recording
from tests.service.command import plastream

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PLASTREAM_"):
            monkeypatch.delenv(name)


def replayed(*arguments: str) -> None:
    assert execute(["replay", *arguments, "--topic", "plant", "--data-dir", "log"]) == 0


def records() -> list[Record]:
    with EmbeddedLog(Path("log")) as log:
        found = [
            record
            for partition, span in log.spans("plant").items()
            for record in log.read("plant", partition, 0, span.end + 1)
        ]
    return sorted(found, key=lambda record: record.timestamp_ms)


def lines(count: int, step_s: float = 60.0) -> list[bytes]:
    return [
        orjson.dumps({"ts": 1_790_000_000 + place * step_s, "id": f"pump-{place % 3}", "flow": 0.5 + place})
        for place in range(count)
    ]


def test_a_recording_of_a_robot_becomes_its_messages(capsys: Captured) -> None:
    Path("robot.mcap").write_bytes(recording())
    replayed("robot.mcap", "--speed", "0")
    assert "3 messages of robot.mcap replayed into plant" in capsys.readouterr().err
    found = {record.key: record for record in records()}
    assert {key: record.value for key, record in found.items()} == {
        b"/imu": imu(),
        b"/pump": pump(),
        b"/room": b'{"temperature": 21.5}',
    }
    assert [record.timestamp_ms for record in records()] == [T // 1_000_000 + place for place in range(3)]
    assert found[b"/imu"].headers == (("ros2_type", b"sensor_msgs/msg/Imu"),)
    assert found[b"/pump"].headers == (("ros2_type", b"plant_msgs/msg/Pump"), ("ros2_definition", PUMP.encode()))
    ros = [Message(record.key, record.value, "", record.headers) for key, record in found.items() if key != b"/room"]
    assert detect(ros).format == "ros2"


def test_messages_of_other_encodings_keep_their_names() -> None:
    out = io.BytesIO()
    writer = Writer(out)
    writer.start()
    channel = writer.register_channel("/x", "protobuf", writer.register_schema("a.B", "protobuf", b"..."))
    writer.add_message(channel, log_time=T, publish_time=T, data=b"\x0a\x00")
    writer.finish()
    Path("robot.mcap").write_bytes(out.getvalue())
    replayed("robot.mcap", "--speed", "0")
    (record,) = records()
    assert record.headers == (("mcap_encoding", b"protobuf"), ("schema_name", b"a.B"))


@pytest.mark.parametrize("name", ["plant.ndjson", "plant.ndjson.gz", "plant.jsonl"])
def test_lines_become_messages_with_their_own_times(name: str, capsys: Captured) -> None:
    sent = [*lines(30), b"broken"]
    body = b"\n".join(sent)
    Path(name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    replayed(name, "--speed", "0")
    assert f"31 messages of {name} replayed into plant" in capsys.readouterr().err
    found = [record for record in records() if record.value != b"broken"]
    assert [record.value for record in found] == sent[:-1]
    assert {record.key for record in found} == {b"pump-0", b"pump-1", b"pump-2"}
    assert [record.timestamp_ms for record in found] == [1_790_000_000_000 + place * 60_000 for place in range(30)]


def test_the_key_may_be_another_field() -> None:
    Path("plant.ndjson").write_bytes(b"\n".join(lines(10)))
    replayed("plant.ndjson", "--speed", "0", "--key", "flow")
    assert {record.key for record in records()} == {str(0.5 + place).encode() for place in range(10)}


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds


def when(times: Sequence[float], speed: float) -> list[float]:
    """The moments at which records with these event times come."""
    clock, moments = Clock(), list[float]()
    source = [Timed(Draft(b"%d" % place), time_s, place + 1) for place, time_s in enumerate(times)]
    seen = 0
    for batch, done in paced(source, speed, clock=clock, wait=clock.wait):
        assert [draft.value for draft in batch] == [b"%d" % place for place in range(seen, seen + len(batch))]
        seen += len(batch)
        assert done == seen
        moments += [clock.now_s - 100.0] * len(batch)
    assert seen == len(times)
    assert all(0.0 < wait <= LONGEST_WAIT_S for wait in clock.waits)
    return moments


def test_records_come_when_they_are_due() -> None:
    assert when([5.0, 5.25, 7.25], 1.0) == pytest.approx([0.0, 0.25, 2.25])
    assert when([5.0, 5.25, 7.25], 2.0) == pytest.approx([0.0, 0.125, 1.125])
    assert when([5.0, 7.0, 6.0, 8.0], 1.0) == pytest.approx([0.0, 2.0, 2.0, 3.0])  # late ones at once
    assert when([math.nan, 5.0, math.nan, 6.0], 1.0) == pytest.approx([0.0, 0.0, 0.0, 1.0])
    assert when([5.0, 7000.0, 9000.0], 0.0) == [0.0, 0.0, 0.0]
    assert when([], 1.0) == []


def test_lines_without_times_are_due_at_once() -> None:
    found = list(line_recording([b'{"a": 1}', b'{"a": 2}', b"x"]))
    assert all(math.isnan(record.time_s) for record in found)
    assert [record.draft.timestamp_ms for record in found] == [None] * 3
    assert [record.done for record in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.mcap"], "none.mcap does not exist"),
        (["none.ndjson"], "none.ndjson does not exist"),
        (["plant.csv"], "a recording ends in .mcap"),
        (["empty.ndjson"], "holds no messages"),
        (["robot.mcap", "--key", "id"], "keyed by their topics"),
        (["robot.mcap", "--speed", "-1"], "--speed"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], told: str, capsys: Captured) -> None:
    Path("empty.ndjson").write_bytes(b"\n")
    Path("robot.mcap").write_bytes(recording())
    assert execute(["replay", *arguments, "--topic", "plant", "--data-dir", "log"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert told in line


def test_a_recording_that_is_cut_off_is_replayed_as_far_as_it_goes(capsys: Captured) -> None:
    out = io.BytesIO()
    writer = Writer(out, use_chunking=False)
    writer.start()
    channel = writer.register_channel("/x", "json", 0)
    for place in range(3):
        writer.add_message(channel, log_time=T + place, publish_time=T, data=b'{"a": 1}')
    writer.finish()
    body = out.getvalue()
    Path("robot.mcap").write_bytes(body[: body.rindex(b'{"a": 1}') + 4])
    assert execute(["replay", "robot.mcap", "--speed", "0", "--topic", "plant", "--data-dir", "log"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "the 2 messages before it were replayed" in line
    assert len(records()) == 2


@pytest.mark.slow
def test_ctrl_c_ends_it_between_messages(tmp_path: Path) -> None:
    Path("plant.ndjson").write_bytes(b"\n".join(lines(2, step_s=3600.0)))
    process = plastream("replay", "plant.ndjson", "--topic", "plant", "--data-dir", "log", folder=tmp_path)
    deadline_s = time.monotonic() + 60.0
    while time.monotonic() < deadline_s:
        if Path("log").is_dir() and (found := _replayed_so_far()):
            assert found == 1
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60.0)
    assert process.returncode == 130
    assert "1 messages of plant.ndjson replayed" in said.decode()
    assert len(records()) == 1


def _replayed_so_far() -> int:
    from service.log.contract import LogError

    try:
        return len(records())
    except LogError:
        return 0
