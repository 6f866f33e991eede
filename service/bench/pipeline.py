"""`plastream bench pipeline`: events per second from a filled topic to committed percepts, and latency when paced.

The rate: the input topic is filled first; the clock runs from the moment the workers, already warm, are told to
serve until every record is committed. The latency: messages are then sent at a quarter of that rate, from just before
the append to the moment a reader of committed records holds the percept.
"""

from __future__ import annotations

import math
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psutil

from service import build
from service.cluster.deployment import Deployment
from service.cluster.outcome import Status
from service.errors import ActionError
from service.log.contract import Draft, Log
from service.log.open import open_log
from service.settings import Settings

FIELDS = 8
CHUNK = 5_000
POLL_S = 0.05
PACED_S = 6.0
PACED_STEP_S = 0.05
STALLED_S = 60.0
"""Time without one committed record after which the bench gives up."""


@dataclass(frozen=True)
class Load:
    """What is sent."""

    events: int
    streams: int

    def drafts(self, first: int, count: int) -> list[Draft]:
        """Messages `first` to `first + count`: 8 sensors each of sines of different periods plus a slow drift."""
        ticks, streams = np.divmod(np.arange(first, first + count), self.streams)
        phases = streams[:, None] * 0.37 + np.arange(FIELDS)
        periods = 20.0 + 13.0 * np.arange(FIELDS)
        values = np.sin(2 * math.pi * ticks[:, None] / periods + phases) * 10.0 + ticks[:, None] * 1e-3
        rounded = np.round(values, 4).tolist()
        return [
            Draft(
                orjson.dumps(
                    {"machine": f"machine-{stream:05d}", "time": 1_700_000_000 + tick}
                    | {f"sensor{number}": value for number, value in enumerate(row)}
                ),
                key=f"machine-{stream:05d}".encode(),
            )
            for tick, stream, row in zip(ticks.tolist(), streams.tolist(), rounded, strict=True)
        ]


