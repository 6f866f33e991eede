"""A running service: topics made sure of, schema agreed, controller and workers started in Ray, and watched.

    with Deployment(settings) as deployment:
        while not deployment.status().failure: ...

Ray runs on this machine unless RAY_ADDRESS names a cluster.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError

from service import build
from service.cluster.controller import Controller
from service.cluster.outcome import Outcome, Status
from service.job import Job
from service.log.contract import Log, LogError
from service.log.open import open_log
from service.settings import Settings

logger = logging.getLogger(__name__)

NAMESPACE = "plastream"
ANSWER_S = 30.0
"""How long the controller may take to answer."""
STOP_S = 120.0
"""How long the workers may take to finish a turn, commit and save."""
CONTROLLER_LIVES = 3
"""How often a dead controller is replaced before the service gives up."""
WORKER_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Kernels use one thread a process: the parallelism is in the workers."""


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
        self._start_ray()
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
                ray.get(self._controller.stop.remote(), timeout=ANSWER_S)
                outcome = ray.get(self._running, timeout=STOP_S)
                self._last = replace(self._heard(), lag=self._lag())
            except RayError as error:
                logger.warning("the service did not stop in order (%s); it goes on from the log", type(error).__name__)
            self._controller = None
        if self._ours:
            ray.shutdown()
            self._ours = False
        if self._log is not None:
            self._log.close()
            self._log = None
        return outcome

    def _start_ray(self) -> None:
        if ray.is_initialized():
            return
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.update({name: os.environ.get(name, value) for name, value in WORKER_ENVIRONMENT.items()})
        local: dict[str, Any] = {} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
        ray.init(
            namespace=NAMESPACE,
            runtime_env={"env_vars": WORKER_ENVIRONMENT} if os.environ.get("RAY_ADDRESS") else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **local,
        )
        self._ours = True

    def _start_controller(self) -> None:
        workers = self.settings.workers
        actor: Any = Controller
        name = f"plastream-controller-{self.settings.input.group}-{self.settings.input.topic}"
        self._controller = actor.options(name=name, num_cpus=0, get_if_exists=False).remote(
            self.job, self._partitions, workers.count, workers.standby
        )
        self._running = self._controller.run.remote()

    def _heard(self) -> Status:
        """The controller's own words, or what its end says."""
        try:
            status: Status = ray.get(self._controller.status.remote(), timeout=ANSWER_S)
            ended, _ = ray.wait([self._running], timeout=0)
            if ended:
                outcome: Outcome = ray.get(self._running)
                return replace(status, failure=outcome.failure, exit_code=outcome.exit_code)
        except RayActorError:
            return self._revived()
        except GetTimeoutError:
            return replace(self._last, waiting_for="the controller does not answer")
        return status

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
        return sum(max(span.end - max(committed.get(number, span.first), span.first), 0) for number, span in spans.items())
