"""The log on Apache Kafka through confluent-kafka (the extra `fast-kafka`): several times faster than kafka-python."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka import Producer as ConfluentProducer
from confluent_kafka.cimpl import NewTopic

from service.log import confluent_client, confluent_sending
from service.log.bounded import PAUSE_S, persist
from service.log.confluent_errors import detail, passes, translated
from service.log.confluent_writer import ConfluentWriter
from service.log.contract import KEEP_ALL, Draft, OffsetGone, Position, Record, Retention, Span
from service.log.kafka_settings import KafkaSettings, topic_options, unreachable
from service.log.placing import clashing_partitions, missing_partition, missing_topic, placed

POLL_S = 0.1
"""One wait for records that are known to be there."""
_END = KafkaError._PARTITION_EOF  # pyright: ignore[reportPrivateUsage] - librdkafka's own codes begin with an underscore


class _Reader:
    """A consumer of one partition, where its caller will go on, and the end that it has seen."""

    def __init__(self, consumer: Consumer, topic: str, partition: int) -> None:
        self.consumer = consumer
        self.topic = topic
        self.partition = partition
        self.next_offset = -1
        self.seen_end = -1

    def seek(self, offset: int) -> None:
        self.consumer.assign([TopicPartition(self.topic, self.partition, offset)])
        self.next_offset = offset
        self.seen_end = -1

    def poll(self, timeout_s: float, limit: int) -> list[Message[Any, Any]]:
        """What has come, at most `limit`, waiting for the first one only."""
        deadline = time.monotonic() + timeout_s
        found = self._records(self.consumer.consume(limit, 0.0))
        while not found:
            remaining_s = deadline - time.monotonic()
            if remaining_s <= 0:
                return []
            found = self._records(self.consumer.consume(1, remaining_s))
            if found and limit > 1:
                found += self._records(self.consumer.consume(limit - 1, 0.0))
        return found

    def _records(self, messages: Sequence[Message[Any, Any]]) -> list[Message[Any, Any]]:
        """The records among what the library hands out; raises what is an error and will not pass by itself."""
        found: list[Message[Any, Any]] = []
        for message in messages:
            error = message.error()
            if error is None:
                found.append(message)
            elif error.code() == _END:
                self.seen_end = max(self.seen_end, message.offset() or 0)
            elif not passes(KafkaException(error)):
                raise KafkaException(error)
        return found


class ConfluentLog:
    """See Log. Connections are made at their first use."""

    def __init__(self, settings: KafkaSettings) -> None:
        """settings: where the cluster is, and who we are to it."""
        self._settings = settings
        self._admin: Any = None
        self._offsets: Consumer | None = None
        self._producer: ConfluentProducer | None = None
        self._readers: dict[tuple[str, int], _Reader] = {}
        self._writers: list[ConfluentWriter] = []
        self._topics: dict[str, int] = {}
        self._turns: defaultdict[str, int] = defaultdict(int)

    def create_topic(self, topic: str, partitions: int, retention: Retention = KEEP_ALL) -> None:
        """See Log. `retention.size_bytes` is shared out over the partitions; Kafka drops whole segments."""
        timeout_s = self._settings.request_timeout_s
        wanted = NewTopic(topic, partitions, self._settings.replication, config=topic_options(retention, partitions))
        with translated(self._settings, f"creating topic {topic}"):
            asked = self._administrator().create_topics(
                [wanted], operation_timeout=timeout_s, request_timeout=timeout_s
            )
            try:
                asked[topic].result(timeout_s)
                self._await_topic(topic)
            except KafkaException as error:
                inner = detail(error)
                if inner is None or inner.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise
                existing = self._counts()[topic]
                if existing != partitions:
                    raise clashing_partitions(topic, existing, partitions) from None

    def _await_topic(self, topic: str) -> None:
        """Until the brokers tell of a topic that the controller has made, no longer than a request may take."""
        deadline = time.monotonic() + self._settings.request_timeout_s
        while topic not in self._counts() and time.monotonic() < deadline:
            Event().wait(PAUSE_S)

    def topics(self) -> Mapping[str, int]:
        """See Log."""
        with translated(self._settings, "listing topics"):
            return self._counts()

    def _counts(self) -> dict[str, int]:
        found = self._administrator().list_topics(timeout=self._settings.connect_timeout_s).topics
        return {
            name: len(topic.partitions)
            for name, topic in found.items()
            if topic.error is None and not name.startswith("__")
        }

    def spans(self, topic: str) -> Mapping[int, Span]:
        """See Log."""
        with translated(self._settings, f"asking for the offsets of {topic}"):
            return {at.partition: self._span(at) for at in confluent_client.places(topic, self.partitions(topic))}

    def _span(self, at: TopicPartition) -> Span:
        if self._offsets is None:  # apart from the readers, on whose connections it would wait behind an open fetch
            self._offsets = confluent_client.consumer(self._settings)
        asker, timeout_s = self._offsets, self._settings.request_timeout_s
        found = persist(timeout_s, lambda: asker.get_watermark_offsets(at, timeout=timeout_s, cached=False), passes)
        return Span(found[0], found[1])

    def append(self, topic: str, drafts: Sequence[Draft]) -> list[Position]:
        """See Log. After LogUnreachable some of the drafts may be in the log and others not."""
        pairs = placed(topic, drafts, self.partitions(topic), self._turns[topic])
        items = [(topic, number, draft) for number, draft in pairs]
        self._turns[topic] += len(items)
        with translated(self._settings, f"writing to {topic}"):
            if self._producer is None:
                self._producer = confluent_client.producer(self._settings)
            try:
                return confluent_sending.send(self._producer, items, self._settings.append_timeout_s)
            except KafkaException:
                self._give_up_producer()
                raise

    def read(self, topic: str, partition: int, offset: int, limit: int, timeout_s: float = 0.0) -> list[Record]:
        """See Log."""
        reader = self._reader(topic, partition)
        doing = f"reading {topic}-{partition} from offset {offset}"
        with translated(self._settings, doing):
            if reader.next_offset != offset:
                reader.seek(offset)
            try:
                found = reader.poll(timeout_s, limit) or self._behind(reader, limit, doing)
            except BaseException:
                reader.next_offset = -1  # what it has taken in is not known: seek before the next read
                raise
        records = [_record(topic, partition, message) for message in found]
        if records:
            reader.next_offset = records[-1].offset + 1
        return records

    def _behind(self, reader: _Reader, limit: int, doing: str) -> list[Message[Any, Any]]:
        """What is there to be read although it has not come yet; [] only at the end of the committed records."""
        end = self._span(TopicPartition(reader.topic, reader.partition)).end
        if reader.next_offset > end:
            raise OffsetGone(f"{reader.topic}-{reader.partition} ends at {end} ({doing})")
        deadline = time.monotonic() + self._settings.request_timeout_s
        while max(reader.next_offset, reader.seen_end) < end:
            found = reader.poll(POLL_S, limit)
            if found:
                return found
            if time.monotonic() > deadline:
                raise unreachable(self._settings, doing, "nothing came in time")
        return []

    def _reader(self, topic: str, partition: int) -> _Reader:
        found = self._readers.get((topic, partition))
        if found is None:
            if not 0 <= partition < self.partitions(topic):
                raise missing_partition(topic, partition, self.partitions(topic))
            found = _Reader(confluent_client.consumer(self._settings), topic, partition)
            self._readers[topic, partition] = found
        return found

    def writer(self, group: str, topic: str, partition: int) -> ConfluentWriter:
        """See Log."""
        if not 0 <= partition < self.partitions(topic):
            raise missing_partition(topic, partition, self.partitions(topic))
        made = ConfluentWriter(self, self._settings, group, topic, partition)
        self._writers.append(made)
        return made

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """See Log."""
        places = confluent_client.places(topic, self.partitions(topic))
        timeout_s = self._settings.request_timeout_s
        with translated(self._settings, f"asking for the positions of group {group}"):
            asker = confluent_client.consumer(self._settings, group)  # new: an old one may know an ended coordinator
            try:
                found = persist(timeout_s, lambda: asker.committed(places, timeout_s), passes)
            finally:
                asker.close()
        return {at.partition: at.offset for at in found if at.offset >= 0}

    def partitions(self, topic: str) -> int:
        """The topic's number of partitions. Raises TopicMissing."""
        if topic not in self._topics:
            self._topics = dict(self.topics())
        if topic not in self._topics:
            raise missing_topic(topic)
        return self._topics[topic]

    def _administrator(self) -> Any:
        """An AdminClient, whose methods' results have no types."""
        if self._admin is None:
            self._admin = confluent_client.admin(self._settings)
        return self._admin

    def trim(self) -> None:
        """See Log. The broker applies retention by itself; there is nothing to ask for."""

    def _give_up_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            confluent_sending.end(producer)

    def close(self) -> None:
        """See Log."""
        self._give_up_producer()
        for writer in self._writers:
            writer.close()
        for reader in self._readers.values():
            reader.consumer.close()
        if self._offsets is not None:
            self._offsets.close()
        self._writers.clear()
        self._readers.clear()
        self._admin, self._offsets = None, None

    def __enter__(self) -> Self:
        """See Log."""
        return self

    def __exit__(self, *_: object) -> None:
        """See Log."""
        self.close()


def _record(topic: str, partition: int, message: Message[Any, Any]) -> Record:
    headers: Any = message.headers() or ()
    offset = message.offset() or 0
    return Record(topic, partition, offset, message.timestamp()[1], message.key(), message.value(), tuple(headers))
