"""The seam between plastream and any durable log: the truth about what was sent and what was answered.

Two kinds keep this contract: Apache Kafka (two drivers) and the embedded log on SQLite. The same suite,
tests/contracts/test_log.py, runs against all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """One record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    """Milliseconds since 1970 UTC, given by the sender or else by the log on arrival."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Draft(NamedTuple):
    """One record to be written."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    partition: int | None = None
    """Given by the sender, else by the key's hash (the same in every log), else by turns."""
    timestamp_ms: int | None = None
    topic: str | None = None
    """Only for `Writer.commit`, whose records may go to several topics."""


class Position(NamedTuple):
    """Where a written record lies."""

    partition: int
    offset: int


class Span(NamedTuple):
    """The offsets of one partition that can be read: first <= offset < end."""

    first: int
    end: int


@dataclass(frozen=True)
class Retention:
    """What a topic may forget; None keeps everything."""

    age_s: float | None = None
    size_bytes: int | None = None


KEEP_ALL = Retention()
"""Retention by default."""


class LogError(Exception):
    """The log could not do what was asked; the message says what to do."""


class LogUnreachable(LogError):
    """No broker answers, or the file cannot be opened: wait, or correct the address."""


class TopicMissing(LogError):
    """The named topic or partition does not exist."""


class OffsetGone(LogError):
    """The offset lies before the first one kept (retention has passed it) or beyond the end."""


class Fenced(LogError):
    """Another writer has taken this partition over: stop, and write nothing more."""


class CommitUncertain(LogError):
    """The commit may or may not have happened: the process must end and replay from what the log says."""


class LogFull(LogError):
    """The disk or quota is full; nothing of the batch was written."""


class Writer(Protocol):
    """The one writer of an input partition's results: exactly one may live for each (group, topic, partition)."""

    def committed(self) -> int | None:
        """The next input offset to process, as of the last commit; None before the first."""
        ...

    def commit(self, outputs: Sequence[Draft], next_offset: int) -> None:
        """Write `outputs` and the input position in one atomic step, durable when this returns.

        Readers see all of it or nothing: at once in the embedded log, some milliseconds later in Kafka.
        outputs: each names its topic. next_offset: the first input offset not yet processed.
        Raises Fenced when another writer has taken over, LogFull when nothing was written, CommitUncertain when
        the outcome cannot be known.
        """
        ...

    def close(self) -> None:
        """Give up the partition; an open transaction is aborted."""
        ...


class Log(Protocol):
    """Topics of partitions of records, readable by offset, with atomic commits of results and input positions.

    A Log object belongs to one process and one thread; any number of processes may open the same log.
    """

    def create_topic(self, topic: str, partitions: int, retention: Retention = KEEP_ALL) -> None:
        """Create the topic; one that exists with as many partitions is left as it is, else LogError."""
        ...

    def topics(self) -> Mapping[str, int]:
        """Name -> number of partitions, of all topics that users made."""
        ...

    def spans(self, topic: str) -> Mapping[int, Span]:
        """Partition -> readable offsets, committed records only. Raises TopicMissing."""
        ...

    def append(self, topic: str, drafts: Sequence[Draft]) -> list[Position]:
        """Write the drafts in order and return when all are durable. Raises TopicMissing, LogFull, LogUnreachable."""
        ...

    def read(self, topic: str, partition: int, offset: int, limit: int, timeout_s: float = 0.0) -> list[Record]:
        """At most `limit` committed records from `offset` on, waiting up to `timeout_s` for the first.

        Offsets rise but need not be consecutive (Kafka's transaction markers take some). Raises OffsetGone below
        the first kept offset and above the end; at the end itself it returns [].
        """
        ...

    def writer(self, group: str, topic: str, partition: int) -> Writer:
        """Become the one writer for this partition; every earlier writer of it is fenced from now on."""
        ...

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """Partition -> next input offset to process, for those that were ever committed."""
        ...

    def trim(self) -> None:
        """Apply retention now."""
        ...

    def close(self) -> None:
        """Release connections and files."""
        ...

    def __enter__(self) -> Self:
        """For use in a with statement."""
        ...

    def __exit__(self, *_: object) -> None:
        """See close."""
        ...


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: Kafka's own murmur2 hash, so that every client agrees.

    >>> partition_of(b"pump-7", 4) == partition_of(b"pump-7", 4)
    True
    """
    return (_murmur2(key) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """MurmurHash2 (Austin Appleby, public domain) with Kafka's seed, 32 bits."""
    mask, multiplier = 0xFFFFFFFF, 0x5BD1E995
    length = len(data)
    value = (0x9747B28C ^ length) & mask
    whole = length - length % 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little")
        word = word * multiplier & mask
        word = (word ^ word >> 24) * multiplier & mask
        value = (value * multiplier & mask) ^ word
    tail = data[whole:]
    if tail:
        value = (value ^ int.from_bytes(tail, "little")) * multiplier & mask
    value = (value ^ value >> 13) * multiplier & mask
    return value ^ value >> 15
