"""MessagePack: maps as JSON objects, extensions as plain values, and nothing that never ends."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.contract import MOST_READINGS, Message
from encoders.formats.decoding import decode, flattened
from encoders.formats.msgpack_messages import MsgpackMessages, msgpack_value
from encoders.schema import IdKey, TimeKey, TopicSchema
from tests.encoders.formats.test_cbor_messages import documents

pack = msgspec.msgpack.encode


def fields(value: bytes) -> list[dict[str, Any]]:
    return [reading.fields for reading in MsgpackMessages().parse(Message(b"k", value), {})]


@settings(deadline=None)
@given(document=st.dictionaries(st.text(max_size=4), documents, max_size=4))
def test_what_is_written_comes_back_by_paths(document: dict[str, Any]) -> None:
    assert fields(pack(document)) == [flattened(document, 32)]


def test_a_list_of_maps_holds_several_readings() -> None:
    value = pack([{"host": "a", "t": 1.5, "x": 1}, {"t": 2, "x": {"y": b"\x01"}}])
    schema = TopicSchema(format="msgpack", time=TimeKey(path="t", unit="s"), id=IdKey(path="host"))
    readings = decode(MsgpackMessages(), [Message(b"k", value)], schema)
    assert readings.streams == ["a", "k"]
    assert readings.times.tolist() == [1.5, 2.0]
    assert list(readings.fields) == [{"x": 1}, {"x.y": b"\x01"}]
    assert not decode(MsgpackMessages(), [Message(b"k", b"\x90")], schema).rejects


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (pack(datetime.datetime(2026, 9, 21, 14, 13, 20, tzinfo=datetime.UTC)), "2026-09-21T14:13:20+00:00"),
        (pack(msgspec.msgpack.Ext(5, b"ab")), b"ab"),
        (b"\xca\x3f\xc0\x00\x00", 1.5),
        (b"\xc4\x01\xff", b"\xff"),
        (b"\xcf" + b"\xff" * 8, 2**64 - 1),
        (b"\x83\x01\xc0\xc4\x01b\x02\xc4\x01\xff\x03", {"1": None, "b": 2, "0xff": 3}),
    ],
)
def test_values_are_plain(value: bytes, plain: Any) -> None:
    found = msgpack_value(value)
    assert found == plain
    assert type(found) is type(plain)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\x81\xa1a", "malformed"),
        (b"\x81\xa1a\x01\x00", "malformed"),
        (b"\xc1", "malformed"),
        (b"\x81\xa1\xff\x01", "malformed"),
        (b"\xdd\xff\xff\xff\xff", "malformed"),
        (b"\xdf\x7f\xff\xff\xff\xa1a\x01", "malformed"),
        (b"\xc6\xff\xff\xff\xff", "malformed"),
        (b"\x81\xa1a\xd7\xff" + b"\xff" * 8, "malformed"),
        (b"\x82\xa11\x01\x01\x02", "malformed"),
        (b"\x81\x92\x01\x02\x03", "unsupported"),
        (b"\x91" * 100_000, "too-deep"),
        (b"\xdc\xff\xff" * 100_000, "too-deep"),
        (b"\x91" * 100 + b"\x01", "too-deep"),
        (b"\x81\xa1a" * 40 + b"\x01", "too-deep"),
        (b"\x05", "not-an-object"),
        (b"\x92\x80\x01", "not-an-object"),
        (pack({f"f{n}": n for n in range(1025)}), "too-many-fields"),
        (pack([{}] * (MOST_READINGS + 1)), "too-many-readings"),
        (pack({"a": b"x" * (1 << 20)}), "too-large"),
        (b"", "empty"),
    ],
)
def test_what_is_rejected(value: bytes, reason: str) -> None:
    readings = decode(MsgpackMessages(), [Message(b"k", value)], TopicSchema(format="msgpack"))
    assert [reject.reason for reject in readings.rejects] == [reason]
    assert len(readings) == 0


@pytest.mark.parametrize(
    ("value", "sure"),
    [
        (pack({"a": 1}), 0.85),
        (pack([{"a": 1}, {}]), 0.85),
        (pack({1: 2}), 0.3),
        (b"\x80", 0.3),
        (pack([1, 2]), 0.0),
        (pack("text"), 0.0),
        (pack({"a": 1}) + b"\x00", 0.0),
        (b"5", 0.0),
        (b"hello", 0.0),
        (b'{"a": 1}', 0.0),
        (b"\x89PNG\r\n\x1a\n", 0.0),
        (b"", 0.0),
    ],
)
def test_how_sure_it_is(value: bytes, sure: float) -> None:
    assert MsgpackMessages().sniff(Message(None, value)) == sure


@given(text=st.text(st.characters(max_codepoint=127)))
def test_no_text_is_taken_for_it(text: str) -> None:
    assert MsgpackMessages().sniff(Message(None, text.encode())) == 0.0


def test_a_content_type_tells_it() -> None:
    assert MsgpackMessages().sniff(Message(None, b"x", headers=(("content-type", b"application/msgpack"),))) == 1.0
