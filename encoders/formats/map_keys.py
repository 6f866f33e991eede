"""Lists and maps as keys of maps, refused before a large binary message is decoded.

Python's hashes of texts and byte strings are secret, and few numbers share one. But of lists (tuples, as keys) anyone
can make as many with the same hash as a message holds, and a map of 75,000 of them takes minutes. So messages beyond
SMALL are first walked over, head by head.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from encoders.formats.contract import Unreadable

SMALL = 1 << 14
"""Bytes up to which equal hashes cost no more than milliseconds."""

Kind = Literal["leaf", "list", "map", "chunks", "tag", "break"]
Head = Callable[[bytes, int], tuple[Kind, float, int]]
"""Bytes and a place in them -> what begins there; how many items it holds, infinite up to a break; where the next item
begins, which is the first one that it holds. Raises IndexError for what is no head."""


def refuse_container_keys(value: bytes, head: Head) -> None:
    """Raises Unreadable for a list or map as a key; what is malformed otherwise is the decoder's to say."""
    if len(value) <= SMALL:
        return
    open_: list[list[float]] = []  # of each list and map around: items seen, items it holds, and 2 for a map
    place = 0
    try:
        while place < len(value):
            kind, count, place = head(value, place)
            if kind == "tag":
                continue
            if kind == "break":
                open_.pop()
            elif open_:
                if kind in ("list", "map") and open_[-1][2] == 2 and open_[-1][0] % 2 == 0:
                    raise Unreadable("unsupported", f"a {kind} as the key of a map")
                open_[-1][0] += 1
            if kind in ("list", "map", "chunks"):
                open_.append([0, count, 2 if kind == "map" else 1])
            while open_ and open_[-1][0] >= open_[-1][1]:
                open_.pop()
    except IndexError:
        return


def cbor_head(value: bytes, place: int) -> tuple[Kind, float, int]:
    """See Head. RFC 8949, section 3."""
    major, told = value[place] >> 5, value[place] & 31
    stop = place + 1
    count: float = told
    if told == 31:
        count = math.inf
    elif told >= 24:
        size = 1 << (told - 24)
        if size > 8:
            raise IndexError("reserved")
        count = int.from_bytes(value[stop : stop + size], "big")
        stop += size
    if major in (2, 3):
        return ("chunks", count, stop) if told == 31 else ("leaf", 0, stop + int(count))
    if major == 4:
        return "list", count, stop
    if major == 5:
        return "map", 2 * count, stop
    if major == 7 and told == 31:
        return "break", 0, stop
    return "tag" if major == 6 else "leaf", 0, stop


_FIXED = dict(
    zip((0xC0, 0xC2, 0xC3, *range(0xCA, 0xD9)), (0, 0, 0, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17), strict=True)
)
"""First byte -> bytes behind it."""
_COUNTED = dict(zip((*range(0xC4, 0xCA), *range(0xD9, 0xE0)), (1, 2, 4, 1, 2, 4, 1, 2, 4, 2, 4, 2, 4), strict=True))
"""First byte -> bytes of its count."""


def msgpack_head(value: bytes, place: int) -> tuple[Kind, float, int]:
    """See Head. Of MessagePack's specification the table of formats."""
    first = value[place]
    stop = place + 1
    if first < 0x80 or first >= 0xE0:
        return "leaf", 0, stop
    if first < 0xC0:
        if first >= 0xA0:
            return "leaf", 0, stop + (first & 31)
        return ("list", first & 15, stop) if first >= 0x90 else ("map", 2 * (first & 15), stop)
    if first in _FIXED:
        return "leaf", 0, stop + _FIXED[first]
    if first not in _COUNTED:
        raise IndexError("never used")
    size = _COUNTED[first]
    count = int.from_bytes(value[stop : stop + size], "big")
    stop += size
    if first >= 0xDC:
        return ("list", count, stop) if first <= 0xDD else ("map", 2 * count, stop)
    return "leaf", 0, stop + count + (0xC7 <= first <= 0xC9)
