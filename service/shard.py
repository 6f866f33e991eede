"""One owned partition: its memories, its place in the log and the right to write its results.

What a shard promises: a record changes a memory once and causes one percept or one dead letter, whatever was killed
when. It follows from three things: results and input position are one commit; a snapshot holds memories together with
the position that made them; and the line from records to memories is deterministic, however the records are split.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from plastic_core.core import Core
from service import snapshots
from service.errors import UsageError
from service.job import Job
from service.log.contract import Draft, Log, OffsetGone, Record, Writer
from service.pipeline import Line, advance, marks_of
from service.streams import Streams

logger = logging.getLogger(__name__)

REPLAY_PATIENCE_S = 5.0
"""How long a replay waits for a record that the log says it has."""


@dataclass(frozen=True)
class Turn:
    """What one turn did."""

    records: int = 0
    percepts: int = 0
    rejected: int = 0
    marks: Mapping[str, int] = field(default_factory=dict[str, int])
    """Mark -> how many percepts carry it."""


@dataclass
class Shard:
    """Use `Shard.open`; then `turn` again and again."""

    job: Job
    line: Line
    partition: int
    log: Log
    writer: Writer
    streams: Streams
    offset: int
    """Next input offset to process; -1 before it is known."""
    unsent: tuple[list[Draft], Turn] | None = None
    """Results of a turn whose commit wrote nothing: they are sent before anything else is read."""

    @classmethod
    def open(cls, job: Job, core: Core, log: Log, partition: int) -> Self:
        """Take the partition over: fence its former owner, restore the newest whole snapshot, replay to the commit.

        Raises LogError, OffsetGone when the log no longer holds what a replay needs, UsageError when the
        snapshots were made by another core.
        """
        writer = log.writer(job.group, job.topic, partition)
        streams, offset = _restored(job, core, partition)
        shard = cls(job, Line.of(job, core, partition), partition, log, writer, streams, offset)
        committed = writer.committed()
        if committed is None:
            shard._begin()
        else:
            shard._replay(committed)
        return shard

    def turn(self, timeout_s: float) -> Turn:
        """Read what has come, learn from it, and commit percepts, dead letters and position in one step.

        Raises LogError; after LogFull and LogUnreachable the same results are sent by the next turn.
        """
        if self.unsent is None:
            records = self.log.read(self.job.topic, self.partition, self.offset, self.job.turn_records, timeout_s)
            if not records:
                return Turn()
            self.unsent = self._learn(records)
        drafts, done = self.unsent
        self.writer.commit(drafts, self.offset)
        self.unsent = None
        return done

    def save(self) -> None:
        """Snapshot the memories with their position. Raises OSError; the snapshots before are kept then."""
        if self.unsent is not None:
            return  # the memories are ahead of what is committed
        folder = self.job.snapshot_folder(self.partition)
        snapshots.write(folder, self.streams.snapshot(self.offset))
        snapshots.retain(folder, self.job.snapshots_kept)

    def close(self) -> None:
        """Give up the right to write."""
        self.writer.close()

    def _learn(self, records: Sequence[Record]) -> tuple[list[Draft], Turn]:
        drafts = advance(self.line, self.streams, records)
        self.offset = records[-1].offset + 1
        rejected = sum(draft.topic == self.job.dead_letters_topic for draft in drafts)
        return drafts, Turn(len(records), len(drafts) - rejected, rejected, marks_of(drafts, self.job.percepts_topic))

    def _begin(self) -> None:
        """Nothing was ever committed here, or the log forgot it: go on from the snapshot, else from the start.

        The snapshot comes before the commit, so that a kill between the two leaves a start that is known.
        """
        if self.offset < 0:
            span = self.log.spans(self.job.topic)[self.partition]
            self.offset = span.first if self.job.start == "earliest" else span.end
            self.save()
        self.writer.commit([], self.offset)

    def _replay(self, committed: int) -> None:
        """Live again through what was committed after the snapshot; its results are in the log already."""
        span = self.log.spans(self.job.topic)[self.partition]
        if self.offset < 0:
            self.offset = span.first
        if self.offset > committed or committed > span.end:
            raise OffsetGone(
                f"{self.job.topic}/{self.partition}: memories stand at offset {self.offset}, the commit of group"
                f" {self.job.group} at {committed}, the log ends at {span.end}: the log was cut or made anew;"
                " give the service another group and another snapshots folder to begin again"
            )
        if self.offset < span.first:
            raise OffsetGone(
                f"{self.job.topic}/{self.partition}: the newest snapshot stands at offset {self.offset}, the log begins"
                f" at {span.first}: what lies between is needed to rebuild the memories; keep the log longer than the"
                " time between snapshots, or begin again with another group"
            )
        while self.offset < committed:
            wanted = min(self.job.turn_records, committed - self.offset)
            records = self.log.read(self.job.topic, self.partition, self.offset, wanted, REPLAY_PATIENCE_S)
            lived = [record for record in records if record.offset < committed]
            if not lived:
                break  # the rest of the offsets are transaction markers
            self._learn(lived)
        self.offset = committed


def _restored(job: Job, core: Core, partition: int) -> tuple[Streams, int]:
    snapshot, broken = snapshots.newest(job.snapshot_folder(partition))
    for line in broken:
        logger.warning("snapshot passed over: %s", line)
    if snapshot is None:
        return Streams.empty(core), -1
    if snapshot.card["weights"] != core.version:
        raise UsageError(
            f"{job.snapshot_folder(partition)}: these memories belong to weights {snapshot.card['weights']}, the"
            f" configured core is {core.version}: set the core section back, or give another group and snapshots folder"
        )
    return Streams.restored(core, snapshot), snapshot.offset
