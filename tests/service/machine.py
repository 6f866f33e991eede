"""A small plant for tests: messages of a few machines, some broken, and a job that learns from them."""

from __future__ import annotations

import math
from pathlib import Path

import orjson

from encoders.schema import FieldSchema, IdKey, TimeKey, TopicSchema
from plastic_core.core import CoreConfig
from service.job import Job
from service.log.contract import Draft, Log
from service.log.open import LogSettings

TOPIC = "plant"

SCHEMA = TopicSchema(
    time=TimeKey(path="time", unit="s"),
    id=IdKey(path="id"),
    fields={
        "temperature": FieldSchema(type="number", encoder="scalar"),
        "motor.speed": FieldSchema(type="number", encoder="scalar"),
        "state": FieldSchema(type="category", encoder="category"),
        "open": FieldSchema(type="boolean", encoder="boolean"),
    },
)


def message(machine: int, tick: int) -> Draft:
    """One message; now and then a bad value, a missing field, a new field or no JSON at all."""
    body: dict[str, object] = {
        "id": f"machine-{machine}",
        "time": 1_700_000_000 + tick,
        "temperature": 20.0 + machine + math.sin(tick / 5.0),
        "motor": {"speed": 1000.0 + 50.0 * math.cos(tick / 7.0 + machine)},
        "state": ("idle", "busy", "busy", "wash")[(tick + machine) % 4],
        "open": tick % 9 < 4,
    }
    if tick % 11 == 3:
        body["temperature"] = "not a number"
    if tick % 13 == 5:
        del body["open"]
    if tick > 20 + machine:
        body["pressure"] = 3.0 + 0.1 * math.sin(tick / 3.0)
    value = orjson.dumps(body) if tick % 17 != 9 else b'{"id": "machine-' + str(machine).encode() + b'", '
    return Draft(value, key=f"machine-{machine}".encode(), timestamp_ms=1_700_000_000_000 + 1000 * tick)


def messages(machines: int, ticks: int) -> list[Draft]:
    """All machines' messages, tick after tick."""
    return [message(machine, tick) for tick in range(ticks) for machine in range(machines)]


def job(folder: Path, log: LogSettings, *, turn_records: int = 50, group: str = "test") -> Job:
    """A small network on the plant's topic."""
    return Job(
        log=log,
        topic=TOPIC,
        schema=SCHEMA,
        snapshots=folder / "snapshots",
        group=group,
        core=CoreConfig(neurons=16, width=48),
        turn_records=turn_records,
    )


def prepare(log: Log, of: Job, drafts: list[Draft], partitions: int = 2) -> None:
    """Create the topics of a job and fill its input."""
    log.create_topic(of.topic, partitions)
    log.create_topic(of.percepts_topic, partitions)
    log.create_topic(of.dead_letters_topic, partitions)
    log.append(of.topic, drafts)


def answers(log: Log, topic: str) -> dict[int, list[tuple[bytes | None, bytes | None]]]:
    """Partition -> (key, value) of all committed records of a topic, in order."""
    found: dict[int, list[tuple[bytes | None, bytes | None]]] = {}
    for number, span in log.spans(topic).items():
        offset, of_partition = span.first, found.setdefault(number, [])
        while offset < span.end:
            records = log.read(topic, number, offset, 10_000, timeout_s=1.0)
            if not records:
                break
            of_partition += [(record.key, record.value) for record in records]
            offset = records[-1].offset + 1
    return found
