"""NDJSON: several JSON objects, one a line, each a reading; blank lines are skipped.

A single line is JSON; it is read here too where the format is pinned. Source: github.com/ndjson/ndjson-spec.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from encoders.formats.content_type import NDJSON, media_type
from encoders.formats.contract import (
    DEEPEST,
    LARGEST_BYTES,
    MOST_READINGS,
    FormatMemory,
    Message,
    Parsed,
    Unreadable,
)
from encoders.formats.json_messages import json_fields, json_value
from encoders.schema.topic import TimeKey

_LINES_TO_TELL = 2


@dataclass(frozen=True)
class Ndjson:
    """See Format."""

    deepest: int = DEEPEST
    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="ndjson", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: two lines that are an object each."""
        if media_type(message) in NDJSON:
            return 1.0
        value = (message.value or b"").lstrip()
        if not value.startswith(b"{") or b"\n" not in value:
            return 0.0
        first = list(islice((line for line in value.split(b"\n") if line.strip()), _LINES_TO_TELL))
        try:
            objects = [isinstance(json_value(line), dict) for line in first]
        except Unreadable:
            return 0.0
        return 0.9 if len(objects) == _LINES_TO_TELL and all(objects) else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        parsed: list[Parsed] = []
        for number, line in enumerate((message.value or b"").split(b"\n"), 1):
            if not line.strip():
                continue
            if len(parsed) >= MOST_READINGS:
                raise Unreadable("too-many-readings", f"more than {MOST_READINGS} lines")
            try:
                parsed.append(Parsed(json_fields(line, self.deepest)))
            except Unreadable as error:
                raise Unreadable(error.reason, f"line {number}: {error.detail}") from None
        return parsed
