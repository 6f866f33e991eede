"""The embedded log: a durable log in one SQLite file, for any number of processes on one machine.

A SQLite transaction is the atomic step: outputs, input position and the check of the writer's epoch lie in one.
"""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Self

from service.log.contract import (
    KEEP_ALL,
    CommitUncertain,
    Draft,
    Fenced,
    LogError,
    OffsetGone,
    Position,
    Record,
    Retention,
    Span,
)
from service.log.placing import by_topic, clashing_partitions, missing_partition, missing_topic, placed
from service.log.tables import Synchronous, connect, headers_of, headers_text, meaning, translated, writing

POLL_S = 0.002
"""How often a waiting reader asks whether any other connection has committed; one question costs some 10 us."""
SHRINK_PAGES = 1000
TRIM_ROWS = 10_000
"""Rows removed in one transaction, so that writers never wait long."""

_Row = tuple[str, int, int, int, bytes | None, bytes | None, str | None]


class EmbeddedLog:
    """See Log. One file, `log.sqlite`, in a folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, EmbeddedLog(Path(folder)) as log:
    ...     log.create_topic("plant", partitions=1)
    ...     positions = log.append("plant", [Draft(b"21.5", key=b"pump-7")])
    ...     [record.value for record in log.read("plant", 0, offset=0, limit=10)]
    [b'21.5']
    """

    def __init__(
        self,
        directory: Path,
        *,
        synchronous: Synchronous = "full",
        limit_bytes: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open or create the log.

        synchronous: "full" survives a power cut; "normal" survives kill -9, while a power cut may take the last
        moments (never a part of a commit). limit_bytes: size at which writes raise LogFull. clock: seconds since 1970
        UTC, for records without a time stamp and for retention by age.
        """
        self._directory = directory
        self._clock = clock
        self._connection = connect(directory, synchronous, limit_bytes)
        self._partitions: dict[str, int] = {}
        self._turns: defaultdict[str, int] = defaultdict(int)

    def create_topic(self, topic: str, partitions: int, retention: Retention = KEEP_ALL) -> None:
        """See Log."""
        if partitions < 1:
            raise LogError(f"topic {topic!r} needs at least one partition")
        with translated(self._directory), writing(self._connection):
            found = self._connection.execute("SELECT partitions FROM topics WHERE topic = ?", (topic,)).fetchone()
            if found is None:
                self._connection.execute(
                    "INSERT INTO topics VALUES (?, ?, ?, ?)",
                    (topic, partitions, retention.age_s, retention.size_bytes),
                )
                self._connection.executemany(
                    "INSERT INTO partitions VALUES (?, ?, 0, 0, 0)", [(topic, number) for number in range(partitions)]
                )
        if found is not None and found[0] != partitions:
            raise clashing_partitions(topic, found[0], partitions)

    def topics(self) -> Mapping[str, int]:
        """See Log."""
        with translated(self._directory):
            return dict(self._connection.execute("SELECT topic, partitions FROM topics").fetchall())

    def spans(self, topic: str) -> Mapping[int, Span]:
        """See Log."""
        self._count(topic)
        query = 'SELECT partition, first, "end" FROM partitions WHERE topic = ?'
        with translated(self._directory):
            return {number: Span(first, end) for number, first, end in self._connection.execute(query, (topic,))}

    def append(self, topic: str, drafts: Sequence[Draft]) -> list[Position]:
        """See Log."""
        self._count(topic)
        with translated(self._directory), writing(self._connection):
            return self.insert(topic, drafts)

    def insert(self, topic: str, drafts: Sequence[Draft]) -> list[Position]:
        """Add the drafts within the transaction that the caller holds, for `append` and the writer's commit."""
        now_ms = int(self._clock() * 1000)
        pairs = list(placed(topic, drafts, self._count(topic), self._turns[topic]))
        self._turns[topic] += len(drafts)
        ends = {number: self._end(topic, number) for number in {number for number, _ in pairs}}
        sizes = dict.fromkeys(ends, 0)
        rows: list[_Row] = []
        for number, draft in pairs:
            headers = headers_text(draft.headers)
            at_ms = now_ms if draft.timestamp_ms is None else draft.timestamp_ms
            rows.append((topic, number, ends[number], at_ms, draft.key, draft.value, headers))
            ends[number] += 1
            sizes[number] += len(draft.key or b"") + len(draft.value or b"") + len(headers or "")
        self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.executemany(
            'UPDATE partitions SET "end" = ?, bytes = bytes + ? WHERE topic = ? AND partition = ?',
            [(end, sizes[number], topic, number) for number, end in ends.items()],
        )
        return [Position(row[1], row[2]) for row in rows]

    def read(self, topic: str, partition: int, offset: int, limit: int, timeout_s: float = 0.0) -> list[Record]:
        """See Log."""
        deadline = time.monotonic() + timeout_s
        pause = Event()
        with translated(self._directory):
            while True:
                version = self._data_version()
                records = self._stored(topic, partition, offset, limit)
                if records:
                    return records
                if self._may_wait(topic, partition, offset):
                    while self._data_version() == version:
                        remaining_s = deadline - time.monotonic()
                        if remaining_s <= 0:
                            return []
                        pause.wait(min(POLL_S, remaining_s))

    def _data_version(self) -> int:
        """Changes when any other connection has committed anything."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _stored(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """The records from `offset` on, if that very offset is there."""
        rows: list[_Row] = self._connection.execute(
            'SELECT * FROM records WHERE topic = ? AND partition = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?',
            (topic, partition, offset, limit),
        ).fetchall()
        if not rows or rows[0][2] != offset:
            return []
        return [
            Record(topic, partition, at, at_ms, key, value, headers_of(headers) if headers else ())
            for _, _, at, at_ms, key, value, headers in rows
        ]

    def _may_wait(self, topic: str, partition: int, offset: int) -> bool:
        """Whether `offset` is the end; False when it has been written since. Raises OffsetGone or TopicMissing."""
        first, end = self._span(topic, partition)
        if not first <= offset <= end:
            raise OffsetGone(f"{topic}-{partition} holds offsets {first} to {end}, not {offset}")
        return offset == end

    def writer(self, group: str, topic: str, partition: int) -> EmbeddedWriter:
        """See Log."""
        with translated(self._directory), writing(self._connection):
            self._span(topic, partition)
            row = self._connection.execute(
                "INSERT INTO writers VALUES (?, ?, ?, 1) "
                'ON CONFLICT ("group", topic, partition) DO UPDATE SET epoch = epoch + 1 RETURNING epoch',
                (group, topic, partition),
            ).fetchone()
        return EmbeddedWriter(self, self._connection, self._directory, (group, topic, partition), int(row[0]))

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """See Log."""
        query = 'SELECT partition, next_offset FROM positions WHERE "group" = ? AND topic = ?'
        with translated(self._directory):
            return dict(self._connection.execute(query, (group, topic)).fetchall())

    def trim(self) -> None:
        """See Log. Freed pages are given back to the file system."""
        with translated(self._directory):
            query = "SELECT topic, partitions, age_s, size_bytes FROM topics WHERE age_s OR size_bytes IS NOT NULL"
            for topic, partitions, age_s, size_bytes in self._connection.execute(query).fetchall():
                for number in range(partitions):
                    if age_s is not None:
                        self._forget_before(topic, number, int((self._clock() - age_s) * 1000))
                    if size_bytes is not None:
                        self._forget_above(topic, number, size_bytes // partitions)
            self._shrink()

    def _shrink(self) -> None:
        """Give free pages back, some at a time so that writers never wait long."""
        (pages,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        for _ in range(0, pages, SHRINK_PAGES):
            # a script, because execute takes only the first step of this statement, which frees a single page
            self._connection.executescript(f"PRAGMA incremental_vacuum({SHRINK_PAGES})")

    def _forget_before(self, topic: str, partition: int, cutoff_ms: int) -> None:
        """Drop the oldest records up to the first one as young as `cutoff_ms`."""
        row = self._connection.execute(
            'SELECT "offset" FROM records WHERE topic = ? AND partition = ? AND timestamp_ms >= ? '
            'ORDER BY "offset" LIMIT 1',
            (topic, partition, cutoff_ms),
        ).fetchone()
        self._forget(topic, partition, row[0] if row else self._end(topic, partition))

    def _forget_above(self, topic: str, partition: int, size_bytes: int) -> None:
        """Drop the oldest records until at most `size_bytes` are kept."""
        (kept,) = self._connection.execute(
            "SELECT bytes FROM partitions WHERE topic = ? AND partition = ?", (topic, partition)
        ).fetchone()
        query = f'SELECT "offset", {_SIZE} FROM records WHERE topic = ? AND partition = ? ORDER BY "offset"'  # noqa: S608 - a constant
        before = None
        for offset, size in self._connection.execute(query, (topic, partition)):
            if kept <= size_bytes:
                break
            kept -= size
            before = offset + 1
        if before is not None:
            self._forget(topic, partition, before)

    def _forget(self, topic: str, partition: int, before: int) -> None:
        """Drop the records below offset `before`, some at a time."""
        first = self._span(topic, partition).first
        while first < before:
            upto = min(first + TRIM_ROWS, before)
            with writing(self._connection):
                where = (topic, partition, upto)
                (freed,) = self._connection.execute(
                    f"SELECT total({_SIZE}) FROM records "  # noqa: S608 - a constant
                    'WHERE topic = ? AND partition = ? AND "offset" < ?',
                    where,
                ).fetchone()
                self._connection.execute(
                    'DELETE FROM records WHERE topic = ? AND partition = ? AND "offset" < ?', where
                )
                self._connection.execute(
                    "UPDATE partitions SET first = max(first, ?), bytes = bytes - ? WHERE topic = ? AND partition = ?",
                    (upto, int(freed), topic, partition),
                )
            first = upto

    def _count(self, topic: str) -> int:
        """The topic's number of partitions, which never changes. Raises TopicMissing."""
        if topic not in self._partitions:
            self._partitions = dict(self.topics())
        if topic not in self._partitions:
            raise missing_topic(topic)
        return self._partitions[topic]

    def _span(self, topic: str, partition: int) -> Span:
        row = self._connection.execute(
            'SELECT first, "end" FROM partitions WHERE topic = ? AND partition = ?', (topic, partition)
        ).fetchone()
        if row is None:
            raise missing_partition(topic, partition, self._count(topic))
        return Span(*row)

    def _end(self, topic: str, partition: int) -> int:
        return self._span(topic, partition).end

    def close(self) -> None:
        """See Log."""
        self._connection.close()

    def __enter__(self) -> Self:
        """See Log."""
        return self

    def __exit__(self, *_: object) -> None:
        """See Log."""
        self.close()


_SIZE = "coalesce(length(key), 0) + coalesce(length(value), 0) + coalesce(length(CAST(headers AS BLOB)), 0)"


class EmbeddedWriter:
    """See Writer. It shares the connection of the log that made it."""

    def __init__(
        self,
        log: EmbeddedLog,
        connection: sqlite3.Connection,
        directory: Path,
        place: tuple[str, str, int],
        epoch: int,
    ) -> None:
        """place: (group, topic, partition) of the input; epoch: its number among the writers of this place."""
        self._log = log
        self._connection = connection
        self._directory = directory
        self._place = place
        self._epoch = epoch

    def committed(self) -> int | None:
        """See Writer."""
        group, topic, partition = self._place
        return self._log.committed(group, topic).get(partition)

    def commit(self, outputs: Sequence[Draft], next_offset: int) -> None:
        """See Writer."""
        drafts = by_topic(outputs)
        try:
            with writing(self._connection):
                self._check_epoch()
                for topic, those in drafts.items():
                    self._log.insert(topic, those)
                self._connection.execute(
                    "INSERT INTO positions VALUES (?, ?, ?, ?) "
                    'ON CONFLICT ("group", topic, partition) DO UPDATE SET next_offset = excluded.next_offset',
                    (*self._place, next_offset),
                )
        except sqlite3.Error as error:
            raise self._meaning(error) from error

    def _check_epoch(self) -> None:
        """Raises Fenced unless this is still the newest writer."""
        row = self._connection.execute(
            'SELECT epoch FROM writers WHERE "group" = ? AND topic = ? AND partition = ?', self._place
        ).fetchone()
        if row != (self._epoch,):
            group, topic, partition = self._place
            raise Fenced(f"another writer of group {group!r} has taken over {topic}-{partition}: stop this one")

    def _meaning(self, error: sqlite3.Error) -> LogError:
        code = getattr(error, "sqlite_errorcode", 0) or 0
        if code & 0xFF == sqlite3.SQLITE_IOERR:  # the disk failed in a write or sync: it may be in the file or not
            return CommitUncertain(f"the disk under {self._directory} failed in a commit ({error}): restart and replay")
        return meaning(error, self._directory)

    def close(self) -> None:
        """See Writer. Nothing is held between commits."""
