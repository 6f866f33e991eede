"""The one writer of an input partition's results, on confluent-kafka's transactions. See kafka_writer for the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from confluent_kafka import KafkaException, TopicPartition

from service.log import confluent_client, confluent_sending
from service.log.bounded import TooLateError, within
from service.log.confluent_errors import fences, meaning, translated
from service.log.contract import CommitUncertain, Draft, Fenced, LogError
from service.log.kafka_settings import KafkaSettings, transactional_id, unreachable
from service.log.placing import by_topic, placed

MARGIN_S = 5.0
_REMEDY: dict[type[LogError], str] = {
    Fenced: "stop this one",
    CommitUncertain: "restart and replay",
    LogError: "it is closed, make a new one",
}


class _Cluster(Protocol):
    """What a writer asks of the log that made it."""

    def partitions(self, topic: str) -> int: ...
    def committed(self, group: str, topic: str) -> Mapping[int, int]: ...


class ConfluentWriter:
    """See Writer."""

    def __init__(self, cluster: _Cluster, settings: KafkaSettings, group: str, topic: str, partition: int) -> None:
        """Fence every earlier writer of this partition and end what it left open."""
        self._cluster = cluster
        self._settings = settings
        self._group = group
        self._topic = topic
        self._partition = partition
        self._turn = 0
        self._name = f"group {group}, {topic}-{partition}"
        self._failed: type[LogError] | None = None
        self._position: int | None = None
        with translated(settings, f"becoming the writer of {self._name}"):
            self._metadata = confluent_client.group_metadata(settings, group)
            self._producer = confluent_client.producer(settings, transactional_id(group, topic, partition))
            self._producer.init_transactions(settings.append_timeout_s)

    def committed(self) -> int | None:
        """See Writer."""
        if self._position is None:
            self._position = self._cluster.committed(self._group, self._topic).get(self._partition)
        return self._position

    def commit(self, outputs: Sequence[Draft], next_offset: int) -> None:
        """See Writer. LogUnreachable or another LogError: nothing was written, and it may be tried again."""
        drafts = self._placed(outputs)
        if self._failed is not None:
            raise self._failed(f"this writer ({self._name}) can write no more: {_REMEDY[self._failed]}")
        try:
            self._prepare(drafts, next_offset)
        except (KafkaException, TooLateError) as error:
            raise self._undone(error) from error
        try:
            self._bounded(self._producer.commit_transaction)
        except (KafkaException, TooLateError) as error:
            if fences(error):
                raise self._fenced() from error
            raise self._uncertain(f"whether {self._name} was committed is not known ({error})") from error
        self._position = next_offset

    def _placed(self, outputs: Sequence[Draft]) -> list[confluent_sending.Placed]:
        """Each output with its topic and partition; fails before anything is sent."""
        found: list[confluent_sending.Placed] = []
        for topic, drafts in by_topic(outputs).items():
            pairs = placed(topic, drafts, self._cluster.partitions(topic), self._turn)
            found += [(topic, number, draft) for number, draft in pairs]
        self._turn += len(outputs)
        return found

    def _prepare(self, drafts: Sequence[confluent_sending.Placed], next_offset: int) -> None:
        """Everything of the transaction but its commit: all records acknowledged, the position added."""
        self._producer.begin_transaction()
        confluent_sending.send(self._producer, drafts, self._settings.append_timeout_s)
        positions = [TopicPartition(self._topic, self._partition, next_offset)]
        timeout_s = self._settings.offsets_timeout_s
        within(
            timeout_s,
            lambda: self._producer.send_offsets_to_transaction(positions, self._metadata, timeout_s + MARGIN_S),
        )

    def _bounded(self, step: Callable[[float], None]) -> None:
        """One step of a transaction with the library's timeout, and with ours in case it forgets its own."""
        timeout_s = self._settings.append_timeout_s
        within(timeout_s + MARGIN_S, lambda: step(timeout_s))

    def _undone(self, error: KafkaException | TooLateError) -> LogError:
        """Abort; the error to raise. The commit was never asked for, so nothing can have been written."""
        if fences(error):
            return self._fenced()
        try:
            self._bounded(self._producer.abort_transaction)
        except (KafkaException, TooLateError) as second:
            if fences(second):
                return self._fenced()
            return self._uncertain(f"{self._name} could not be aborted ({second}, after {error})")
        doing = f"committing {self._name}"
        if isinstance(error, TooLateError):
            return unreachable(self._settings, doing, str(error))
        return meaning(error, self._settings, doing)

    def _fenced(self) -> Fenced:
        self._failed = Fenced
        return Fenced(f"another writer has taken over {self._name}: {_REMEDY[Fenced]}")

    def _uncertain(self, what: str) -> CommitUncertain:
        self._failed = CommitUncertain
        return CommitUncertain(f"{what}: {_REMEDY[CommitUncertain]}")

    def close(self) -> None:
        """See Writer. Between commits no transaction is open."""
        self._failed = self._failed or LogError
        confluent_sending.end(self._producer)
