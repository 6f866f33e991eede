"""The log on Apache Kafka through kafka-python, joining no group: partitions are assigned by our controller."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any, Self

from kafka.errors import KafkaTimeoutError, TopicAlreadyExistsError

from service.log import kafka_client
from service.log.contract import KEEP_ALL, Draft, OffsetGone, Position, Record, Retention, Span
from service.log.kafka_client import Admin, Consumer, Producer, Sent
from service.log.kafka_errors import translated
from service.log.kafka_settings import (
    OUTSTANDING_BYTES,
    OUTSTANDING_RECORDS,
    KafkaSettings,
    topic_options,
    unreachable,
)
from service.log.kafka_writer import KafkaWriter
from service.log.placing import clashing_partitions, missing_partition, missing_topic, placed, size_of

POLL_MS = 100
"""One wait for records that are known to be there."""


class _Reader:
    """A consumer of one partition, and where its caller will go on."""

    def __init__(self, consumer: Consumer, topic: str, partition: int) -> None:
        self.consumer = consumer
        self.place = kafka_client.place(topic, partition)
        self.next_offset = -1
        consumer.assign([self.place])

    def poll(self, timeout_ms: int, limit: int) -> list[Any]:
        """What has come, at most `limit`."""
        return self.consumer.poll(timeout_ms, limit).get(self.place, [])

    def position(self) -> int:
        """The next offset that it will fetch: beyond markers and aborted records that it has skipped."""
        found = self.consumer.position(self.place)
        return self.next_offset if found is None else found


class KafkaLog:
    """See Log. Connections are made at their first use."""

    def __init__(self, settings: KafkaSettings) -> None:
        """settings: where the cluster is, and who we are to it."""
        self._settings = settings
        self._admin: Admin | None = None
        self._offsets: Consumer | None = None
        self._producer: Producer | None = None
        self._readers: dict[tuple[str, int], _Reader] = {}
        self._groups: dict[str, Consumer] = {}
        self._writers: list[KafkaWriter] = []
        self._topics: dict[str, int] = {}
        self._turns: defaultdict[str, int] = defaultdict(int)

    def create_topic(self, topic: str, partitions: int, retention: Retention = KEEP_ALL) -> None:
        """See Log. `retention.size_bytes` is shared out over the partitions; Kafka drops whole segments."""
        wanted = {
            "num_partitions": partitions,
            "replication_factor": self._settings.replication,
            "configs": topic_options(retention, partitions),
        }
        with translated(self._settings, f"creating topic {topic}"):
            try:
                self._administrator().create_topics({topic: wanted}, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                existing = self._described([topic])[topic]
                if existing != partitions:
                    raise clashing_partitions(topic, existing, partitions) from None

    def topics(self) -> Mapping[str, int]:
        """See Log."""
        with translated(self._settings, "listing topics"):
            return self._described(None)

    def _described(self, names: list[str] | None) -> dict[str, int]:
        found = self._administrator().describe_topics(names)
        return {
            topic["name"]: len(topic["partitions"])
            for topic in found
            if not topic["error_code"] and not topic["is_internal"] and not topic["name"].startswith("__")
        }

    def spans(self, topic: str) -> Mapping[int, Span]:
        """See Log."""
        places = [kafka_client.place(topic, number) for number in range(self.partitions(topic))]
        with translated(self._settings, f"asking for the offsets of {topic}"):
            firsts = self._asker().beginning_offsets(places)
            ends = self._asker().end_offsets(places)
        return {at.partition: Span(firsts[at], ends[at]) for at in places}

    def append(self, topic: str, drafts: Sequence[Draft]) -> list[Position]:
        """See Log. After LogUnreachable some of the drafts may be in the log and others not."""
        pairs = list(placed(topic, drafts, self.partitions(topic), self._turns[topic]))
        self._turns[topic] += len(pairs)
        doing = f"writing to {topic}"
        deadline = time.monotonic() + self._settings.append_timeout_s
        with translated(self._settings, doing):
            if self._producer is None:
                self._producer = kafka_client.producer(self._settings)
            try:
                return self._sent(self._producer, topic, pairs, deadline)
            except KafkaTimeoutError:
                self._give_up_producer()  # it may be wedged for good: the next append starts with a new one
                raise

    def _sent(
        self, producer: Producer, topic: str, pairs: Sequence[tuple[int, Draft]], deadline: float
    ) -> list[Position]:
        """Send all, never with more outstanding than stated, and wait for each acknowledgement."""
        outstanding: deque[tuple[Sent, int]] = deque()
        held_bytes = 0
        positions: list[Position] = []

        def acknowledge() -> int:
            future, size = outstanding.popleft()
            done = future.get(timeout=max(deadline - time.monotonic(), 0.001))
            positions.append(Position(done.partition, done.offset))
            return size

        for number, draft in pairs:
            while len(outstanding) >= OUTSTANDING_RECORDS or held_bytes > OUTSTANDING_BYTES:
                held_bytes -= acknowledge()
            future = producer.send(topic, draft.value, draft.key, list(draft.headers), number, draft.timestamp_ms)
            outstanding.append((future, size_of(draft)))
            held_bytes += size_of(draft)
        producer.flush(timeout=max(deadline - time.monotonic(), 0.001))
        while outstanding:
            acknowledge()
        return positions

    def read(self, topic: str, partition: int, offset: int, limit: int, timeout_s: float = 0.0) -> list[Record]:
        """See Log."""
        reader = self._reader(topic, partition)
        doing = f"reading {topic}-{partition} from offset {offset}"
        with translated(self._settings, doing):
            if reader.next_offset != offset:
                reader.consumer.seek(reader.place, offset)
                reader.next_offset = offset
            try:
                found = reader.poll(int(timeout_s * 1000), limit) or self._behind(reader, limit, doing)
            except BaseException:
                reader.next_offset = -1  # what it has taken in is not known: seek before the next read
                raise
        if found:
            reader.next_offset = found[-1].offset + 1
        return [
            Record(topic, partition, at.offset, at.timestamp, at.key, at.value, tuple(at.headers or ())) for at in found
        ]

    def _behind(self, reader: _Reader, limit: int, doing: str) -> list[Any]:
        """What is there to be read although it has not come yet; [] only at the end of the committed records."""
        end = self._asker().end_offsets([reader.place])[reader.place]
        if reader.next_offset > end:
            raise OffsetGone(f"{reader.place.topic}-{reader.place.partition} ends at {end} ({doing})")
        deadline = time.monotonic() + self._settings.request_timeout_s
        while reader.position() < end:
            found = reader.poll(POLL_MS, limit)
            if found:
                return found
            if time.monotonic() > deadline:
                raise unreachable(
                    self._settings, doing, f"nothing came within {self._settings.request_timeout_s:.0f} s"
                )
        return []

    def _reader(self, topic: str, partition: int) -> _Reader:
        found = self._readers.get((topic, partition))
        if found is None:
            if not 0 <= partition < self.partitions(topic):
                raise missing_partition(topic, partition, self.partitions(topic))
            with translated(self._settings, f"connecting to read {topic}"):
                found = _Reader(kafka_client.consumer(self._settings), topic, partition)
            self._readers[topic, partition] = found
        return found

    def writer(self, group: str, topic: str, partition: int) -> KafkaWriter:
        """See Log."""
        if not 0 <= partition < self.partitions(topic):
            raise missing_partition(topic, partition, self.partitions(topic))
        made = KafkaWriter(self, self._settings, group, topic, partition)
        self._writers.append(made)
        return made

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """See Log."""
        places = [kafka_client.place(topic, number) for number in range(self.partitions(topic))]
        timeout_ms = int(self._settings.request_timeout_s * 1000)
        with translated(self._settings, f"asking for the positions of group {group}"):
            if group not in self._groups:
                self._groups[group] = kafka_client.consumer(self._settings, group)
            found = {at.partition: self._groups[group].committed(at, timeout_ms=timeout_ms) for at in places}
        return {number: offset for number, offset in found.items() if offset is not None}

    def partitions(self, topic: str) -> int:
        """The topic's number of partitions. Raises TopicMissing."""
        if topic not in self._topics:
            self._topics = dict(self.topics())
        if topic not in self._topics:
            raise missing_topic(topic)
        return self._topics[topic]

    def _asker(self) -> Consumer:
        """A consumer that never fetches: on a reader's connection a question waits behind its open fetch."""
        if self._offsets is None:
            self._offsets = kafka_client.consumer(self._settings)
        return self._offsets

    def _administrator(self) -> Admin:
        if self._admin is None:
            self._admin = kafka_client.admin(self._settings)
        return self._admin

    def trim(self) -> None:
        """See Log. The broker applies retention by itself; there is nothing to ask for."""

    def _give_up_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            kafka_client.end(producer)

    def close(self) -> None:
        """See Log."""
        self._give_up_producer()
        for writer in self._writers:
            writer.close()
        consumers = [*self._groups.values(), *(reader.consumer for reader in self._readers.values())]
        if self._offsets is not None:
            consumers.append(self._offsets)
        for consumer in consumers:
            consumer.close(autocommit=False, timeout_ms=int(kafka_client.CLOSE_S * 1000))
        if self._admin is not None:
            self._admin.close()
        self._admin, self._offsets = None, None
        self._writers.clear()
        self._groups.clear()
        self._readers.clear()

    def __enter__(self) -> Self:
        """See Log."""
        return self

    def __exit__(self, *_: object) -> None:
        """See Log."""
        self.close()
