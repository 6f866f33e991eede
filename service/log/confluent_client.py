"""confluent-kafka's clients, made with our settings."""

from __future__ import annotations

import logging
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from service.log.kafka_settings import (
    BATCH_BYTES,
    DELIVERY_TIMEOUT_MS,
    FETCH_BYTES,
    FETCH_WAIT_MS,
    LINGER_MS,
    OUTSTANDING_BYTES,
    OUTSTANDING_RECORDS,
    PARTITION_FETCH_BYTES,
    RECONNECT_MS,
    KafkaSettings,
    confluent_security,
)

_LOGGER = logging.getLogger("plastream.kafka")
_LOGGER.addHandler(logging.NullHandler())


def admin(settings: KafkaSettings) -> AdminClient:
    """A client for topics and groups."""
    return AdminClient(_shared(settings))


def consumer(settings: KafkaSettings, group: str = "plastream-reader") -> Consumer:
    """A reader of committed records that joins no group and resets no offset by itself."""
    options = {
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "enable.partition.eof": True,
        "allow.auto.create.topics": False,
        "fetch.max.bytes": FETCH_BYTES,
        "fetch.message.max.bytes": PARTITION_FETCH_BYTES,
        "fetch.wait.max.ms": FETCH_WAIT_MS,
        "fetch.queue.backoff.ms": 5,
        "queued.max.messages.kbytes": FETCH_BYTES // 1024,
    }
    return Consumer(_shared(settings) | options)


def producer(settings: KafkaSettings, transactional_id: str | None = None) -> Producer:
    """An idempotent producer; a transactional one when it has an id."""
    options: dict[str, Any] = {
        "enable.idempotence": True,
        "linger.ms": LINGER_MS,
        "batch.size": BATCH_BYTES,
        "compression.type": settings.compression,
        "queue.buffering.max.messages": OUTSTANDING_RECORDS,
        "queue.buffering.max.kbytes": OUTSTANDING_BYTES // 1024,
    }
    if transactional_id is None:
        options["delivery.timeout.ms"] = DELIVERY_TIMEOUT_MS
    else:
        options["transactional.id"] = transactional_id
        options["transaction.timeout.ms"] = int(settings.transaction_timeout_s * 1000)
    return Producer(_shared(settings) | options)


def group_metadata(settings: KafkaSettings, group: str) -> Any:
    """A group that nobody joins: writers are told apart by their transactional id, not by membership."""
    asker = consumer(settings, group)
    try:
        return asker.consumer_group_metadata()
    finally:
        asker.close()


def places(topic: str, partitions: int) -> list[TopicPartition]:
    """All partitions of a topic."""
    return [TopicPartition(topic, number) for number in range(partitions)]


def _shared(settings: KafkaSettings) -> dict[str, Any]:
    return confluent_security(settings) | {
        "bootstrap.servers": ",".join(settings.servers),
        "socket.timeout.ms": int(settings.request_timeout_s * 1000),
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": RECONNECT_MS,
        "logger": _LOGGER,  # what matters is raised; a broker that is away would fill the terminal
    }
