"""Moments in messages that carry them as numbers become ISO-8601 text, by which schemas know them for what they are."""

from __future__ import annotations

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)
_MOST_US = 253_402_300_800_000_000
"""The end of year 9999."""
_LEAST_US = -62_135_596_800_000_000
"""The start of year 1."""


def iso(microseconds: int, zone: str = "+00:00") -> str | None:
    """The moment so long after 1970; None beyond the years 1 to 9999.

    >>> iso(1_790_000_000_500_000)
    '2026-09-21T14:13:20.500000+00:00'
    """
    if not _LEAST_US <= microseconds < _MOST_US:
        return None
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat() + zone
