"""Where a draft goes: its topic's partition, the same in every log, and what no log accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from service.log.contract import Draft, LogError, TopicMissing, partition_of

_cached_partition_of = lru_cache(maxsize=65_536)(partition_of)
"""Streams repeat their keys; the hash in pure Python costs some microseconds."""


def placed(topic: str, drafts: Sequence[Draft], partitions: int, turn: int) -> Iterator[tuple[int, Draft]]:
    """Each draft with its partition: given, else by key, else by turns from `turn` on, one turn a keyless draft.

    Raises TopicMissing for a partition that the topic lacks, LogError for a draft with neither key nor value.
    """
    for draft in drafts:
        if draft.key is None and draft.value is None:
            raise LogError(f"a record for topic {topic!r} has neither key nor value: give at least one of them")
        if draft.partition is not None:
            if not 0 <= draft.partition < partitions:
                raise missing_partition(topic, draft.partition, partitions)
            yield draft.partition, draft
        elif draft.key is not None:
            yield _cached_partition_of(draft.key, partitions), draft
        else:
            yield turn % partitions, draft
            turn += 1


def by_topic(outputs: Iterable[Draft]) -> dict[str, list[Draft]]:
    """Outputs of a commit by the topic they name, in order; LogError when one names none."""
    found: dict[str, list[Draft]] = {}
    for draft in outputs:
        if draft.topic is None:
            raise LogError("an output of Writer.commit must name its topic")
        found.setdefault(draft.topic, []).append(draft)
    return found


def size_of(draft: Draft) -> int:
    """Bytes of its key, value and headers."""
    size = len(draft.key or b"") + len(draft.value or b"")
    return size + sum(len(name) + len(value) for name, value in draft.headers) if draft.headers else size


def missing_topic(topic: str) -> TopicMissing:
    """The error for a topic that nobody created."""
    return TopicMissing(f"topic {topic!r} does not exist: create it, or correct its name")


def missing_partition(topic: str, partition: int, partitions: int) -> TopicMissing:
    """The error for a partition that the topic lacks."""
    return TopicMissing(f"topic {topic!r} has partitions 0 to {partitions - 1}, not {partition}")


def clashing_partitions(topic: str, existing: int, wanted: int) -> LogError:
    """The error for a topic that exists with another number of partitions."""
    return LogError(
        f"topic {topic!r} exists with {existing} partitions, {wanted} are configured: use {existing}, or another topic"
    )
