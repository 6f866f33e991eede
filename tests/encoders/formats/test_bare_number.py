"""Bare numbers: what counts as one, and what it becomes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.bare_number import BareNumber
from encoders.formats.contract import Message
from encoders.formats.decoding import decode
from encoders.schema import TopicSchema


def read(value: bytes) -> Any:
    readings = decode(BareNumber(), [Message(b"k", value)], TopicSchema(format="number"))
    if readings.rejects:
        return readings.rejects[0].reason
    return readings.fields[0]["value"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"23", 23),
        (b" -23.5\r\n", -23.5),
        (b"+7", 7),
        (b".5", 0.5),
        (b"5.", 5.0),
        (b"1E-3", 0.001),
        (b"007", 7),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"18446744073709551616", 2.0**64),
        (b"1e9999", math.inf),
        (b"NaN", None),
        (b"", "empty"),
        (b"on", "malformed"),
        (b"1_000", "malformed"),
        (b"1,5", "malformed"),
        (b"1 2", "malformed"),
        ("٣".encode(), "malformed"),
        (b"0x10", "malformed"),
        (b"9" * 65, "too-large"),
    ],
)
def test_numbers_and_what_is_none(value: bytes, number: Any) -> None:
    found = read(value)
    assert found == number
    assert type(found) is type(number)


@given(number=st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_comes_back(number: float) -> None:
    assert read(repr(number).encode()) == number
    assert BareNumber().sniff(Message(None, repr(number).encode())) == 0.7


@pytest.mark.parametrize("value", [b"", b"on", b"{}", b"1,2", b"nan", b"9" * 99, b"\xff"])
def test_it_claims_nothing_else(value: bytes) -> None:
    assert BareNumber().sniff(Message(None, value)) == 0.0


def test_leading_zeros_are_less_sure() -> None:
    assert 0.0 < BareNumber().sniff(Message(None, b"00123")) < 0.5
