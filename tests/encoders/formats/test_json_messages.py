"""JSON messages: what flattening, keys, times and limits mean; all formats share the last three."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.contract import Message
from encoders.formats.decoding import decode
from encoders.formats.json_messages import JsonMessages
from encoders.reading import Readings
from encoders.schema import IdKey, TimeKey, TopicSchema

SCHEMA = TopicSchema(time=TimeKey(path="time", unit="s"), id=IdKey(path="host"))


def read(messages: Sequence[tuple[bytes | None, bytes, str]], schema: TopicSchema = SCHEMA) -> Readings:
    return decode(JsonMessages(), [Message(*message) for message in messages], schema)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(document=st.dictionaries(st.text(max_size=6), json_values, max_size=5))
def test_flattened_paths_lead_back_to_every_value(document: dict[str, Any]) -> None:
    readings = read([(b"k", json.dumps(document).encode(), "")], TopicSchema())
    assert readings.fields[0] == flattened(document, ())


def flattened(document: dict[str, Any], parents: tuple[str, ...]) -> dict[str, Any]:
    """The definition, one key at a time."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        keys = (*parents, key)
        if isinstance(value, dict):
            found |= flattened(value, keys)
        else:
            found[".".join(part.replace("\\", "\\\\").replace(".", "\\.") for part in keys)] = value
    return found


def test_the_stream_is_the_key_then_the_id_then_the_fallback() -> None:
    body, bare = b'{"host": "h", "a": 1}', b'{"a": 1}'
    messages = [
        (b"k", body, "f"),
        (None, body, "f"),
        (b"", b'{"host": 7, "a": 1}', "f"),
        (None, bare, "f"),
        (None, bare, ""),
        (b"\xff\x00", body, "f"),
        (None, b'{"host": null, "a": 1}', "f"),
    ]
    readings = read(messages)
    assert readings.streams == ["k", "h", "7", "f", "0xff00", "f"]
    assert [(reject.source, reject.reason) for reject in readings.rejects] == [(4, "no-stream")]
    assert all(fields == {"a": 1} for fields in readings.fields)


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("s", b"1790000000"),
        ("s", b'"1790000000"'),
        ("ms", b"1790000000000"),
        ("us", b"1790000000000000"),
        ("ns", b"1790000000000000000"),
        ("iso", b'"2026-09-21T16:13:20+02:00"'),
        ("iso", b'"2026-09-21 14:13:20"'),
    ],
)
def test_times_become_seconds(unit: Any, told: bytes) -> None:
    schema = TopicSchema(time=TimeKey(path="at.time", unit=unit))
    readings = read([(b"k", b'{"at": {"time": %s, "n": 1}}' % told, "")], schema)
    assert readings.times.tolist() == [1790000000.0]
    assert readings.fields == [{"at.n": 1}]


@pytest.mark.parametrize("told", [b"null", b"true", b"[]", b'"soon"', b"1e300", b"-1e300", b'"nan"', b"9" * 30])
def test_a_time_that_is_none_is_not_a_number_and_spoils_nothing_else(told: bytes) -> None:
    for mates in (b'{"time": 1790000000, "n": 1}', b'{"n": 1}'):
        readings = read([(b"k", b'{"time": %s, "n": 1}' % told, ""), (b"k", mates, "")])
        assert np.isnan(readings.times[0])
        assert readings.fields[0] == {"n": 1}


def test_limits_have_reasons() -> None:
    reader = JsonMessages(deepest=3, largest_bytes=100)
    many = b"{" + b", ".join(b'"f%d": 1' % k for k in range(1025)) + b"}"
    bodies = [
        b'{"a": {"b": {"c": 1}}}',
        b'{"a": {"b": {"c": {"d": 1}}}}',
        b'{"a": "' + b"x" * 100 + b'"}',
        b"[1, 2]",
        b"7",
        b"",
        b"{'a': 1}",
        b"[" * 90,
    ]
    rejects = decode(reader, [Message(b"k", body) for body in bodies], SCHEMA).rejects
    assert {reject.source: reject.reason for reject in rejects} == {
        1: "too-deep",
        2: "too-large",
        3: "not-an-object",
        4: "not-an-object",
        5: "empty",
        6: "malformed",
        7: "malformed",
    }
    assert read([(b"k", many, "")]).rejects[0].reason == "too-many-fields"
    assert read([(b"k" * 513, b"{}", "")]).rejects[0].reason == "no-stream"


def test_what_python_writes_for_no_number_counts_as_null() -> None:
    readings = read([(b"k", b'{"a": NaN, "b": -Infinity, "c": 1.5, "d": "NaN"}', "")])
    assert readings.fields == [{"a": None, "b": None, "c": 1.5, "d": "NaN"}]
