"""Lists and maps as keys are found wherever they stand, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.cbor_messages import cbor_value
from encoders.formats.contract import Unreadable
from encoders.formats.map_keys import SMALL, Head, cbor_head, msgpack_head, refuse_container_keys
from encoders.formats.msgpack_messages import msgpack_value

LARGE = "x" * SMALL
FORMATS: list[tuple[Callable[[Any], bytes], Head]] = [
    (cbor2.dumps, cbor_head),
    (msgspec.msgpack.encode, msgpack_head),
]

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(width=32)
    | st.floats()
    | st.text(max_size=40)
    | st.binary(max_size=300)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=20)
        | st.dictionaries(st.integers(-5, 300) | st.text(max_size=3) | st.binary(max_size=3), inner, max_size=18)
    ),
    max_leaves=30,
)


@pytest.mark.parametrize(("write", "head"), FORMATS)
@settings(max_examples=60, deadline=None)
@given(before=values, after=values, inside=st.booleans())
def test_keys_are_found_among_anything(
    write: Callable[[Any], bytes], head: Head, before: Any, after: Any, inside: bool
) -> None:
    refuse_container_keys(write([LARGE, before, {"k": after}, after]), head)
    guilty: dict[Any, Any] = {"k": before, (1, 2): after}
    with pytest.raises(Unreadable, match="unsupported: a list as the key"):
        refuse_container_keys(write([before, LARGE, after, {"k": [guilty]} if inside else guilty]), head)


def test_cbor_without_lengths_and_with_tags() -> None:
    chunks = b"\x7f" + (b"\x78\xff" + b"x" * 255) * 80 + b"\xff"
    refuse_container_keys(b"\x9f\xbf" + chunks + b"\x81\x01\xc1\x01\x80\xff" + chunks + b"\xff", cbor_head)
    for key in (b"\x80", b"\xa0", b"\x9f\xff", b"\xc1\x80", b"\xd9\x01\x02\x81\x01"):
        with pytest.raises(Unreadable, match="as the key"):
            refuse_container_keys(b"\x9f" + chunks + b"\xbf\x01\x81\x02" + key + b"\x03\xff\xff", cbor_head)


def test_extensions_of_msgpack() -> None:
    for size in (1, 2, 4, 8, 16, 3, 300, 70_000):
        extended = msgspec.msgpack.encode([{"a": msgspec.msgpack.Ext(5, b"\x81" * size)}, LARGE])
        refuse_container_keys(extended, msgpack_head)


@pytest.mark.parametrize("value", [b"\xff" * SMALL * 2, b"\xc1" * SMALL * 2, b"\x1f" * SMALL * 2, b"\x9b\xff" * SMALL])
def test_what_is_malformed_is_left_to_the_decoder(value: bytes) -> None:
    refuse_container_keys(value, cbor_head)
    refuse_container_keys(value, msgpack_head)


def equal_hashes(count: int) -> list[tuple[int, int]]:
    """Pairs of numbers whose tuples have one hash: CPython's own (xxHash of two lanes), solved for the second."""
    first, second, start, mask = 11400714785074694791, 14029467366897019727, 2870177450012600261, 2**64 - 1
    undo_first, undo_second = pow(first, -1, 2**64), pow(second, -1, 2**64)
    wanted = (12345 * undo_first) & mask
    wanted = (wanted >> 31 | wanted << 33) & mask
    pairs: list[tuple[int, int]] = []
    number = 0
    while len(pairs) < count:
        number += 1
        turned = (start + number * second) & mask
        turned = ((turned << 31 | turned >> 33) & mask) * first & mask
        other = (wanted - turned) * undo_second & mask
        if 0 < other < 2**61 - 1:
            pairs.append((number, other))
    return pairs


def test_keys_made_to_have_the_same_hash_never_meet_in_a_map() -> None:
    pairs = equal_hashes(40_000)
    assert len({hash(pair) for pair in pairs[:50]}) == 1
    body = b"".join(b"\x92" + msgspec.msgpack.encode(a) + msgspec.msgpack.encode(b) + b"\x01" for a, b in pairs)
    with pytest.raises(Unreadable, match="unsupported"):
        msgpack_value(b"\xdf" + len(pairs).to_bytes(4, "big") + body)
    body = b"".join(b"\x82" + cbor2.dumps(a) + cbor2.dumps(b) + b"\x01" for a, b in pairs)
    with pytest.raises(Unreadable, match="unsupported"):
        cbor_value(b"\xba" + len(pairs).to_bytes(4, "big") + body)
