"""The schema of a topic from its first messages."""

from __future__ import annotations

from collections.abc import Sequence

from encoders.schema.topic import TopicSchema


def infer(messages: Sequence[tuple[bytes | None, bytes | None]]) -> TopicSchema:
    """Find time key, id key and field types from (record key, record value) pairs in order of arrival.

    Deterministic, never raises. Without one readable message `fields` is empty; time and id are None where the
    messages show none. Fields of a shape that nothing can encode yet (lists) have type "unsupported".
    """
    raise NotImplementedError
