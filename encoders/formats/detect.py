"""Which wire format messages are in.

Each format looks for itself (`Format.sniff`): at the record's headers, at marks in the first bytes, at last by reading.
Of two that are equally sure the one that stands first in the catalogue has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from encoders.formats.catalogue import FORMATS, NO_ACCESS, Access, FormatError, format_named
from encoders.formats.contract import Format, Message

MOST_LOOKED_AT = 32
"""Messages that are enough to tell."""


@dataclass(frozen=True)
class Detected:
    """What a batch of messages is in."""

    format: str
    confidence: float
    """How sure its formats are on average, times the share of the messages that it explains best."""
    votes: dict[str, int]
    """Format -> messages that it explains best."""
    missing: tuple[str, ...] = ()
    """One line for each format that could not look, since what it needs is not installed."""


def detect(messages: Sequence[Message], access: Access = NO_ACCESS) -> Detected:
    """The format of most of these messages; "json" with confidence 0 where no format knows any of them."""
    readers: list[Format] = []
    missing: list[str] = []
    for name in FORMATS:
        try:
            readers.append(format_named(name, access))
        except FormatError as error:
            missing.append(str(error))
    votes: dict[str, int] = {}
    trust: dict[str, float] = {}
    looked = [message for message in messages if message.value][:MOST_LOOKED_AT]
    for message in looked:
        sure, name = 0.0, ""
        for reader in readers:
            own = reader.sniff(message)
            if own > sure:
                sure, name = own, reader.name
        if name:
            votes[name] = votes.get(name, 0) + 1
            trust[name] = trust.get(name, 0.0) + sure
    if not votes:
        return Detected("json", 0.0, votes, tuple(missing))
    best = max(votes, key=lambda name: votes[name])
    return Detected(best, round(trust[best] / len(looked), 3), votes, tuple(missing))
