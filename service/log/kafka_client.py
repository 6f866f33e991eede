"""The parts of kafka-python that we use, named and typed, made with our settings.

The package has no types: what stands here as a Protocol is what we rely on.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from kafka.errors import KafkaTimeoutError

from service.log.bounded import TooLateError, within
from service.log.kafka_settings import (
    BATCH_BYTES,
    DELIVERY_TIMEOUT_MS,
    FETCH_BYTES,
    FETCH_WAIT_MS,
    LINGER_MS,
    PARTITION_FETCH_BYTES,
    RECONNECT_MS,
    KafkaSettings,
    python_security,
)


class Sent(Protocol):
    """The future of one sent record."""

    def get(self, timeout: float | None = None) -> Any:
        """Its metadata (`partition`, `offset`), or the error raised."""
        ...


class Producer(Protocol):
    """KafkaProducer."""

    def send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: list[tuple[str, bytes]] | None,
        partition: int,
        timestamp_ms: int | None,
    ) -> Sent:
        """Hand over one record."""
        ...

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything handed over is done."""
        ...

    def init_transactions(self) -> None:
        """Fence earlier producers of the id."""
        ...

    def begin_transaction(self) -> None:
        """Start."""
        ...

    def send_offsets_to_transaction(self, offsets: Mapping[Any, Any], group_metadata: Any) -> None:
        """Add input positions."""
        ...

    def commit_transaction(self) -> None:
        """Commit."""
        ...

    def abort_transaction(self) -> None:
        """Abort."""
        ...

    def close(self, timeout: float | None = None) -> None:
        """End."""
        ...


class Consumer(Protocol):
    """KafkaConsumer with assigned partitions."""

    def assign(self, partitions: Sequence[Any]) -> None:
        """Which to read."""
        ...

    def seek(self, partition: Any, offset: int) -> None:
        """From where."""
        ...

    def poll(self, timeout_ms: int, max_records: int) -> Mapping[Any, list[Any]]:
        """Records by partition."""
        ...

    def position(self, partition: Any, timeout_ms: int | None = None) -> int | None:
        """Next offset to fetch, past transaction markers."""
        ...

    def beginning_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        """First kept."""
        ...

    def end_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        """One past the last committed."""
        ...

    def committed(self, partition: Any, *, timeout_ms: int | None = None) -> int | None:
        """The group's position, waiting for a commit that is still being written out."""
        ...

    def close(self, autocommit: bool = True, timeout_ms: int | None = None) -> None:
        """End."""
        ...


class Admin(Protocol):
    """KafkaAdminClient."""

    def create_topics(self, new_topics: Mapping[str, Any], *, wait_for_metadata: bool) -> Any:
        """Create."""
        ...

    def describe_topics(self, topics: list[str] | None = None) -> list[dict[str, Any]]:
        """Names, partitions, errors."""
        ...

    def close(self) -> None:
        """End."""
        ...


CLOSE_S = 2.0

_kafka: Any = importlib.import_module("kafka")
_structs: Any = importlib.import_module("kafka.structs")


def place(topic: str, partition: int) -> Any:
    """Kafka's own name of a partition."""
    return _structs.TopicPartition(topic, partition)


def position(offset: int) -> Any:
    """Kafka's own form of a position without metadata."""
    return _structs.OffsetAndMetadata(offset, "", -1)


def group_metadata(group: str) -> Any:
    """A group that nobody joins: writers are told apart by their transactional id, not by membership."""
    return _structs.ConsumerGroupMetadata(group)


def admin(settings: KafkaSettings) -> Admin:
    """A client for topics and groups."""
    return _kafka.KafkaAdminClient(**_shared(settings))


def consumer(settings: KafkaSettings, group: str | None = None) -> Consumer:
    """A reader of committed records that joins no group and resets no offset by itself.

    group: whose committed positions it can be asked for.
    """
    return _kafka.KafkaConsumer(
        **_shared(settings),
        group_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="none",
        allow_auto_create_topics=False,
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        metrics_enabled=False,
    )


def producer(settings: KafkaSettings, transactional_id: str | None = None) -> Producer:
    """An idempotent producer; a transactional one when it has an id."""
    options = _shared(settings) | {
        "acks": "all",
        "allow_auto_create_topics": False,
        "linger_ms": LINGER_MS,
        "batch_size": BATCH_BYTES,
        "compression_type": None if settings.compression == "none" else settings.compression,
        "delivery_timeout_ms": DELIVERY_TIMEOUT_MS,
        "max_block_ms": int(settings.append_timeout_s * 1000),
        "metrics_enabled": False,
    }
    if transactional_id is not None:
        options |= {
            "transactional_id": transactional_id,
            "transaction_timeout_ms": int(settings.transaction_timeout_s * 1000),
            "retry_backoff_ms": 10,  # the default 100 costs a commit 120 to 220 ms at p90
        }
    return _kafka.KafkaProducer(**options)


def _shared(settings: KafkaSettings) -> dict[str, Any]:
    return python_security(settings) | {
        "bootstrap_servers": settings.servers,
        "bootstrap_timeout_ms": int(settings.connect_timeout_s * 1000),
        "request_timeout_ms": int(settings.request_timeout_s * 1000),
        "reconnect_backoff_max_ms": RECONNECT_MS,
    }


def late(reason: str) -> KafkaTimeoutError:
    """The driver's own error for an answer that did not come in our time."""
    return KafkaTimeoutError(reason)


def end(producer: Producer) -> None:
    """Close without waiting for what will never come; what is still unsent is given up."""
    with suppress(TooLateError):
        within(2 * CLOSE_S, lambda: producer.close(timeout=CLOSE_S))
