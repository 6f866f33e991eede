"""Joining parts: topics made sure of, and one schema for every start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import build
from service.errors import SchemaClashError, UsageError, WaitError
from service.log.contract import Draft, Log
from service.log.open import open_log
from service.settings import Settings
from tests.service.machine import TOPIC, messages


def settings(folder: Path, **given: Any) -> Settings:
    return Settings.model_validate(
        {"log": {"directory": folder}, "input": {"topic": TOPIC, "partitions": 2} | given, "core": {"neurons": 8}}
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(build.log_settings(settings(tmp_path))) as opened:
        yield opened


def test_topics_are_made_on_the_embedded_log(log: Log, tmp_path: Path) -> None:
    assert build.prepare_topics(log, settings(tmp_path)) == 2
    assert dict(log.topics()) == {TOPIC: 2, f"{TOPIC}.percepts": 2, f"{TOPIC}.dlq": 2, f"{TOPIC}.control": 1}
    assert build.prepare_topics(log, settings(tmp_path)) == 2


def test_a_results_topic_of_another_size_is_refused(log: Log, tmp_path: Path) -> None:
    log.create_topic(f"{TOPIC}.percepts", 3)
    with pytest.raises(UsageError, match="2 are needed"):
        build.prepare_topics(log, settings(tmp_path))


def test_the_schema_is_inferred_once_and_kept(log: Log, tmp_path: Path) -> None:
    mine = settings(tmp_path)
    build.prepare_topics(log, mine)
    log.append(TOPIC, messages(machines=3, ticks=30))
    first = build.topic_schema(log, mine)
    assert first.time is not None
    assert first.time.path == "time"
    log.append(TOPIC, [Draft(b'{"unlike": 1}')] * 500)
    assert build.topic_schema(log, mine) == first
    assert log.spans(mine.control_topic)[0].end == 1


def test_settings_decide_over_inference(log: Log, tmp_path: Path) -> None:
    mine = settings(tmp_path, id_path="state", fields={"temperature": "category"})
    build.prepare_topics(log, mine)
    log.append(TOPIC, [Draft(b'{"time": 1700000000, "state": "x", "temperature": "warm"}')] * 20)
    schema = build.topic_schema(log, mine)
    assert schema.id is not None
    assert schema.id.path == "state"
    assert schema.fields["temperature"].encoder == "category"
    assert "state" not in schema.fields


def test_a_schema_clash_names_the_field(log: Log, tmp_path: Path) -> None:
    mine = settings(tmp_path, fields={"motor.speed": "boolean"}, id_path="nowhere")
    build.prepare_topics(log, mine)
    log.append(TOPIC, [Draft(b'{"id": "a", "time": 1700000000, "motor": {"speed": "fast"}}')] * 20)
    with pytest.raises(SchemaClashError, match=r"nowhere.*motor\.speed|motor\.speed.*nowhere"):
        build.topic_schema(log, mine)
    assert log.spans(mine.control_topic)[0].end == 0


def test_without_messages_it_says_so(log: Log, tmp_path: Path) -> None:
    mine = settings(tmp_path)
    build.prepare_topics(log, mine)
    told: list[str] = []
    with pytest.raises(WaitError, match="no message came"):
        build.topic_schema(log, mine, patience_s=0.0, waiting=told.append)
    assert told == [f"waiting for the first message in {TOPIC}"]


def test_secrets_reach_the_log_and_nothing_prints_them(tmp_path: Path) -> None:
    mine = Settings.model_validate({"log": {"kind": "kafka", "directory": tmp_path, "sasl_password": "hidden-word"}})
    assert "hidden-word" not in repr(mine)
    assert "hidden-word" not in repr(build.log_settings(mine))
