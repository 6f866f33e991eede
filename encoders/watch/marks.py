"""The words for what is suspicious about a reading or one of its fields, and the bits that stand for them."""

from __future__ import annotations

from functools import cache

FIELD_MARKS = ("type", "unit", "reset", "stuck", "stale", "range")
"""type: a value of another kind than the field's. unit: in another unit, noted so or by all appearances. reset: a
counter fell. stuck: the same value for much longer than ever. stale: missing for much longer than ever, or noted so.
range: beyond what the schema allows, or absurdly far from all that was seen."""
TYPE, UNIT, RESET, STUCK, STALE, RANGE = (1 << place for place in range(len(FIELD_MARKS)))

READING_MARKS = ("duplicate", "late", "out-of-order", "gap")
"""duplicate: one of the last readings again. late: far behind the newest, or stored and sent later. out-of-order:
before the newest. gap: something between the last reading and this one was lost."""
DUPLICATE, LATE, OUT_OF_ORDER, GAP = (1 << place for place in range(len(READING_MARKS)))


@cache
def field_words(bits: int) -> tuple[str, ...]:
    """The marks of a field.

    >>> field_words(TYPE | STALE)
    ('type', 'stale')
    """
    return tuple(word for place, word in enumerate(FIELD_MARKS) if bits >> place & 1)


@cache
def reading_words(bits: int) -> tuple[str, ...]:
    """The marks of a reading as a whole."""
    return tuple(word for place, word in enumerate(READING_MARKS) if bits >> place & 1)
