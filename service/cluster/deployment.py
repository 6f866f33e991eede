"""A running service: topics made sure of, schema agreed, controller and workers started in Ray, and watched.

    with Deployment(settings) as deployment:
        while not deployment.status().failure: ...

Ray runs on this machine unless RAY_ADDRESS names a cluster.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from service import build
from service.cluster import remote
from service.cluster.controller import Controller
from service.cluster.outcome import Outcome, Status
from service.cluster.remote import GetTimeoutError, RayActorError, RayError
from service.job import Job
from service.log.contract import Log, LogError
from service.log.open import open_log
from service.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_S = 30.0
"""How long the controller may take to answer."""
STOP_S = 120.0
"""How long the workers may take to finish a turn, commit and save."""
CONTROLLER_LIVES = 3
"""How often a dead controller is replaced before the service gives up."""


@dataclass
class Deployment:
    """Use as a context manager: started on entry, stopped gracefully on exit.

    patience_s: how long `start` waits for a first message when no schema is known (None: for ever); `talk` is told
    what it waits for. `start` raises LogError, WaitError or ActionError.
    """

    settings: Settings
    patience_s: float | None = None
    talk: Callable[[str], None] = logger.info
    job: Job | None = None
    _log: Log | None = None
    _partitions: int = 0
    _controller: Any = None
    _running: Any = None
    _controller_deaths: int = 0
    _ours: bool = False
    _last: Status = field(default_factory=Status)
    _base: Status = field(default_factory=Status)

    def __enter__(self) -> Self:
        """See start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """See stop."""
        self.stop()

    def start(self) -> None:
        """Agree on topics and schema, then start Ray and the controller; workers warm up behind it."""
        self._log = open_log(build.log_settings(self.settings))
        try:
            self._partitions = build.prepare_topics(self._log, self.settings)
            schema = build.topic_schema(self._log, self.settings, patience_s=self.patience_s, waiting=self.talk)
        except BaseException:
            self._log.close()
            raise
        self.job = build.job(self.settings, schema)
        self._ours = remote.start()
        self._start_controller()

    def status(self) -> Status:
        """How the service is doing; never raises for what the service itself survives."""
        status = self._heard()
        self._last = replace(
            status,
            records=status.records + self._base.records,
            percepts=status.percepts + self._base.percepts,
            rejected=status.rejected + self._base.rejected,
            restarts=status.restarts + self._controller_deaths,
            lag=self._lag(),
        )
        return self._last

    def stop(self) -> Outcome:
        """Let the workers finish their turn, commit and save; then take everything down."""
        outcome = Outcome()
        if self._controller is not None:
            try:
                remote.answer(self._controller.stop.remote(), ANSWER_S)
                outcome = remote.answer(self._running, STOP_S)
                self._last = replace(self._heard(), lag=self._lag())
            except RayError as error:
                logger.warning("the service did not stop in order (%s); it goes on from the log", type(error).__name__)
            self._controller = None
        if self._ours:
            remote.stop()
            self._ours = False
        if self._log is not None:
            self._log.close()
            self._log = None
        return outcome

    def _start_controller(self) -> None:
        workers = self.settings.workers
        self._controller = remote.create(
            Controller,
            self.job,
            self._partitions,
            workers.count,
            workers.standby,
            name=f"plastream-controller-{self.settings.input.group}-{self.settings.input.topic}",
        )
        self._running = self._controller.run.remote()

    def _heard(self) -> Status:
        """The controller's own words, or what its end says."""
        try:
            status: Status = remote.answer(self._controller.status.remote(), ANSWER_S)
        except RayActorError:
            return self._revived()
        except GetTimeoutError:
            return replace(self._last, waiting_for="the controller does not answer")
        if not remote.ended([self._running], 0.0):
            return status
        outcome: Outcome = remote.answer(self._running)
        return replace(status, failure=outcome.failure, exit_code=outcome.exit_code)

    def _revived(self) -> Status:
        """A dead controller took its workers along; a new one restores everything from the log and the snapshots."""
        self._controller_deaths += 1
        if self._controller_deaths >= CONTROLLER_LIVES:
            return replace(
                self._last, failure="the controller died again and again; nothing is lost: start again", exit_code=1
            )
        logger.warning("the controller died; starting another")
        self._base = self._last
        self._start_controller()
        return Status()

    def _lag(self) -> int:
        """Records in the input that are not committed yet."""
        if self._log is None:
            return self._last.lag
        try:
            spans = self._log.spans(self.settings.input.topic)
            committed = self._log.committed(self.settings.input.group, self.settings.input.topic)
        except LogError:
            return self._last.lag
        return sum(
            max(span.end - max(committed.get(number, span.first), span.first), 0) for number, span in spans.items()
        )
