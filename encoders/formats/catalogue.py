"""The wire formats by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from encoders.formats.contract import Format
from encoders.formats.json_messages import JsonMessages

FORMATS: Mapping[str, Format] = MappingProxyType({"json": JsonMessages()})
"""What `TopicSchema.format` may say."""


def format_named(name: str) -> Format:
    """The format of that name; raises ValueError naming the known ones."""
    if name not in FORMATS:
        raise ValueError(f"unknown format {name!r}; known are {', '.join(sorted(FORMATS))}")
    return FORMATS[name]
