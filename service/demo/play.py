"""The main job on a feed: messages into the log, the service at work, percepts back out of the log."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from service import build
from service.demo.feeds import Feed, Message
from service.demo.frame import RECENT, Frame, sensor_rows
from service.demo.track import Track
from service.errors import ServiceFailedError
from service.log.contract import Draft, Log
from service.log.open import open_log
from service.settings import Settings

READ_RECORDS = 500
APPEND_RECORDS = 1000
RATE_WINDOW_S = 3.0


class Stop(Protocol):
    """Asked between steps whether to end early."""

    @property
    def requested(self) -> bool:
        """Whether somebody wants to stop."""
        ...

    def wait(self, seconds: float) -> None:
        """Sleep, shorter when asked to stop."""
        ...


class WorkerNews(Protocol):
    """One worker, as far as the demo looks at it."""

    @property
    def alive(self) -> bool:
        """Whether it works."""
        ...


class News(Protocol):
    """The state of the service, as far as the demo looks at it; see service.cluster.outcome.Status."""

    @property
    def workers(self) -> tuple[WorkerNews, ...]:
        """All workers."""
        ...

    @property
    def restarts(self) -> int:
        """Workers replaced."""
        ...

    @property
    def waiting_for(self) -> str | None:
        """What holds the work up."""
        ...

    @property
    def failure(self) -> str | None:
        """Why the service cannot go on."""
        ...

    @property
    def exit_code(self) -> int:
        """What to end with then."""
        ...


class Service(Protocol):
    """The service; see service.cluster.deployment.Deployment."""

    def start(self) -> None:
        """Begin to work."""
        ...

    def status(self) -> News:
        """How it is doing."""
        ...

    def stop(self) -> object:
        """Finish the turn, commit, save, end."""
        ...


@dataclass
class Played:
    """What came of it."""

    track: Track = field(default_factory=Track)
    sent: int = 0
    answered: int = 0
    """Percepts of all streams."""
    rejected: int = 0
    seconds: float = 0.0
    """From the start of the feed to the last percept, the service's start-up left out."""
    interrupted: bool = False


@dataclass
class Player:
    """Drives one run; `show` is handed a frame about `frames_per_s` times a second."""

    settings: Settings
    feed: Feed
    service: Service
    show: Callable[[Frame], None]
    stop: Stop
    title: str = "plastream"
    frames_per_s: float = 6.0
    clock: Callable[[], float] = time.monotonic

    def play(self) -> Played:
        """Run until everything sent is answered, or until asked to stop. Raises ServiceFailedError."""
        played = Played()
        with open_log(build.log_settings(self.settings)) as log:
            build.prepare_topics(log, self.settings)
            results = _Results(log, self.settings)
            try:
                self.show(self._frame(played, None, 0.0, note="starting"))
                played.sent += self._send(log, self.feed.first())
                self.service.start()
                self._until_working(played)
                self._drive(log, results, played)
            finally:
                self.feed.close()
                self.service.stop()
            results.collect(played)
        return played

    def _until_working(self, played: Played) -> None:
        """Wait for a worker: its start-up is no part of the measured time."""
        while not self.stop.requested:
            news = self._news()
            if any(worker.alive for worker in news.workers):
                return
            self.show(self._frame(played, news, 0.0, note="workers are starting"))
            self.stop.wait(0.1)

    def _drive(self, log: Log, results: _Results, played: Played) -> None:
        started_s, frame_due_s = self.clock(), 0.0
        pace: deque[tuple[float, int]] = deque([(0.0, 0)])
        while not self.stop.requested:
            elapsed_s = self.clock() - started_s
            sent = self._send(log, self.feed.due(elapsed_s))
            got = results.collect(played)
            played.sent += sent
            if got:
                played.seconds = self.clock() - started_s
            if elapsed_s >= frame_due_s:
                frame_due_s = elapsed_s + 1.0 / self.frames_per_s
                self.show(self._frame(played, self._news(), _rate(pace, elapsed_s, played.answered)))
            if self.feed.finished() and played.answered + played.rejected >= played.sent:
                self.show(self._frame(played, self._news(), _rate(pace, elapsed_s, played.answered)))
                return
            if not (sent or got):
                self.stop.wait(0.02)
        played.interrupted = True

    def _send(self, log: Log, messages: list[Message]) -> int:
        for first in range(0, len(messages), APPEND_RECORDS):
            part = messages[first : first + APPEND_RECORDS]
            log.append(self.settings.input.topic, [Draft(message.value, key=message.key) for message in part])
        return len(messages)

    def _news(self) -> News:
        news = self.service.status()
        if news.failure:
            raise ServiceFailedError(news.failure, news.exit_code)
        return news

    def _frame(self, played: Played, news: News | None, per_s: float, note: str | None = None) -> Frame:
        track = played.track
        return Frame(
            title=self.title,
            event_time=track.times[-1] if len(track) else None,
            done=played.answered + played.rejected,
            total=self.feed.total,
            per_s=per_s,
            rejected=played.rejected,
            workers=sum(worker.alive for worker in news.workers) if news else 0,
            restarts=news.restarts if news else 0,
            surprise=tuple(track.surprise[-4 * RECENT :]),
            plasticity=track.plasticity[-1] if len(track) else 0.0,
            sensors=sensor_rows(track),
            note=note or (news.waiting_for if news else None),
        )


def _rate(pace: deque[tuple[float, int]], elapsed_s: float, answered: int) -> float:
    """Events per second over the last moments."""
    pace.append((elapsed_s, answered))
    while len(pace) > 2 and elapsed_s - pace[0][0] > RATE_WINDOW_S:
        pace.popleft()
    (since_s, before), (now_s, now) = pace[0], pace[-1]
    return (now - before) / max(now_s - since_s, 1e-3)


class _Results:
    """Percepts and dead letters as they are committed, each read once."""

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log = log
        self._percepts = settings.percepts_topic
        self._dead_letters = settings.dead_letter_topic
        self._next = {
            (topic, partition): span.end
            for topic in (self._percepts, self._dead_letters)
            for partition, span in log.spans(topic).items()
        }

    def collect(self, played: Played) -> int:
        """Take in what is new; returns how many records that were."""
        total = 0
        for topic, value in self._new():
            total += 1
            if topic == self._dead_letters:
                played.rejected += 1
            else:
                played.answered += 1
                played.track.add(orjson.loads(value or b"{}"))
        return total

    def _new(self) -> Iterator[tuple[str, bytes | None]]:
        for (topic, partition), offset in list(self._next.items()):
            for record in self._log.read(topic, partition, offset, READ_RECORDS):
                self._next[topic, partition] = record.offset + 1
                yield topic, record.value
