"""Contradictions between a pinned schema and what the messages show."""

from __future__ import annotations

from encoders.schema.topic import TopicSchema


def clash(pinned: TopicSchema, inferred: TopicSchema) -> list[str]:
    """One line for each contradiction, for a person to act on; [] where the messages fit the pinned schema."""
    raise NotImplementedError
