"""NDJSON: a reading a line, each of its own stream; read whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.contract import MOST_READINGS, Message, Unreadable
from encoders.formats.decoding import decode
from encoders.formats.json_messages import JsonMessages
from encoders.formats.ndjson import Ndjson
from encoders.reading import Readings
from encoders.schema import IdKey, TimeKey, TopicSchema

SCHEMA = TopicSchema(format="ndjson", time=TimeKey(path="ts", unit="s"), id=IdKey(path="host"))


def read(value: bytes, key: bytes | None = b"k") -> Readings:
    return decode(Ndjson(), [Message(key, value)], SCHEMA)


def test_each_line_is_a_reading_of_the_stream_that_it_names() -> None:
    readings = read(b'{"host": "a", "ts": 5, "x": {"y": 1}}\r\n\n  \n{"ts": 6, "x": NaN}\n')
    assert readings.streams == ["a", "k"]
    assert readings.times.tolist() == [5.0, 6.0]
    assert list(readings.fields) == [{"x.y": 1}, {"x": None}]
    assert readings.source.tolist() == [0, 0]


@given(documents=st.lists(st.dictionaries(st.text(max_size=4), st.integers(0, 9) | st.text(max_size=4)), max_size=5))
def test_it_reads_each_line_as_json_reads_a_message(documents: list[dict[str, Any]]) -> None:
    lines = [json.dumps(document).encode() for document in documents]
    parsed = Ndjson().parse(Message(b"k", b"\n".join(lines)), {})
    alone = [JsonMessages().parse(Message(b"k", line), {})[0].fields for line in lines]
    assert [reading.fields for reading in parsed] == alone


@pytest.mark.parametrize(
    ("value", "reason", "detail"),
    [
        (b'{"a": 1}\n{"a": ', "malformed", "line 2"),
        (b'{"a": 1}\n\n[1]', "not-an-object", "line 3"),
        (b"{}\n" + b'{"a":' * 40 + b"1" + b"}" * 40, "too-deep", "line 2"),
        (b"\xff\n{}", "malformed", "line 1"),
        (b"{}\n" * (MOST_READINGS + 1), "too-many-readings", str(MOST_READINGS)),
        (b" " * (1 << 20) + b"{}", "too-large", "bytes"),
    ],
)
def test_one_bad_line_and_nothing_is_read(value: bytes, reason: str, detail: str) -> None:
    readings = read(value)
    assert len(readings) == 0
    assert readings.rejects[0].reason == reason
    assert detail in readings.rejects[0].detail


def test_blank_lines_alone_hold_no_reading() -> None:
    readings = read(b"\n \n")
    assert len(readings) == 0
    assert not readings.rejects


@pytest.mark.parametrize(
    ("value", "sure"),
    [
        (b'{"a": 1}\n{"a": 2}', 0.9),
        (b'\n{"a": 1}\r\n\r\n{"a": 2}\n{', 0.9),
        (b'{"a": 1}\n', 0.0),
        (b'{"a":\n1}', 0.0),
        (b'{"a": 1}\n[1]', 0.0),
        (b'{"a": 1}\nx', 0.0),
        (b"1\n2", 0.0),
        (b"", 0.0),
    ],
)
def test_two_lines_tell_it_from_json(value: bytes, sure: float) -> None:
    assert Ndjson().sniff(Message(None, value)) == sure


def test_a_content_type_tells_it() -> None:
    headers = (("Content-Type", b"application/x-ndjson; charset=utf-8"),)
    assert Ndjson().sniff(Message(None, b'{"a": 1}', headers=headers)) == 1.0


def test_a_single_line_is_read_where_it_is_pinned() -> None:
    assert list(read(b'{"a": 1}').fields) == [{"a": 1}]
    with pytest.raises(Unreadable, match="malformed"):
        Ndjson().parse(Message(None, b"{"), {})
