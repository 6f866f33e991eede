"""Log lines: what is written the same each time has a direction, and the numbers in it are coded beside.

    "took 12 ms from 10.0.0.7"  ->  template "took <num> ms from <ip>", numbers 12
    codes = direction of the template, log2(1 + n) / 2 of its n numbers,
            sign(v) log2(1 + |v|) / 6 of the first of them, zero where there is none

Quoted text, times, UUIDs, addresses, hexadecimal words and numbers are masked by fixed rules, the first step of He, Zhu
and others, "Drain: an online log parsing approach with fixed depth tree" (2017). There is no tree to grow: a line's
template follows from the line alone, for life.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.symbols import SymbolTable, digests_of, directions, nearness
from encoders.contract import Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

DIRECTION = 8
"""Channels of the template's direction."""
SLOTS = 16
"""Templates that a stream remembers; the one unused for longest makes room."""
SHOWN_BYTES = 128
"""UTF-8 bytes of a template that are shown."""
COUNTED = 4096
"""Characters of a line that count; what follows changes nothing."""
REACH = 8.0

_MASKS = {
    "text": r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)",
    "time": r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
    r"|\b\d\d?:\d\d:\d\d(?:[.,]\d+)?\b",
    "uuid": r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
    "mac": r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b",
    "ip": r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b"
    r"|(?<![\w:.])(?=[a-f:]*\d)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}(?![\w:])",
    "hex": r"\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b",
    "num": r"(?:(?<![\w.])[+-])?\d+(?:\.\d+)?(?:e[+-]?\d+(?!\w))?",
}
"""Placeholder -> what it stands for; the first that fits at a place counts."""
_MASKED = re.compile("|".join(f"(?P<{name}>{mask})" for name, mask in _MASKS.items()), re.ASCII | re.IGNORECASE)


class TemplateConfig(BaseModel):
    """How many of a line's numbers are coded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: int = Field(default=3, ge=0, le=16)
    """The first so many have a channel each."""


class TemplateEncoder:
    """See Encoder. Values: text, even empty.

    Summary: the template, cut at SHOWN_BYTES, as the nearest of the stream's last SLOTS.
    """

    name = "template"
    decodes: Decodes = "summary"

    def __init__(self, **config: Any) -> None:
        self.config = TemplateConfig(**config)
        self.width = DIRECTION + 1 + self.config.numbers
        self._table = SymbolTable(DIRECTION, SLOTS, SHOWN_BYTES)
        self.state_dtype: np.dtype[Any] = np.dtype(self._table.layout)

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=self.state_dtype)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        lines = [template_of(value) if isinstance(value, str) else None for value in values.tolist()]
        templates = [None if line is None else line[0] for line in lines]
        sensed = np.array([line is not None for line in lines], dtype=np.bool_)
        digests = digests_of(templates, DIRECTION)
        codes = np.zeros((len(lines), self.width), dtype=np.float32)
        codes[:, :DIRECTION] = np.where(sensed[:, None], directions(digests), np.float32(0.0))
        for row, line in enumerate(lines):
            if line is not None:
                codes[row, DIRECTION:] = self._numbers(line[1])
        after = state.copy()
        self._table.remember(templates, digests, after)
        return Encoded(codes, sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence 1 minus the distance of the template's direction."""
        values, distance = self._table.nearest(codes[:, :DIRECTION], state)
        return Decoded(values, nearness(distance))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: templates have no unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: templates have no unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: templates come back exactly, up to SHOWN_BYTES."""
        return np.where(state["seen"] > 0, 0.0, np.nan)

    def _numbers(self, numbers: list[float]) -> list[float]:
        """The channels behind the direction, of one line."""
        coded = [_size(number) for number in numbers[: self.config.numbers]]
        return [0.5 * math.log2(1.0 + len(numbers)), *coded, *[0.0] * (self.config.numbers - len(coded))]


def template_of(line: str) -> tuple[str, list[float]]:
    """A line's template, runs of blanks as one, and its numbers in order.

    >>> template_of("job 7: 'a b' took -1.5e3 ms on 10.0.0.7:80")
    ('job <num>: <text> took <num> ms on <ip>', [7.0, -1500.0])
    """
    numbers: list[float] = []

    def masked(found: re.Match[str]) -> str:
        if found.lastgroup == "num":
            numbers.append(float(found.group()))
        return f"<{found.lastgroup}>"

    return " ".join(_MASKED.sub(masked, line[:COUNTED]).split()), numbers


def _size(number: float) -> float:
    """A number of any size, even infinite, on a scale that ends at REACH."""
    size = math.log2(1.0 + min(abs(number), 1e300)) / 6.0
    return math.copysign(min(size, REACH), number)
