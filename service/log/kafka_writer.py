"""The one writer of an input partition's results, on kafka-python's transactions.

Crash-only: the commit is asked for only when every record has been acknowledged, and a commit whose outcome cannot be
known ends the process. A fenced writer must not make itself a new producer: with the same id that would fence the
rightful owner.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

from kafka.errors import KafkaError

from service.log import kafka_client
from service.log.bounded import TooLateError, within
from service.log.contract import CommitUncertain, Draft, Fenced, LogError
from service.log.kafka_client import Producer
from service.log.kafka_errors import fences, meaning, translated
from service.log.kafka_settings import KafkaSettings, transactional_id
from service.log.placing import by_topic, placed

_REMEDY: dict[type[LogError], str] = {
    Fenced: "stop this one",
    CommitUncertain: "restart and replay",
    LogError: "it is closed, make a new one",
}


class _Cluster(Protocol):
    """What a writer asks of the log that made it."""

    def partitions(self, topic: str) -> int: ...
    def committed(self, group: str, topic: str) -> Any: ...


class KafkaWriter:
    """See Writer."""

    def __init__(self, cluster: _Cluster, settings: KafkaSettings, group: str, topic: str, partition: int) -> None:
        """Fence every earlier writer of this partition and end what it left open."""
        self._cluster = cluster
        self._settings = settings
        self._group = group
        self._input = kafka_client.place(topic, partition)
        self._turn = 0
        self._name = f"group {group}, {topic}-{partition}"
        self._failed: type[LogError] | None = None
        self._position: int | None = None
        with translated(settings, f"becoming the writer of {self._name}"):
            self._producer: Producer = kafka_client.producer(settings, transactional_id(group, topic, partition))
            try:
                self._producer.init_transactions()
            except BaseException:
                self._end()
                raise

    def committed(self) -> int | None:
        """See Writer."""
        if self._position is None:
            self._position = self._cluster.committed(self._group, self._input.topic).get(self._input.partition)
        return self._position

    def commit(self, outputs: Sequence[Draft], next_offset: int) -> None:
        """See Writer. LogUnreachable or another LogError: nothing was written, and it may be tried again."""
        drafts = self._placed(outputs)
        if self._failed is not None:
            raise self._failed(f"this writer ({self._name}) can write no more: {_REMEDY[self._failed]}")
        try:
            self._prepare(drafts, next_offset)
        except (KafkaError, TooLateError) as error:
            raise self._undone(error) from error
        try:
            within(self._settings.append_timeout_s, self._producer.commit_transaction)
        except (KafkaError, TooLateError) as error:
            if fences(error):
                raise self._fenced() from error
            raise self._uncertain(f"whether {self._name} was committed is not known ({error})") from error
        self._position = next_offset

    def _placed(self, outputs: Sequence[Draft]) -> list[tuple[str, int, Draft]]:
        """Each output with its topic and partition; fails before anything is sent."""
        found: list[tuple[str, int, Draft]] = []
        for topic, drafts in by_topic(outputs).items():
            pairs = placed(topic, drafts, self._cluster.partitions(topic), self._turn)
            found += [(topic, number, draft) for number, draft in pairs]
        self._turn += len(outputs)
        return found

    def _prepare(self, drafts: Sequence[tuple[str, int, Draft]], next_offset: int) -> None:
        """Everything of the transaction but its commit: all records acknowledged, the position added."""
        deadline = time.monotonic() + self._settings.append_timeout_s
        producer = self._producer
        producer.begin_transaction()
        futures = [
            producer.send(topic, draft.value, draft.key, list(draft.headers), number, draft.timestamp_ms)
            for topic, number, draft in drafts
        ]
        producer.flush(timeout=self._settings.append_timeout_s)
        for future in futures:  # the guard: a late answer has been seen to lose a whole transaction without it
            future.get(timeout=max(deadline - time.monotonic(), 0.001))
        positions = {self._input: kafka_client.position(next_offset)}
        metadata = kafka_client.group_metadata(self._group)
        within(
            max(deadline - time.monotonic(), 0.001), lambda: producer.send_offsets_to_transaction(positions, metadata)
        )

    def _undone(self, error: KafkaError | TooLateError) -> LogError:
        """Abort; the error to raise. The commit was never asked for, so nothing can have been written."""
        if fences(error):
            return self._fenced()
        try:
            within(self._settings.append_timeout_s, self._producer.abort_transaction)
        except (KafkaError, TooLateError) as second:
            if fences(second):
                return self._fenced()
            return self._uncertain(f"{self._name} could not be aborted ({second}, after {error})")
        doing = f"committing {self._name}"
        return meaning(error if isinstance(error, KafkaError) else kafka_client.late(str(error)), self._settings, doing)

    def _fenced(self) -> Fenced:
        self._failed = Fenced
        return Fenced(f"another writer has taken over {self._name}: {_REMEDY[Fenced]}")

    def _uncertain(self, what: str) -> CommitUncertain:
        self._failed = CommitUncertain
        return CommitUncertain(f"{what}: {_REMEDY[CommitUncertain]}")

    def close(self) -> None:
        """See Writer. Between commits no transaction is open."""
        self._failed = self._failed or LogError
        self._end()

    def _end(self) -> None:
        kafka_client.end(self._producer)
