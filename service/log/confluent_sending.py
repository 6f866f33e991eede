"""Handing records to a confluent-kafka producer and waiting for every acknowledgement."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from service.log.contract import Draft, Position

Placed = tuple[str, int, Draft]
"""Topic, partition and draft."""
_POLL_S = 0.05


def send(producer: Producer, drafts: Sequence[Placed], timeout_s: float) -> list[Position]:
    """Send all in order; their positions once all are acknowledged.

    Raises KafkaException: the first record's own error, or _TIMED_OUT when some were not answered in time.
    """
    deadline = time.monotonic() + timeout_s
    offsets: defaultdict[tuple[str, int], deque[int]] = defaultdict(deque)
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, message: Message[Any, Any]) -> None:
        if error is not None:
            errors.append(error)
        else:
            offsets[message.topic() or "", message.partition() or 0].append(message.offset() or 0)

    for topic, number, draft in drafts:
        _produce(producer, (topic, number, draft), delivered, deadline)
    left = producer.flush(max(deadline - time.monotonic(), 0.001))
    if errors:
        raise KafkaException(errors[0])
    if left:
        raise _late(f"{left} records were not acknowledged in time")
    return [Position(number, offsets[topic, number].popleft()) for topic, number, _ in drafts]


def _produce(producer: Producer, item: Placed, delivered: Any, deadline: float) -> None:
    """Hand over one record, waiting while the producer's queue is full."""
    topic, number, draft = item
    while True:
        try:
            producer.produce(
                topic,
                value=draft.value,
                key=draft.key,
                partition=number,
                headers=list(draft.headers),
                timestamp=draft.timestamp_ms or 0,
                on_delivery=delivered,
            )
        except BufferError:
            if time.monotonic() > deadline:
                raise _late("the queue of unsent records stayed full") from None
            producer.poll(_POLL_S)
        else:
            return


def _late(reason: str) -> KafkaException:
    return KafkaException(KafkaError(KafkaError._TIMED_OUT, reason))  # pyright: ignore[reportPrivateUsage] - librdkafka's name


def end(producer: Producer) -> None:
    """Give up what is unsent, so that closing does not wait for it."""
    producer.purge(blocking=False)
    producer.flush(0)
