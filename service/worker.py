"""A worker: plain Python that owns some partitions and serves them turn by turn.

It runs in a test, in a notebook or inside a Ray actor (service/cluster/actors.py) without a difference.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from encoders.formats.contract import Unavailable
from plastic_core.core import Core
from service.job import Job
from service.log.contract import Log, LogFull, LogUnreachable
from service.log.open import open_log
from service.shard import Shard, Turn

logger = logging.getLogger(__name__)

IDLE_WAIT_S = 0.05
"""How long a quiet partition is waited for before the next one is asked."""
RETRY_WAIT_S = 1.0
"""Pause after a log that cannot be reached or is full, or a schema registry that does not answer."""


@dataclass
class Tally:
    """What a worker has done since it started; read by others while it works."""

    records: int = 0
    percepts: int = 0
    rejected: int = 0
    marks: Counter[str] = field(default_factory=Counter[str])
    """Mark -> percepts that carry it."""
    streams: int = 0
    positions: dict[int, int] = field(default_factory=dict[int, int])
    waiting_for: str | None = None
    """One line while the log cannot be reached or is full, or a schema registry does not answer."""
    unsaved: str | None = None
    """One line while snapshots cannot be written; learning goes on, a restart would replay more."""

    def add(self, turn: Turn) -> None:
        """Count one turn."""
        self.records += turn.records
        self.percepts += turn.percepts
        self.rejected += turn.rejected
        self.marks.update(turn.marks)


class Worker:
    """Serves partitions of a job until told to stop.

    clock: seconds, for the time between snapshots only; results never depend on it.
    """

    def __init__(self, job: Job, clock: Callable[[], float] = time.monotonic) -> None:
        self.job = job
        self.tally = Tally()
        self._clock = clock
        self._stop = threading.Event()

    @cached_property
    def core(self) -> Core:
        """The network, built at first use."""
        return Core.build(self.job.core)

    def warm(self) -> None:
        """Live through one tick of an imagined stream, so that all kernels are compiled. Raises ValueError."""
        core, rows = self.core, np.zeros(1, np.int64)
        memory, used = core.initial(1), np.full(1, core.config.width, np.int64)
        x = np.zeros((1, core.config.width), np.float32)
        mixture = core.mix(memory, rows, x, x == 0, used)
        core.learn(memory, rows, mixture, used)
        core.step(memory, rows, mixture, used)
        core.expect(memory, rows, mixture, used)

    def stop(self) -> None:
        """Finish the turn, commit it, save the memories, and let `serve` return. May be called from any thread."""
        self._stop.set()

    def serve(self, partitions: Sequence[int]) -> None:
        """Own these partitions until `stop`. Raises what a person or another worker must act on."""
        with open_log(self.job.log) as log:
            shards = [shard for partition in partitions for shard in self._opened(log, partition)]
            saved_s = self._clock()
            while not self._stop.is_set():
                busy = [self._turn(shard, IDLE_WAIT_S / max(len(shards), 1)) for shard in shards]
                if self._clock() - saved_s >= self.job.snapshot_every_s:
                    self._save(shards)
                    saved_s = self._clock()
                if not any(busy) and self.tally.waiting_for:
                    self._stop.wait(RETRY_WAIT_S)
            self._save(shards)
            for shard in shards:
                shard.close()

    def _opened(self, log: Log, partition: int) -> Iterator[Shard]:
        """The shard of a partition; none where it was told to stop while a replay waits for what lies outside."""
        while not self._stop.is_set():
            try:
                yield Shard.open(self.job, self.core, log, partition)
            except Unavailable as error:
                self.tally.waiting_for = str(error)
                self._stop.wait(RETRY_WAIT_S)
            else:
                return

    def _turn(self, shard: Shard, timeout_s: float) -> bool:
        """One turn of one shard; whether anything was done."""
        try:
            turn = shard.turn(timeout_s)
        except (LogUnreachable, LogFull, Unavailable) as error:
            self.tally.waiting_for = str(error)
            return False
        self.tally.waiting_for = None
        self.tally.add(turn)
        self.tally.positions[shard.partition] = shard.offset
        return turn.records > 0

    def _save(self, shards: Sequence[Shard]) -> None:
        self.tally.streams = sum(len(shard.streams) for shard in shards)
        try:
            for shard in shards:
                shard.save()
        except OSError as error:
            self.tally.unsaved = f"snapshots cannot be written: {error}"
            logger.warning(self.tally.unsaved)
        else:
            self.tally.unsaved = None
