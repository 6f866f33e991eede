"""What every log promises; each test runs on the embedded log and on a real Kafka through both drivers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from deploy.kafka.broker import Broker
from service.log.contract import (
    Draft,
    Fenced,
    Log,
    LogError,
    OffsetGone,
    Position,
    Record,
    Retention,
    Span,
    TopicMissing,
    partition_of,
)
from service.log.open import LogSettings, open_log

EMBEDDED = ("embedded-full", "embedded-normal")
KAFKA = ("kafka-python", "confluent")
WAIT_S = 60.0


def _settings(kind: Any, request: pytest.FixtureRequest, folder: Path) -> LogSettings:
    if kind in EMBEDDED:
        return LogSettings("embedded", folder / "log", synchronous="full" if kind == EMBEDDED[0] else "normal")
    running: Broker = request.getfixturevalue("broker")
    return LogSettings(
        "kafka", folder, brokers=running.address, driver="confluent" if kind == KAFKA[1] else "kafka-python"
    )


@pytest.fixture(params=[*EMBEDDED, *KAFKA])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> LogSettings:
    return _settings(request.param, request, tmp_path)


@pytest.fixture(params=KAFKA)
def kafka_settings(request: pytest.FixtureRequest, tmp_path: Path) -> LogSettings:
    return _settings(request.param, request, tmp_path)


@pytest.fixture
def log(settings: LogSettings) -> Iterator[Log]:
    with open_log(settings) as opened:
        yield opened


@pytest.fixture
def topic(log: Log) -> str:
    """A fresh topic of three partitions."""
    return _fresh(log, 3)


def _fresh(log: Log, partitions: int, retention: Retention | None = None) -> str:
    name = f"t-{uuid.uuid4().hex[:12]}"
    log.create_topic(name, partitions, retention or Retention())
    return name


def _all(log: Log, topic: str, partition: int = 0, count: int = 0, limit: int = 1000) -> list[Record]:
    """Everything committed, read in steps of `limit`.

    Waits for the first `count` records, which Kafka shows some milliseconds after their commit.
    """
    found: list[Record] = []
    offset = log.spans(topic)[partition].first
    while step := log.read(topic, partition, offset, limit, WAIT_S if len(found) < count else 0.0):
        found += step
        offset = step[-1].offset + 1
    return found


def _values(log: Log, topic: str, partition: int = 0, count: int = 0) -> list[bytes | None]:
    return [record.value for record in _all(log, topic, partition, count)]


def _eventually(question: Any, what: str) -> None:
    """Ask until the answer is true; for what a broker does in its own time."""
    deadline = time.monotonic() + WAIT_S
    while not question():
        assert time.monotonic() < deadline, f"never came true: {what}"
        Event().wait(0.1)


def test_records_come_back_as_they_were(log: Log, topic: str) -> None:
    drafts = [
        Draft(b"21.5", key=b"pump-7", headers=(("kind", b"text"), ("raw", b"\xff\x00"), ("kind", b"")), partition=1),
        Draft(None, key=b"pump-7", partition=1),
        Draft(b"", key=None, partition=1, timestamp_ms=1_600_000_000_123),
        Draft(bytes(range(256)) * 100, key=b"", partition=1),
    ]
    before_ms = int(time.time() * 1000)
    positions = log.append(topic, drafts)
    after_ms = int(time.time() * 1000)
    records = _all(log, topic, 1)
    assert positions == [Position(1, offset) for offset in range(4)]
    assert [(r.topic, r.partition, r.offset) for r in records] == [(topic, 1, offset) for offset in range(4)]
    assert [(r.key, r.value, r.headers) for r in records] == [(d.key, d.value, d.headers) for d in drafts]
    assert records[2].timestamp_ms == 1_600_000_000_123
    assert before_ms <= records[0].timestamp_ms <= after_ms
    assert log.spans(topic) == {0: Span(0, 0), 1: Span(0, 4), 2: Span(0, 0)}


def test_a_record_without_key_and_value_is_refused(log: Log, topic: str) -> None:
    with pytest.raises(LogError, match="neither key nor value"):
        log.append(topic, [Draft(b"good", partition=0), Draft(None)])
    assert _values(log, topic) == []


def test_the_key_decides_the_partition_as_in_kafka(log: Log, topic: str) -> None:
    keys = [f"pump-{number}".encode() for number in range(50)]
    positions = log.append(topic, [Draft(b"x", key=key) for key in keys])
    assert [position.partition for position in positions] == [partition_of(key, 3) for key in keys]


def test_records_without_key_take_turns(log: Log, topic: str) -> None:
    positions = [position for _ in range(3) for position in log.append(topic, [Draft(b"x"), Draft(b"y")])]
    assert sorted(position.partition for position in positions) == [0, 0, 1, 1, 2, 2]


def test_many_records_keep_their_order_in_any_step(log: Log, topic: str) -> None:
    values = [str(number).encode() for number in range(5000)]
    log.append(topic, [Draft(value, partition=2) for value in values])
    for limit in (5000, 777):
        assert [record.value for record in _all(log, topic, 2, limit=limit)] == values
    assert [record.value for record in log.read(topic, 2, 4321, 2)] == values[4321:4323]
    assert [record.value for record in log.read(topic, 2, 17, 1)] == values[17:18]


def test_reading_at_the_end_gives_nothing_and_beyond_it_fails(log: Log, topic: str) -> None:
    log.append(topic, [Draft(b"x", partition=0)])
    assert log.read(topic, 0, 1, 10) == []
    assert log.read(topic, 0, 1, 10, timeout_s=0.05) == []
    with pytest.raises(OffsetGone):
        log.read(topic, 0, 2, 10)
    assert [record.value for record in log.read(topic, 0, 0, 10)] == [b"x"]


def test_a_waiting_reader_gets_what_another_appends(settings: LogSettings, log: Log, topic: str) -> None:
    assert log.read(topic, 0, 0, 10) == []
    task = {"act": "append", "topic": topic, "prefix": "n", "count": 3, "batch": 3}
    with _running(settings, task) as process:
        records = log.read(topic, 0, 0, 10, timeout_s=WAIT_S)
        assert process.wait(WAIT_S) == 0
    assert [record.value for record in records] == [b"n0", b"n1", b"n2"][: len(records)]
    assert records


def test_missing_topics_and_partitions_are_named(log: Log, topic: str) -> None:
    for call in (
        lambda: log.append("t-none", [Draft(b"x")]),
        lambda: log.read("t-none", 0, 0, 1),
        lambda: log.spans("t-none"),
        lambda: log.writer("g", "t-none", 0),
    ):
        with pytest.raises(TopicMissing, match="t-none"):
            call()
    for call in (
        lambda: log.append(topic, [Draft(b"x", partition=3)]),
        lambda: log.read(topic, 3, 0, 1),
        lambda: log.writer("g", topic, 3),
    ):
        with pytest.raises(TopicMissing, match=topic):
            call()


def test_creating_a_topic_twice_needs_the_same_partitions(log: Log, topic: str) -> None:
    log.append(topic, [Draft(b"x", partition=0)])
    log.create_topic(topic, 3)
    with pytest.raises(LogError, match="exists with 3 partitions"):
        log.create_topic(topic, 4)
    assert _values(log, topic) == [b"x"]
    assert log.topics()[topic] == 3


def test_a_commit_is_seen_whole(settings: LogSettings, log: Log, topic: str) -> None:
    results = _fresh(log, 2)
    log.append(topic, [Draft(b"in", partition=1)])
    writer = log.writer("g", topic, 1)
    assert writer.committed() is None
    assert log.committed("g", topic) == {}
    outputs = [Draft(str(n).encode(), partition=n % 2, topic=results, headers=(("n", b"1"),)) for n in range(10)]
    writer.commit([*outputs, Draft(b"dead", topic=topic, partition=2)], 1)
    assert _values(log, results, 0, 5) == [b"0", b"2", b"4", b"6", b"8"]
    assert _values(log, results, 1, 5) == [b"1", b"3", b"5", b"7", b"9"]
    assert _values(log, topic, 2, 1) == [b"dead"]
    assert writer.committed() == 1
    assert log.committed("g", topic) == {1: 1}
    assert log.committed("other", topic) == {}
    writer.commit([], 5)
    writer.close()
    with open_log(settings) as again:
        assert again.committed("g", topic) == {1: 5}
        assert again.writer("g", topic, 1).committed() == 5
        assert _values(again, results, 0, 5) == [b"0", b"2", b"4", b"6", b"8"]


def test_reading_goes_on_over_many_commits(log: Log, topic: str) -> None:
    writer = log.writer("g", topic, 0)
    offset, found = 0, list[bytes | None]()
    for number in range(5):
        writer.commit([Draft(str(number).encode(), topic=topic, partition=1)], number)
        records = log.read(topic, 1, offset, 10, timeout_s=WAIT_S)
        found += [record.value for record in records]
        offset = records[-1].offset + 1
        assert log.read(topic, 1, offset, 10) == []
    assert found == [b"0", b"1", b"2", b"3", b"4"]


def test_a_commit_that_fails_leaves_no_trace(log: Log, topic: str) -> None:
    writer = log.writer("g", topic, 0)
    writer.commit([Draft(b"1", topic=topic, partition=1)], 1)
    bad: tuple[tuple[Draft, type[LogError]], ...] = (
        (Draft(b"x", topic="t-none"), TopicMissing),
        (Draft(b"x", topic=topic, partition=7), TopicMissing),
        (Draft(b"x"), LogError),
        (Draft(None, topic=topic), LogError),
    )
    for draft, kind in bad:
        with pytest.raises(kind):
            writer.commit([Draft(b"lost", topic=topic, partition=1), draft], 2)
    assert _values(log, topic, 1, 1) == [b"1"]
    assert writer.committed() == 1
    writer.commit([Draft(b"2", topic=topic, partition=1)], 2)
    assert _values(log, topic, 1, 2) == [b"1", b"2"]


def test_an_aborted_transaction_is_invisible(kafka_settings: LogSettings) -> None:
    with open_log(kafka_settings) as log:
        topic = _fresh(log, 1)
        writer = log.writer("g", topic, 0)
        with pytest.raises(LogError, match=r"max\.message\.bytes"):
            writer.commit([Draft(b"lost", topic=topic), Draft(b"x" * 3_000_000, topic=topic)], 1)
        assert _values(log, topic) == []
        assert writer.committed() is None
        writer.commit([Draft(b"kept", topic=topic)], 1)
        assert _values(log, topic, 0, 1) == [b"kept"]


def test_a_fenced_writer_is_refused(settings: LogSettings, log: Log, topic: str) -> None:
    old = log.writer("g", topic, 0)
    old.commit([Draft(b"old", topic=topic, partition=1)], 1)
    bystander = log.writer("g", topic, 2)
    with open_log(settings) as other:
        new = other.writer("g", topic, 0)
        for _ in range(2):
            with pytest.raises(Fenced):
                old.commit([Draft(b"zombie", topic=topic, partition=1)], 2)
        assert new.committed() == 1
        new.commit([Draft(b"new", topic=topic, partition=1)], 3)
        bystander.commit([Draft(b"beside", topic=topic, partition=1)], 1)
        with pytest.raises(Fenced):
            old.commit([Draft(b"zombie", topic=topic, partition=1)], 4)
        assert _values(other, topic, 1, 3) == [b"old", b"new", b"beside"]
        assert other.committed("g", topic) == {0: 3, 2: 1}


def test_retention_drops_the_old_and_says_so(log: Log) -> None:
    topic = _fresh(log, 1, Retention(age_s=3600))
    two_days_ago_ms = int(time.time() * 1000) - 48 * 3600 * 1000
    log.append(topic, [Draft(b"old", timestamp_ms=two_days_ago_ms) for _ in range(10)])
    log.append(topic, [Draft(str(number).encode()) for number in range(5)])

    def trimmed() -> bool:
        log.trim()
        return log.spans(topic)[0] == Span(10, 15)

    _eventually(trimmed, "the ten old records are gone")
    with pytest.raises(OffsetGone):
        log.read(topic, 0, 3, 10)
    assert [record.value for record in log.read(topic, 0, 10, 10)] == [b"0", b"1", b"2", b"3", b"4"]
    assert log.append(topic, [Draft(b"next")]) == [Position(0, 15)]


@contextmanager
def _running(settings: LogSettings, task: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """numbered_writer.py at its task; it does not outlive the block."""
    task = {"log": asdict(settings) | {"directory": str(settings.directory)}, **task}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("numbered_writer.py")), json.dumps(task)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _acknowledged(process: subprocess.Popen[str], acks: int) -> int:
    """Wait for that many more acknowledgements, or the end; the last number acknowledged."""
    assert process.stdout is not None
    last = seen = 0
    for line in process.stdout:
        word, _, number = line.partition(" ")
        if word == "ack" and number.endswith("\n"):  # else the process was killed in the midst of saying it
            last, seen = int(number), seen + 1
            if seen == acks:
                break
    return last


def _killed(settings: LogSettings, task: dict[str, Any], after_acks: int, random: Random) -> int:
    """Kill -9 somewhere in what follows that many acknowledgements; the last number acknowledged."""
    with _running(settings, task) as process:
        first = _acknowledged(process, after_acks)
        Event().wait(random.uniform(0.0, 0.03))  # the point at which it is killed
        process.kill()
        return max(first, _acknowledged(process, sys.maxsize))


def test_several_processes_append_at_once(settings: LogSettings, log: Log) -> None:
    topic = _fresh(log, 1)
    tasks = [{"act": "append", "topic": topic, "prefix": name, "count": 300, "batch": 10} for name in "abc"]
    with ExitStack() as running:
        for process in [running.enter_context(_running(settings, task)) for task in tasks]:
            assert _acknowledged(process, sys.maxsize) == 300
    values = [(value or b"").decode() for value in _values(log, topic)]
    for name in "abc":
        assert [value for value in values if value.startswith(name)] == [f"{name}{number}" for number in range(300)]


def test_kill_9_of_an_appending_process_loses_nothing(settings: LogSettings, log: Log) -> None:
    random = Random(1)  # noqa: S311 - where to kill
    for round_ in range(2):
        topic = _fresh(log, 1)
        task = {"act": "append", "topic": topic, "prefix": "", "count": 1_000_000, "batch": 50}
        acknowledged = _killed(settings, task, 3 + 5 * round_, random)
        values = _values(log, topic)
        assert len(values) >= acknowledged > 0
        assert values == [str(number).encode() for number in range(len(values))]


def test_kill_9_of_a_committing_process_is_exactly_once(settings: LogSettings, log: Log) -> None:
    """Becoming the writer ends what the dead one left open, so that everything committed can be read."""
    random = Random(2)  # noqa: S311 - where to kill
    source, target = _fresh(log, 1), _fresh(log, 1)
    task = {"act": "commit", "source": source, "target": target, "count": 1_000_000, "batch": 40}
    for round_ in range(3):
        acknowledged = _killed(settings, task, 2 + 3 * round_, random)
        position = log.writer("numbers", source, 0).committed()
        values = _values(log, target)
        assert position is not None
        assert position >= acknowledged > 0
        assert values == [str(number).encode() for number in range(position)]


def _over_a_restart(settings: LogSettings, broker: Broker, task: dict[str, Any]) -> int:
    """Kill -9 and start the broker in the midst of a process's writing; the last number it had acknowledged."""
    with _running(settings, task) as process:
        before = _acknowledged(process, 10)
        broker.restart()
        after = _acknowledged(process, 30)
        process.kill()
        assert after > before > 0
        return max(after, _acknowledged(process, sys.maxsize))


def test_kill_9_of_the_broker_is_exactly_once(kafka_settings: LogSettings, broker: Broker) -> None:
    with open_log(kafka_settings) as log:
        source, target = _fresh(log, 1), _fresh(log, 1)
    task = {"act": "commit", "source": source, "target": target, "count": 1_000_000, "batch": 40}
    acknowledged = _over_a_restart(kafka_settings, broker, task)
    with open_log(kafka_settings) as log:
        position = log.writer("numbers", source, 0).committed()
        assert position is not None
        assert position >= acknowledged
        assert _values(log, target) == [str(number).encode() for number in range(position)]


def test_appending_goes_on_over_a_restart_of_the_broker(kafka_settings: LogSettings, broker: Broker) -> None:
    with open_log(kafka_settings) as log:
        topic = _fresh(log, 1)
    task = {"act": "append", "topic": topic, "prefix": "", "count": 1_000_000, "batch": 50}
    acknowledged = _over_a_restart(kafka_settings, broker, task)
    with open_log(kafka_settings) as log:
        values = _values(log, topic)
        assert len(values) >= acknowledged
        assert values == [str(number).encode() for number in range(len(values))]
