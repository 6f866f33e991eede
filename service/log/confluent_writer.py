"""The one writer of an input partition's results, on confluent-kafka's transactions. See kafka_writer for the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from confluent_kafka import KafkaException, TopicPartition

from service.log import confluent_client, confluent_sending
from service.log.confluent_errors import fences, meaning, translated
from service.log.contract import CommitUncertain, Draft, Fenced, LogError
from service.log.kafka_settings import KafkaSettings, transactional_id
from service.log.placing import by_topic, placed


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
        self._broken = False
        with translated(settings, f"becoming the writer of {self._name}"):
            self._metadata = confluent_client.group_metadata(settings, group)
            self._producer = confluent_client.producer(settings, transactional_id(group, topic, partition))
            self._producer.init_transactions(settings.append_timeout_s)

    def committed(self) -> int | None:
        """See Writer."""
        return self._cluster.committed(self._group, self._topic).get(self._partition)

    def commit(self, outputs: Sequence[Draft], next_offset: int) -> None:
        """See Writer. LogUnreachable or another LogError: nothing was written, and it may be tried again."""
        drafts = self._placed(outputs)
        if self._broken:
            raise CommitUncertain(f"this writer ({self._name}) has failed before: restart and replay")
        try:
            self._prepare(drafts, next_offset)
        except KafkaException as error:
            raise self._undone(error) from error
        try:
            self._producer.commit_transaction(self._settings.append_timeout_s)
        except KafkaException as error:
            self._broken = True
            if fences(error):
                raise self._fenced() from error
            raise CommitUncertain(f"whether {self._name} was committed is not known ({error}): restart") from error

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
        self._producer.send_offsets_to_transaction(positions, self._metadata, self._settings.append_timeout_s)

    def _undone(self, error: KafkaException) -> LogError:
        """Abort; the error to raise. The commit was never asked for, so nothing can have been written."""
        if fences(error):
            self._broken = True
            return self._fenced()
        try:
            self._producer.abort_transaction(self._settings.append_timeout_s)
        except KafkaException as second:
            self._broken = True
            if fences(second):
                return self._fenced()
            return CommitUncertain(f"{self._name} could not be aborted ({second}, after {error}): restart and replay")
        return meaning(error, self._settings, f"committing {self._name}")

    def _fenced(self) -> Fenced:
        return Fenced(f"another writer has taken over {self._name}: stop this one")

    def close(self) -> None:
        """See Writer. Between commits no transaction is open."""
        self._broken = True
        confluent_sending.end(self._producer)
