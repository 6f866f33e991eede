"""The service on Ray: a worker killed at work changes neither memories nor committed percepts."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service import build, snapshots
from service.cluster.deployment import Deployment
from service.cluster.outcome import Status
from service.log.contract import partition_of
from service.log.open import open_log
from service.settings import Settings
from tests.service.machine import answers, messages

DRAFTS = messages(machines=12, ticks=250)
FIRST = len(DRAFTS) // 3
"""How many are there when the service starts; the others come just before the kill, so that there is work left."""
PATIENCE_S = 120.0


def service_settings(log: dict[str, object], topic: str, folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "log": log,
            "input": {"topic": topic, "partitions": 2},
            "core": {"neurons": 32, "width": 48},
            "workers": {"count": 2, "standby": 1, "turn_records": 40},
            "snapshots": {"directory": folder / "snapshots", "every_s": 0.5},
        }
    )


def until(deployment: Deployment, reached: Callable[[Status], bool]) -> Status:
    """Poll until the condition holds; fails the test with what the service says otherwise."""
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        status = deployment.status()
        assert status.failure is None, status.failure
        if reached(status):
            return status
        threading.Event().wait(0.05)  # leave the processor to the workers
    pytest.fail(f"not reached within {PATIENCE_S} s: {deployment.status()}")


def serve_all(settings: Settings, kill: bool) -> dict[str, object]:
    """Run the service over all messages; hashes, percepts and dead letters in the end."""
    with open_log(build.log_settings(settings)) as log:
        log.create_topic(settings.input.topic, settings.input.partitions)
        log.append(settings.input.topic, DRAFTS[:FIRST])
    with Deployment(settings, patience_s=30.0) as deployment:
        working = until(deployment, lambda status: any(worker.records > 0 for worker in status.workers))
        with open_log(build.log_settings(settings)) as log:
            log.append(settings.input.topic, DRAFTS[FIRST:])
        if kill:
            victim = max(working.workers, key=lambda worker: worker.records)
            os.kill(victim.pid, signal.SIGKILL)
            until(deployment, lambda status: status.restarts == 1)
        until(deployment, lambda status: status.lag == 0 and answered(settings) >= len(DRAFTS))
        job = deployment.job
        assert job is not None
    hashes: dict[str, str] = {}
    for partition in range(settings.input.partitions):
        snapshot, broken = snapshots.newest(job.snapshot_folder(partition))
        assert snapshot is not None
        assert broken == []
        hashes |= {stream["name"]: stream["hash"] for stream in snapshot.card["streams"]}
    with open_log(build.log_settings(settings)) as log:
        return {
            "hashes": hashes,
            "percepts": answers(log, settings.percepts_topic),
            "dead": answers(log, settings.dead_letter_topic),
        }


def answered(settings: Settings) -> int:
    """Messages that have been answered, by percept or as dead letters."""
    with open_log(build.log_settings(settings)) as log:
        topics = (settings.percepts_topic, settings.dead_letter_topic)
        return sum(len(found) for topic in topics for found in answers(log, topic).values())


@pytest.mark.parametrize("kind", ["embedded", "kafka"])
def test_kill_at_work(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    results: list[dict[str, object]] = []
    for name, kill in (("calm", False), ("killed", True)):
        log: dict[str, object] = {"kind": "embedded", "directory": tmp_path / name}
        if kind == "kafka":
            log = {"kind": "kafka", "brokers": request.getfixturevalue("broker").address}
        settings = service_settings(log, f"plant-{kind}-{name}", tmp_path / name)
        found = serve_all(settings, kill)
        renamed = repr(found["percepts"]).replace(settings.input.topic, "plant")
        results.append(found | {"percepts": renamed})
    calm, killed = results
    assert killed == calm
    assert {partition_of(draft.key or b"", 2) for draft in DRAFTS} == {0, 1}
