"""The demo's main job over a real embedded log and a real worker in a thread instead of Ray."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from service import build
from service.cluster.outcome import Status, WorkerStatus
from service.demo.feeds import Message, Replay
from service.demo.frame import Frame
from service.demo.play import Played, Player
from service.errors import ServiceFailedError, verdict
from service.log.open import open_log
from service.settings import Settings
from service.worker import Worker

START = 1_700_000_000.0


@dataclass
class InThread:
    """The service without Ray: one worker in a thread of this process."""

    settings: Settings
    worker: Worker | None = None
    thread: threading.Thread | None = None
    stopped: bool = False
    failure: str | None = None

    def start(self) -> None:
        with open_log(build.log_settings(self.settings)) as log:
            partitions = build.prepare_topics(log, self.settings)
            schema = build.topic_schema(log, self.settings, patience_s=0.0)
        self.worker = Worker(build.job(self.settings, schema))
        self.thread = threading.Thread(target=self.worker.serve, args=(range(partitions),), daemon=True)
        self.thread.start()

    def status(self) -> Status:
        return Status(workers=(WorkerStatus("in-thread", 0),), failure=self.failure, exit_code=1)

    def stop(self) -> None:
        self.stopped = True
        if self.worker is not None and self.thread is not None:
            self.worker.stop()
            self.thread.join(timeout=60.0)


@dataclass
class After:
    """Asks to stop once so many frames have been shown."""

    frames: int | None = None
    shown: list[Frame] = field(default_factory=list[Frame])
    _wake: threading.Event = field(default_factory=threading.Event)

    @property
    def requested(self) -> bool:
        return self.frames is not None and len(self.shown) >= self.frames

    def wait(self, seconds: float) -> None:
        self._wake.wait(seconds)


def messages(count: int, broken_every: int | None = None) -> list[Message]:
    made: list[Message] = []
    for tick in range(count):
        body = orjson.dumps({"host": "box", "time": START + tick, "load": tick % 5 + 0.5, "state": "idle"})
        broken = broken_every is not None and tick % broken_every == broken_every - 1
        made.append(Message(b"box", b"{broken" if broken else body, START + tick))
    return made


def settings_in(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "log": {"directory": folder, "synchronous": "normal"},
            "input": {"topic": "host.sensors", "partitions": 2},
            "core": {"neurons": 16, "width": 32},
            "workers": {"turn_records": 40},
        }
    )


def played(folder: Path, feed: Replay, stop: After, failure: str | None = None) -> tuple[Played, InThread]:
    settings = settings_in(folder)
    service = InThread(settings, failure=failure)
    return Player(settings, feed, service, stop.shown.append, stop).play(), service


def test_everything_sent_is_answered_once_and_in_order(tmp_path: Path) -> None:
    stop = After()
    run, service = played(tmp_path, Replay(messages(300, broken_every=50), schema_messages=20), stop)
    assert (run.sent, run.answered, run.rejected, run.interrupted) == (300, 294, 6, False)
    sent = [START + tick for tick in range(300) if tick % 50 != 49]
    assert run.track.times == sent
    assert run.track.sensors["load"].raw == [(time - START) % 5 + 0.5 for time in sent]
    assert run.seconds > 0.0
    assert service.stopped
    assert (stop.shown[-1].done, stop.shown[-1].total, stop.shown[-1].rejected) == (300, 300, 6)


def test_asked_to_stop_it_keeps_what_came(tmp_path: Path) -> None:
    run, service = played(tmp_path, Replay(messages(5000), speed=0.001, schema_messages=30), After(frames=5))
    assert run.interrupted
    assert service.stopped
    assert run.answered == len(run.track) <= 31


def test_a_service_that_fails_ends_the_demo_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailedError) as caught:
        played(tmp_path, Replay(messages(50)), After(), failure="the disk is full: make space")
    found = verdict(caught.value)
    assert (found.line, found.exit_code) == ("the disk is full: make space", 1)


def test_a_second_run_on_the_same_data_shows_only_its_own(tmp_path: Path) -> None:
    played(tmp_path, Replay(messages(60), schema_messages=20), After())
    run, _ = played(tmp_path, Replay(messages(40), schema_messages=20), After())
    assert (run.sent, run.answered) == (40, 40)
