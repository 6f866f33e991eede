"""CBOR: maps as JSON objects, tags as plain values, and nothing that takes long or never ends."""

from __future__ import annotations

import datetime
import decimal
import fractions
import ipaddress
import math
import uuid
from typing import Any

import cbor2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.cbor_messages import MAGIC, CborMessages, cbor_value
from encoders.formats.contract import MOST_READINGS, Message, Unreadable
from encoders.formats.decoding import decode, flattened
from encoders.schema import IdKey, TimeKey, TopicSchema

NOON = datetime.datetime(2026, 9, 21, 14, 13, 20, tzinfo=datetime.UTC)


def fields(value: bytes) -> list[dict[str, Any]]:
    return [reading.fields for reading in CborMessages().parse(Message(b"k", value), {})]


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(document=st.dictionaries(st.text(max_size=4), documents, max_size=4))
def test_what_is_written_comes_back_by_paths(document: dict[str, Any]) -> None:
    assert fields(cbor2.dumps(document)) == [flattened(document, 32)]
    assert fields(MAGIC + cbor2.dumps(document)) == [flattened(document, 32)]


def test_a_list_of_maps_holds_several_readings() -> None:
    value = cbor2.dumps([{"host": "a", "t": 1.5, "x": 1}, {"t": 2, "x": {"y": b"\x01"}}])
    schema = TopicSchema(format="cbor", time=TimeKey(path="t", unit="s"), id=IdKey(path="host"))
    readings = decode(CborMessages(), [Message(b"k", value)], schema)
    assert readings.streams == ["a", "k"]
    assert readings.times.tolist() == [1.5, 2.0]
    assert list(readings.fields) == [{"x": 1}, {"x.y": b"\x01"}]
    assert not decode(CborMessages(), [Message(b"k", b"\x80")], schema).rejects


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (NOON, "2026-09-21T14:13:20Z"),
        (cbor2.CBORTag(1, 1790000000), "2026-09-21T14:13:20+00:00"),
        (cbor2.CBORTag(1, 1790000000.25), "2026-09-21T14:13:20.250000+00:00"),
        (cbor2.CBORTag(1, 1e300), 1e300),
        (datetime.date(2026, 9, 21), "2026-09-21"),
        (decimal.Decimal("-1.25"), -1.25),
        (cbor2.CBORTag(4, [10**9, 1]), math.inf),
        (cbor2.CBORTag(5, [-1, 3]), 1.5),
        (cbor2.CBORTag(5, [10**9, -3]), -math.inf),
        (fractions.Fraction(1, 4), 0.25),
        (2**64 - 1, 2**64 - 1),
        (2**70, 2.0**70),
        (-(2**70), -(2.0**70)),
        (cbor2.CBORTag(2, b"\xff" * 5000), math.inf),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
        (cbor2.CBORTag(258, ["b", "a"]), ["b", "a"]),
        (cbor2.CBORTag(35, "("), "("),
        (cbor2.CBORTag(9999, {"a": 1}), {"a": 1}),
        (cbor2.undefined, None),
        (cbor2.CBORTag(64, b"\x01\xff"), [1, 255]),
        (cbor2.CBORTag(72, b"\x01\xff"), [1, -1]),
        (cbor2.CBORTag(65, b"\x01\x00"), [256]),
        (cbor2.CBORTag(77, np.array([-2, 3], "<i2").tobytes()), [-2, 3]),
        (cbor2.CBORTag(84, np.array([1.5], "<f2").tobytes()), [1.5]),
        (cbor2.CBORTag(81, np.array([1.5], ">f4").tobytes()), [1.5]),
        (cbor2.CBORTag(86, np.array([0.1], "<f8").tobytes()), [0.1]),
    ],
)
def test_tags_become_plain_values(value: Any, plain: Any) -> None:
    found = cbor_value(cbor2.dumps({"v": value}))["v"]
    assert found == plain
    assert type(found) is type(plain)


def test_keys_become_text() -> None:
    assert fields(cbor2.dumps({1: "a", b"b": 2, -3: {True: 4}, 1.5: 5})) == [
        {"1": "a", "b": 2, "-3.True": 4, "1\\.5": 5}
    ]
    assert fields(cbor2.dumps({b"\xff": 1})) == [{"0xff": 1}]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xa1\x61a", "malformed"),
        (b"\xa1\x61a\x01\x00", "malformed"),
        (b"\xff", "malformed"),
        (b"\xa1\x61\xff\x01", "malformed"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "malformed"),
        (b"\x5b\x00\x00\x00\xff\xff\xff\xff\xff", "malformed"),
        (cbor2.dumps({"t": cbor2.CBORTag(85, b"abc")}), "malformed"),
        (cbor2.dumps({"t": cbor2.CBORTag(30, [1, 0])}), "malformed"),
        (cbor2.dumps({1: 2, "1": 3}), "malformed"),
        (cbor2.dumps({(1, 2): 3}), "unsupported"),
        (b"\xa1\x61a\xd8\x1c\x81\xd8\x1d\x00", "unsupported"),
        (b"\x81" * 3000 + b"\x01", "too-deep"),
        (b"\xd9\x27\x10" * 3000 + b"\x01", "too-deep"),
        (b"\xa1\x61a" * 40 + b"\x01", "too-deep"),
        (b"\x05", "not-an-object"),
        (b"\x82\xa0\x01", "not-an-object"),
        (cbor2.dumps({f"f{n}": n for n in range(1025)}), "too-many-fields"),
        (b"\x9f" + b"\xa0" * (MOST_READINGS + 1) + b"\xff", "too-many-readings"),
        (cbor2.dumps({"a": b"x" * (1 << 20)}), "too-large"),
        (b"", "empty"),
    ],
)
def test_what_is_rejected(value: bytes, reason: str) -> None:
    readings = decode(CborMessages(), [Message(b"k", value)], TopicSchema(format="cbor"))
    assert [reject.reason for reject in readings.rejects] == [reason]
    assert len(readings) == 0


@pytest.mark.parametrize(
    ("value", "sure"),
    [
        (cbor2.dumps({"a": 1}), 0.85),
        (cbor2.dumps([{"a": 1}, {}]), 0.85),
        (MAGIC + cbor2.dumps({"a": 1}), 1.0),
        (cbor2.dumps({1: 2}), 0.3),
        (b"\xa0", 0.3),
        (cbor2.dumps([1, 2]), 0.0),
        (cbor2.dumps("text"), 0.0),
        (cbor2.dumps({"a": 1}) + b"\x00", 0.0),
        (b"5", 0.0),
        (b"hello", 0.0),
        (b'{"a": 1}', 0.0),
        (b"", 0.0),
    ],
)
def test_how_sure_it_is(value: bytes, sure: float) -> None:
    assert CborMessages().sniff(Message(None, value)) == sure


@given(text=st.text(st.characters(max_codepoint=127)))
def test_no_text_is_taken_for_it(text: str) -> None:
    assert CborMessages().sniff(Message(None, text.encode())) == 0.0


def test_a_content_type_tells_it() -> None:
    assert CborMessages().sniff(Message(None, b"x", headers=(("content-type", b"application/cbor"),))) == 1.0
    with pytest.raises(Unreadable, match="not-an-object"):
        CborMessages().parse(Message(None, b"\x01"), {})
