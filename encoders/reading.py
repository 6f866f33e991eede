"""Decoded sensor messages: a batch of readings, and the messages that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Fields = dict[str, Any]
"""Field path ("cpu.core0") -> number, boolean, string, list or None, as sent."""


@dataclass(frozen=True)
class Reject:
    """A message that could not be read: a value, not an exception."""

    source: int
    """Its position in the batch handed to the decoder."""
    reason: str
    """One machine-readable word: empty, too-large, not-json, not-an-object, too-deep, too-many-fields, no-stream."""
    detail: str
    """One line for a person."""


@dataclass(frozen=True)
class Readings:
    """K readable messages of a batch, in the order in which they came."""

    source: npt.NDArray[np.int64]
    """int64[K]: position of each in the batch handed to the decoder."""
    streams: list[str]
    """[K] stream ids."""
    times: npt.NDArray[np.float64]
    """float64[K]: event time, seconds since 1970 UTC; NaN where the message tells none."""
    fields: list[Fields]
    """[K] flattened fields, without the time and id keys."""
    rejects: list[Reject] = field(default_factory=list[Reject])

    def __len__(self) -> int:
        """K."""
        return len(self.streams)
