"""The seam between raw messages and readings: what every wire format promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from encoders.reading import Readings
from encoders.schema.topic import TopicSchema

Message = tuple[bytes | None, bytes | None, str]
"""Record key, record value, and the stream to which the message belongs if neither key nor message tells one."""


class Format(Protocol):
    """Reads one wire format; stateless.

    Promises, held by tests/contracts/test_formats.py: no bytes make it raise; each message gives exactly one reading or
    one `Reject`, both in the order of the messages; a message's outcome depends on that message alone.
    """

    @property
    def name(self) -> str:
        """What `TopicSchema.format` says."""
        ...

    def decode(self, messages: Sequence[Message], schema: TopicSchema) -> Readings:
        """Read a batch. The stream is the record key, else the value at the schema's id path, else the fallback."""
        ...
