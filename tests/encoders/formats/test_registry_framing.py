"""Schema ids before the body and in record headers."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.contract import Message, Unreadable
from encoders.formats.registry.framing import Framed, is_framed, message_path, unframed
from tests.contracts.registry import framed, headers

GUID = uuid.UUID("89791762-2336-186f-9674-299b90a802e2")


def zigzag(numbers: list[int]) -> bytes:
    """As the serializers write it: the length first."""
    out = bytearray()
    for number in (len(numbers), *numbers):
        rest = (number << 1) ^ (number >> 63)
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def test_the_id_stands_before_the_body() -> None:
    assert unframed(Message(None, b"\0\0\0\1\2body")) == Framed(258, b"body")


def test_a_header_with_an_id_or_a_guid_leaves_the_body_bare() -> None:
    assert unframed(Message(None, b"body", headers=headers(7))) == Framed(7, b"body", b"")
    assert unframed(Message(None, b"\0\0\0\0\1body", headers=headers(GUID))) == Framed(
        str(GUID), b"\0\0\0\0\1body", b""
    )


@pytest.mark.parametrize("header", [b"", b"\0\0\0\0", b"\1" + b"x" * 15, b"\2" + b"x" * 16])
def test_a_header_that_is_neither_is_malformed_even_before_a_framed_body(header: bytes) -> None:
    message = Message(None, framed(1, b"body"), headers=(("__value_schema_id", header),))
    with pytest.raises(Unreadable, match=r"malformed: the header __value_schema_id holds neither"):
        unframed(message)


@pytest.mark.parametrize("value", [None, b"", b"\0\0\0\1", b"{}      ", b"\1\0\0\0\1body"])
def test_what_names_no_schema_is_malformed(value: bytes | None) -> None:
    assert not is_framed(Message(None, value))
    with pytest.raises(Unreadable, match="no schema id"):
        unframed(Message(None, value))


@given(path=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=32), body=st.binary(max_size=9))
def test_paths_to_message_types_lead_back(path: list[int], body: bytes) -> None:
    assert message_path(Framed(1, zigzag(path) + body)) == (tuple(path), body)
    assert message_path(Framed(1, body, zigzag(path))) == (tuple(path), body)


def test_an_empty_path_is_the_first_message() -> None:
    assert message_path(Framed(1, b"\0body")) == ((0,), b"body")


@pytest.mark.parametrize("rest", [b"", b"\x80", b"\x04\x02", b"\x01", b"\x42" + b"\0" * 40, b"\xff" * 9])
def test_a_path_that_breaks_off_or_has_no_length_is_malformed(rest: bytes) -> None:
    with pytest.raises(Unreadable, match="malformed"):
        message_path(Framed(1, rest))
