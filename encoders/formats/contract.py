"""The seam between raw messages and readings: what every wire format promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from encoders.reading import SILENT, Columns, Fields, Notes
from encoders.schema.topic import TimeKey

Headers = tuple[tuple[str, bytes], ...]

FormatMemory = dict[str, Any]
"""What a format remembers of a partition (alias tables), as plain JSON values, kept in snapshots. Most have none."""

REASONS = (
    "empty",  # no value at all
    "too-large",
    "too-deep",
    "too-many-fields",
    "too-many-readings",
    "no-stream",  # nothing names the stream, or its name is too long
    "malformed",  # not this format
    "not-an-object",  # readable, but not fields with values
    "no-schema",  # the registry has no such schema, or the message none
    "unknown-alias",  # its definition never came
    "unsupported",  # a part of the format that is not read here
)
"""The words of `Reject.reason`."""

LARGEST_BYTES = 1 << 20
"""Size of a message unless a format says otherwise; larger ones are rejected."""
DEEPEST = 32
"""Objects within each other."""
MOST_FIELDS = 1024
"""Fields of a reading."""
MOST_READINGS = 100_000
"""Readings of a message."""
LONGEST_STREAM = 512
"""Characters of a stream id."""


class Message(NamedTuple):
    """One record as it came."""

    key: bytes | None
    value: bytes | None
    fallback: str = ""
    """The stream to which it belongs if neither key nor message tells one."""
    headers: Headers = ()
    received_s: float = float("nan")
    """When it arrived, seconds since 1970."""

    def header(self, name: str) -> bytes | None:
        """The last header of this name, in any case; None where there is none."""
        wanted = name.lower()
        return next((value for given, value in reversed(self.headers) if given.lower() == wanted), None)


@dataclass(slots=True)
class Parsed:
    """One reading as its message tells it: the time and id keys are still among the fields."""

    fields: Fields
    """Flattened; a format puts its own time and stream id here too, at the paths that its `time` and `id_path` name."""
    notes: Notes = SILENT
    sequence: int | None = None
    historical: bool = False


@dataclass(frozen=True)
class Table:
    """Readings of one message as columns, time and id keys among them."""

    fields: Columns
    notes: Mapping[int, Notes] = field(default_factory=dict[int, Notes])


class Unreadable(Exception):
    """Why a message becomes a Reject; `reason` is one of REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = " ".join(detail.split())[:300]


class Unavailable(Exception):
    """Something outside that reading needs does not answer now (a schema registry): wait and decode again.

    The message says what, and what to do. Nothing has been changed.
    """


class Format(Protocol):
    """Reads one wire format.

    Promises, held by tests/contracts/test_formats.py: no bytes make `parse` raise anything but Unreadable (and
    Unavailable, where it asks the outside); what it gives follows from the message and `memory` alone; fields are
    flattened to dotted paths, a dot or backslash inside a key with a backslash before it.
    """

    @property
    def name(self) -> str:
        """Its key in the catalogue, and what `TopicSchema.format` says."""
        ...

    @property
    def time(self) -> TimeKey | None:
        """Where this format itself puts the event time; None where the messages' own fields tell."""
        ...

    @property
    def id_path(self) -> str | None:
        """Where this format itself puts the stream id; None where the messages' own fields tell."""
        ...

    @property
    def many(self) -> bool:
        """Whether one message may hold readings of several streams: their ids then go before the record key."""
        ...

    def sniff(self, message: Message) -> float:
        """How sure it is that a message with a value is of this format, 0 to 1.

        1: it carries an unmistakable mark. Never raises; quick: a look at the first bytes where that is enough, never
        more than one parse.
        """
        ...

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed] | Table:
        """The readings of a message, none where it holds none. Raises Unreadable, Unavailable.

        memory: of this partition, changed in place, and only by a message that is read.
        """
        ...
