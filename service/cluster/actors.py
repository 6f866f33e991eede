"""The worker as a Ray actor; no logic of its own.

max_restarts is 0: an actor that Ray restarts has lost its memories without saying so. The controller replaces a dead
worker by a warm standby, which restores them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence

from service.cluster import remote
from service.cluster.outcome import Outcome, WorkerStatus
from service.errors import verdict
from service.job import Job
from service.log.contract import CommitUncertain
from service.worker import Worker

logger = logging.getLogger(__name__)

UNCERTAIN_EXIT = 70
"""Exit status of a worker process that cannot know whether its commit happened (EX_SOFTWARE)."""


@remote.actor(serving=1, asking=1)
class PlasticWorker:
    """Owns partitions of a job; call `warm` first, then `serve`."""

    def __init__(self, name: str, job: Job) -> None:
        self._name = name
        self._worker = Worker(job)
        self._partitions: tuple[int, ...] = ()

    @remote.in_group("serving")
    def warm(self) -> Outcome:
        """Import and compile everything, so that partitions can be taken over at once."""
        return self._outcome(self._worker.warm)

    @remote.in_group("serving")
    def serve(self, partitions: Sequence[int]) -> Outcome:
        """See Worker.serve: one long call whose end tells the controller how it ended."""
        self._partitions = tuple(partitions)
        return self._outcome(lambda: self._worker.serve(partitions))

    @remote.in_group("asking")
    def status(self) -> WorkerStatus:
        """What it has done so far."""
        tally = self._worker.tally
        return WorkerStatus(
            name=self._name,
            pid=os.getpid(),
            partitions=self._partitions,
            records=tally.records,
            percepts=tally.percepts,
            rejected=tally.rejected,
            marks=dict(tally.marks),
            streams=tally.streams,
            positions=dict(tally.positions),
            waiting_for=tally.waiting_for,
            unsaved=tally.unsaved,
        )

    @remote.in_group("asking")
    def stop(self) -> None:
        """See Worker.stop."""
        self._worker.stop()

    def _outcome(self, work: Callable[[], None]) -> Outcome:
        try:
            work()
        except CommitUncertain:
            os._exit(UNCERTAIN_EXIT)  # only a replay from what the log says can tell
        except Exception as error:
            end = verdict(error)
            if not end.expected:
                logger.exception("worker %s failed", self._name)
            return Outcome(end.line, int(end.exit_code))
        return Outcome()