def run(
    *,
    kind: str = "embedded",
    events: int = 100_000,
    streams: int = 200,
    workers: int = 2,
    neurons: int = 128,
    broker: str | None = None,
    driver: str = "kafka-python",
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Run the bench; `progress` is told stage and share done. Raises LogError and ActionError."""
    load = Load(events, streams)
    with tempfile.TemporaryDirectory(prefix="plastream-bench-") as folder:
        settings = _settings(kind, Path(folder), workers, neurons, broker, driver)
        _fill(settings, load, progress)
        with Deployment(settings, patience_s=30.0) as deployment:
            elapsed_s, cpu_s = _drain(deployment, events, progress)
            rate = events / elapsed_s
            latencies_ms = _paced(settings, load, max(rate / 4.0, 20.0), progress)
            restarts = deployment.status().restarts
    return {
        "events_per_s": round(rate, 1),
        "p50_ms": round(float(np.percentile(latencies_ms, 50)), 2),
        "p99_ms": round(float(np.percentile(latencies_ms, 99)), 2),
        "cpu_s": round(cpu_s, 2),
        "cpu_us_per_event": round(1e6 * cpu_s / events, 1),
        "log": kind,
        "driver": driver if kind == "kafka" else None,
        "neurons": neurons,
        "events": events,
        "streams": streams,
        "fields": FIELDS,
        "workers": workers,
        "restarts": restarts,
    }


def _settings(kind: str, folder: Path, workers: int, neurons: int, broker: str | None, driver: str) -> Settings:
    log: dict[str, Any] = {"kind": kind, "directory": folder / "log", "driver": driver}
    if broker is not None:
        log["brokers"] = broker
    return Settings.model_validate(
        {
            "log": log,
            "input": {"topic": f"bench-{uuid.uuid4().hex[:8]}", "partitions": max(2, workers)},
            "core": {"neurons": neurons},
            "workers": {"count": workers, "standby": 0},
            "snapshots": {"directory": folder / "snapshots"},
        }
    )


def _fill(settings: Settings, load: Load, progress: Callable[[str, float], None]) -> None:
    with open_log(build.log_settings(settings)) as log:
        log.create_topic(settings.input.topic, settings.input.partitions)
        for first in range(0, load.events, CHUNK):
            log.append(settings.input.topic, load.drafts(first, min(CHUNK, load.events - first)))
            progress("filling the topic", (first + CHUNK) / load.events)


def _drain(deployment: Deployment, events: int, progress: Callable[[str, float], None]) -> tuple[float, float]:
    """Seconds from the workers' start to the last commit, and the CPU seconds that the workers used."""
    _until(deployment, lambda status: bool(status.workers), progress, events)
    started_s = time.perf_counter()
    before_s = _cpu_s(deployment.status())
    status = _until(deployment, lambda status: status.records >= events, progress, events)
    return time.perf_counter() - started_s, _cpu_s(status) - before_s


def _until(
    deployment: Deployment,
    reached: Callable[[Status], bool],
    progress: Callable[[str, float], None],
    events: int,
) -> Status:
    """Poll until the condition holds. Raises ActionError when the service fails or stalls."""
    records, moved_s = -1, time.perf_counter()
    while True:
        status = deployment.status()
        if status.failure:
            raise ActionError(status.failure)
        if reached(status):
            return status
        if status.records != records:
            records, moved_s = status.records, time.perf_counter()
        elif time.perf_counter() - moved_s > STALLED_S:
            raise ActionError(f"no record was committed for {STALLED_S:.0f} s; {status.waiting_for or 'see the logs'}")
        progress("learning", status.records / events)
        time.sleep(POLL_S)


def _cpu_s(status: Status) -> float:
    times = [psutil.Process(worker.pid).cpu_times() for worker in status.workers]
    return sum(spent.user + spent.system for spent in times)


def _paced(settings: Settings, load: Load, rate: float, progress: Callable[[str, float], None]) -> Sequence[float]:
    """Milliseconds from append to committed percept, one for each paced message."""
    sent_s: dict[tuple[int, int], float] = {}
    stop = threading.Event()
    latencies_ms: list[float] = []
    with open_log(build.log_settings(settings)) as log:
        ends = {number: span.end for number, span in log.spans(settings.percepts_topic).items()}
    reader = threading.Thread(target=_read_percepts, args=(settings, ends, sent_s, latencies_ms, stop), daemon=True)
    reader.start()
    each = max(1, round(rate * PACED_STEP_S))
    with open_log(build.log_settings(settings)) as log:
        steps = round(PACED_S / PACED_STEP_S)
        begun_s = time.perf_counter()
        for step in range(steps):
            time.sleep(max(begun_s + step * PACED_STEP_S - time.perf_counter(), 0.0))
            _send(log, settings.input.topic, load.drafts(load.events + step * each, each), sent_s)
            progress("measuring latency", step / steps)
    deadline_s = time.perf_counter() + 10.0
    while len(latencies_ms) < steps * each and time.perf_counter() < deadline_s:
        time.sleep(POLL_S)
    stop.set()
    reader.join()
    if not latencies_ms:
        raise ActionError("no percept came back within 10 s")
    return latencies_ms


def _send(log: Log, topic: str, drafts: Sequence[Draft], sent_s: dict[tuple[int, int], float]) -> None:
    before_s = time.perf_counter()
    for position in log.append(topic, drafts):
        sent_s[position.partition, position.offset] = before_s


def _read_percepts(
    settings: Settings,
    ends: dict[int, int],
    sent_s: dict[tuple[int, int], float],
    latencies_ms: list[float],
    stop: threading.Event,
) -> None:
    """Read the percepts as they are committed; runs in its own thread with its own log."""
    seen_s: dict[tuple[int, int], float] = {}
    with open_log(build.log_settings(settings)) as log:
        while not stop.is_set():
            for number, offset in list(ends.items()):
                records = log.read(settings.percepts_topic, number, offset, 10_000, timeout_s=0.002)
                now_s = time.perf_counter()
                for record in records:
                    source = int(dict(record.headers)["source_offset"])
                    seen_s[number, source] = now_s
                    ends[number] = record.offset + 1
            answered = seen_s.keys() & sent_s.keys()
            latencies_ms.extend(1e3 * (seen_s.pop(key) - sent_s.pop(key)) for key in answered)
