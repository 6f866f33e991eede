"""The controller: a named Ray actor that places partitions on workers, watches them, and replaces the dead.

It never touches a message. A worker's one long `serve` call is its death notice: Ray ends it with an error within
milliseconds of the process's death, and the standby, already warm, takes the partitions over.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from service.cluster import remote
from service.cluster.actors import PlasticWorker
from service.cluster.outcome import Outcome, Status, WorkerStatus
from service.cluster.remote import GetTimeoutError, RayActorError, RayError
from service.errors import ActionError, verdict
from service.job import Job

logger = logging.getLogger(__name__)

WATCH_S = 0.25
"""How often workers are asked how they are; deaths are noticed at once, not at this pace."""
WARM_TIMEOUT_S = 120.0
"""A worker that is not warm by then (imports, compiled kernels) will not be."""
DEATHS_IN_A_ROW = 5
"""Deaths without one committed record between them after which replacing workers is no remedy."""


@dataclass
class Member:
    """A worker and what is known of it."""

    actor: Any
    status: WorkerStatus
    serving: Any = None
    """Reference to its open `warm` or `serve` call; None for a standby."""
    asked: Any = None
    """Reference to the open question `status`."""


@dataclass
class Fleet:
    """All workers of one job: pure bookkeeping around Ray handles."""

    members: list[Member] = field(default_factory=list[Member])
    standbys: list[Member] = field(default_factory=list[Member])
    buried: list[WorkerStatus] = field(default_factory=list[WorkerStatus])
    restarts: int = 0

    def status(self) -> Status:
        """Sums over the living and the dead."""
        living = [member.status for member in self.members]
        counted = living + self.buried
        troubles = [s.waiting_for or s.unsaved for s in living if s.waiting_for or s.unsaved]
        return Status(
            workers=tuple(living),
            records=sum(s.records for s in counted),
            percepts=sum(s.percepts for s in counted),
            rejected=sum(s.rejected for s in counted),
            marks=dict(sum((Counter(s.marks) for s in counted), Counter[str]())),
            streams=sum(s.streams for s in living),
            restarts=self.restarts,
            waiting_for=troubles[0] if troubles else None,
        )


def shares(partitions: int, workers: int) -> list[tuple[int, ...]]:
    """Partition numbers per worker, as even as can be; the last workers may get none.

    >>> shares(5, 2)
    [(0, 2, 4), (1, 3)]
    """
    return [tuple(range(first, partitions, workers)) for first in range(workers)]


@remote.actor(running=1, asking=4)
class Controller:
    """Runs one job on `workers` workers and `standbys` spare ones until stopped."""

    def __init__(self, job: Job, partitions: int, workers: int, standbys: int) -> None:
        self._job = job
        self._shares = [share for share in shares(partitions, workers) if share]
        self._standbys = standbys
        self._fleet = Fleet()
        self._names = itertools.count()
        self._stop = threading.Event()
        self._deaths_in_a_row = 0
        self._records_at_last_death = -1

    @remote.in_group("running")
    def run(self) -> Outcome:
        """Start the workers, keep their partitions served, and return how it ended."""
        try:
            return self._run()
        except Exception as error:
            logger.exception("the controller failed")
            end = verdict(error)
            return Outcome(end.line, int(end.exit_code))

    def _run(self) -> Outcome:
        fleet = self._fleet
        started = self._start(len(self._shares) + self._standbys)
        fleet.standbys = started[len(self._shares) :]
        for member, share in zip(started, self._shares, strict=False):
            self._serve(member, share)
        while not self._stop.is_set():
            failure = self._settle(remote.ended([m.serving for m in fleet.members], WATCH_S))
            self._ask()
            if failure is not None:
                self._shut_down()
                return failure
        return self._shut_down()

    @remote.in_group("asking")
    def status(self) -> Status:
        """The service as last heard of; lag is added by who knows the log's end."""
        return self._fleet.status()

    @remote.in_group("asking")
    def stop(self) -> None:
        """Let every worker finish its turn, commit and save; `run` returns then."""
        self._stop.set()

    def _start(self, count: int) -> list[Member]:
        """New workers, warm. Raises ActionError where one cannot be had."""
        fresh: list[Member] = []
        for _ in range(count):
            name = f"worker-{next(self._names)}"
            worker = remote.create(PlasticWorker, name, self._job)
            fresh.append(Member(worker, WorkerStatus(name, pid=0), serving=worker.warm.remote()))
        for member in fresh:
            warmed: Outcome = remote.answer(member.serving, WARM_TIMEOUT_S)
            if warmed.failure is not None:
                raise ActionError(warmed.failure)
            member.serving = None
            member.status = remote.answer(member.actor.status.remote(), WARM_TIMEOUT_S)
        return fresh

    def _serve(self, member: Member, share: tuple[int, ...]) -> None:
        member.serving = member.actor.serve.remote(share)
        member.status = replace(member.status, partitions=share)
        self._fleet.members.append(member)

    def _settle(self, ended: Iterable[Any]) -> Outcome | None:
        """Replace the dead; a worker that gave up tells why the whole service must stop."""
        for reference in ended:
            member = next(m for m in self._fleet.members if m.serving is reference)
            try:
                outcome: Outcome = remote.answer(reference)
            except RayActorError:
                outcome = self._replace(member)
            if outcome.failure is not None:
                return outcome
        return None

    def _replace(self, dead: Member) -> Outcome:
        """Give the partitions of a dead worker to a standby and start another spare."""
        fleet = self._fleet
        logger.warning("%s (pid %d) died; a standby takes its partitions", dead.status.name, dead.status.pid)
        fleet.members.remove(dead)
        fleet.buried.append(replace(dead.status, alive=False))
        fleet.restarts += 1
        records = fleet.status().records
        self._deaths_in_a_row = self._deaths_in_a_row + 1 if records == self._records_at_last_death else 1
        self._records_at_last_death = records
        if self._deaths_in_a_row > DEATHS_IN_A_ROW:
            return Outcome(
                f"{self._deaths_in_a_row} workers died one after another without committing a record; nothing is"
                " lost: see the workers' logs, free memory, or start again",
                exit_code=1,
            )
        successor = self._living_standby() or self._start(1)[0]
        self._serve(successor, dead.status.partitions)
        while len(fleet.standbys) < self._standbys:
            fleet.standbys += self._start(1)
        return Outcome()

    def _living_standby(self) -> Member | None:
        while self._fleet.standbys:
            standby = self._fleet.standbys.pop()
            try:
                remote.answer(standby.actor.status.remote(), WATCH_S)
            except RayError:
                continue
            return standby
        return None

    def _ask(self) -> None:
        """Gather the answers that have come and ask who has answered; never waits."""
        for member in self._fleet.members:
            if member.asked is None:
                member.asked = member.actor.status.remote()
            try:
                member.status = remote.answer(member.asked, 0)
                member.asked = None
            except GetTimeoutError:
                continue
            except RayError:
                member.asked = None  # its death is told by `serving`

    def _shut_down(self) -> Outcome:
        """Stop all workers; the first failure among them is the outcome."""
        members = self._fleet.members
        for member in members:
            member.actor.stop.remote()
        outcomes: list[Outcome] = []
        for member in members:
            try:
                outcomes.append(remote.answer(member.serving))
                member.status = remote.answer(member.actor.status.remote())
            except RayError:
                outcomes.append(Outcome())  # died while stopping: what it had committed counts, the rest is replayed
        return next((outcome for outcome in outcomes if outcome.failure), Outcome())
