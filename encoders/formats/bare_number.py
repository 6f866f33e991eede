"""A bare number as text: "23.5" has the field "value"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from encoders.formats.contract import FormatMemory, Message, Parsed, Unreadable
from encoders.schema.topic import TimeKey

NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
CODE = re.compile(r"[+-]?0\d", re.ASCII)
"""Leading zeros: more likely a code than a number."""
LARGEST_INTEGER = 2**64
"""As in JSON, whole numbers further from zero are read as floats."""
_LARGEST_BYTES = 64


@dataclass(frozen=True)
class BareNumber:
    """See Format."""

    largest_bytes: int = _LARGEST_BYTES

    name: str = field(default="number", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: nothing but a numeral."""
        text = _text(message)
        if text is None or NUMERAL.fullmatch(text) is None:
            return 0.0
        return 0.3 if CODE.match(text) else 0.7

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        text = _text(message)
        if text is not None and text.lower() == "nan":
            return (Parsed({"value": None}),)
        if text is None or NUMERAL.fullmatch(text) is None:
            raise Unreadable("malformed", "not a bare number such as 23.5")
        return (Parsed({"value": number_of(text)}),)


def number_of(numeral: str) -> int | float:
    """The number that a text which matches NUMERAL stands for: int where it is written as one.

    >>> number_of("-40"), number_of("4e1")
    (-40, 40.0)
    """
    if numeral.lstrip("+-").isdigit() and len(numeral) <= len(str(LARGEST_INTEGER)):
        number = int(numeral)
        return number if -LARGEST_INTEGER // 2 <= number < LARGEST_INTEGER else float(number)
    return float(numeral)


def _text(message: Message) -> str | None:
    value = message.value or b""
    return value.strip().decode() if len(value) <= _LARGEST_BYTES and value.isascii() else None
