"""What every wire format promises (encoders/formats/contract.py)."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.catalogue import FORMATS, format_named
from encoders.formats.contract import Format, Message
from encoders.formats.json_messages import JsonMessages
from encoders.reading import Readings
from encoders.schema import IdKey, TimeKey, TopicSchema

EXAMPLES: dict[str, list[bytes]] = {
    "json": [
        b'{"host": "a", "time": 1790000000.5, "cpu": {"core0": 12.5, "core1": 3}, "state": "idle", "ok": true}',
        b'{"ts": "2026-09-21T14:13:20Z", "list": [1, null], "deep": {"a": {"b": {"c": -1e-7}}}, "\xc3\xa9": null}',
        b"{}",
    ],
}
"""Format -> readable messages, from which the mutants are bred."""

SCHEMA = TopicSchema(time=TimeKey(path="time", unit="s"), id=IdKey(path="host"))
MUTANTS = 3000
REASONS = {"empty", "not-json", "not-an-object", "too-deep", "too-large", "too-many-fields", "no-stream"}

each = pytest.mark.parametrize("name", sorted(EXAMPLES))


def check(reader: Format, messages: list[Message]) -> Readings:
    """Each message gives one reading or one reject, in order, whatever its bytes."""
    readings = reader.decode(messages, SCHEMA)
    rejected = [reject.source for reject in readings.rejects]
    assert sorted([*readings.source.tolist(), *rejected]) == list(range(len(messages)))
    assert readings.source.tolist() == sorted(readings.source.tolist())
    assert rejected == sorted(rejected)
    assert len(readings) == len(readings.fields) == len(readings.times) == len(readings.source)
    assert all(isinstance(stream, str) and stream for stream in readings.streams)
    for reject in readings.rejects:
        assert reject.reason in REASONS
        assert reject.detail
        assert "\n" not in reject.detail
    return readings


def mutant(rng: random.Random, parent: bytes) -> bytes:
    """A few bytes or runs of the parent changed, lost, doubled or put elsewhere."""
    body = bytearray(parent)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(body) + 1)
        stop = min(len(body), at + rng.randint(1, 8))
        how = rng.randrange(5)
        if how == 0:
            body[at:stop] = b""
        elif how == 1:
            body[at:at] = body[at:stop]
        elif how == 2:
            body[at:at] = rng.randbytes(rng.randint(1, 4))
        elif how == 3 and at < len(body):
            body[at] ^= 1 << rng.randrange(8)
        else:
            body[at:at] = rng.choice([b'"', b"{", b"}", b"[", b"\\", b"\0", b"NaN", b"1e999", b"\\ud800", b"9" * 30])
    return bytes(body)


def test_each_format_has_an_example() -> None:
    assert set(EXAMPLES) == set(FORMATS)
    assert all(format_named(name).name == name for name in FORMATS)


@each
def test_examples_are_read(name: str) -> None:
    assert not check(format_named(name), [(b"k", body, "") for body in EXAMPLES[name]]).rejects


@each
def test_no_mutant_makes_it_raise_and_bad_ones_are_rejected(name: str) -> None:
    rng = random.Random(20260921)  # noqa: S311 -- not for secrets
    mutants = [mutant(rng, rng.choice(EXAMPLES[name])) for _ in range(MUTANTS)]
    readings = check(format_named(name), [(None, body, "s") for body in mutants])
    assert len(readings.rejects) > MUTANTS // 4
    for reject in readings.rejects:
        assert not strictly_readable(mutants[reject.source])
    for source, fields in zip(readings.source.tolist(), readings.fields, strict=True):
        assert json.loads(mutants[source]) is not None
        assert all(isinstance(path, str) and path.encode() is not None for path in fields)


def strictly_readable(body: bytes) -> bool:
    """Whether the standard library reads it as an object that says the same to everyone."""
    try:
        text = body.decode()
        document = json.loads(text, parse_constant=lambda _: 1 / 0)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError, ZeroDivisionError):
        return False
    return isinstance(document, dict) and "1e999" not in text


@each
@settings(max_examples=300, deadline=None)
@given(key=st.none() | st.binary(max_size=40), value=st.none() | st.binary(max_size=200), fallback=st.text(max_size=5))
def test_no_bytes_make_it_raise(name: str, key: bytes | None, value: bytes | None, fallback: str) -> None:
    check(format_named(name), [(key, value, fallback)])


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
    readings = JsonMessages().decode([(b"k", json.dumps(document).encode(), "")], TopicSchema())
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


@each
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_message_is_read_the_same_in_any_batch(name: str, data: st.DataObject) -> None:
    bodies = data.draw(st.lists(st.sampled_from(EXAMPLES[name]) | st.binary(max_size=30), max_size=8))
    messages: list[Message] = [(None, body, "s") for body in bodies]
    whole = check(format_named(name), messages)
    for row, source in enumerate(whole.source.tolist()):
        alone = check(format_named(name), [messages[source]])
        assert alone.streams == [whole.streams[row]]
        assert alone.fields == [whole.fields[row]]
        assert alone.times.tobytes() == whole.times[row : row + 1].tobytes()


def test_the_stream_is_the_key_then_the_id_then_the_fallback() -> None:
    body, bare = b'{"host": "h", "a": 1}', b'{"a": 1}'
    messages: list[Message] = [
        (b"k", body, "f"),
        (None, body, "f"),
        (b"", b'{"host": 7, "a": 1}', "f"),
        (None, bare, "f"),
        (None, bare, ""),
        (b"\xff\x00", body, "f"),
        (None, b'{"host": null, "a": 1}', "f"),
    ]
    readings = check(JsonMessages(), messages)
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
        ("iso8601", b'"2026-09-21T16:13:20+02:00"'),
        ("iso8601", b'"2026-09-21 14:13:20"'),
    ],
)
def test_times_become_seconds(unit: Any, told: bytes) -> None:
    schema = TopicSchema(time=TimeKey(path="at.time", unit=unit))
    readings = JsonMessages().decode([(b"k", b'{"at": {"time": %s, "n": 1}}' % told, "")], schema)
    assert readings.times.tolist() == [1790000000.0]
    assert readings.fields == [{"at.n": 1}]


@pytest.mark.parametrize("told", [b"null", b"true", b"[]", b'"soon"', b"1e300", b"-1e300", b'"nan"', b"9" * 30])
def test_a_time_that_is_none_is_not_a_number_and_spoils_nothing_else(told: bytes) -> None:
    for mates in (b'{"time": 1790000000, "n": 1}', b'{"n": 1}'):
        readings = check(JsonMessages(), [(b"k", b'{"time": %s, "n": 1}' % told, ""), (b"k", mates, "")])
        assert np.isnan(readings.times[0])
        assert readings.fields[0] == {"n": 1}


def test_limits_have_reasons() -> None:
    reader = JsonMessages(deepest=3, most_fields=4, largest_bytes=100, longest_stream=5)
    bodies = [
        b'{"a": {"b": {"c": 1}}}',
        b'{"a": {"b": {"c": {"d": 1}}}}',
        b'{"a": 1, "b": 1, "c": 1, "d": 1}',
        b'{"a": 1, "b": 1, "c": {"d": 1, "e": 1, "f": 1}}',
        b'{"a": "' + b"x" * 100 + b'"}',
        b"[1, 2]",
        b"7",
        b"",
        b"{'a': 1}",
        b"[" * 90,
    ]
    rejects = reader.decode([(b"k", body, "") for body in bodies], SCHEMA).rejects
    reasons = {reject.source: reject.reason for reject in rejects}
    assert reasons == {
        1: "too-deep",
        3: "too-many-fields",
        4: "too-large",
        5: "not-an-object",
        6: "not-an-object",
        7: "empty",
        8: "not-json",
        9: "not-json",
    }
    assert reader.decode([(b"longer", b"{}", "")], SCHEMA).rejects[0].reason == "no-stream"


def test_what_python_writes_for_no_number_counts_as_null() -> None:
    readings = check(JsonMessages(), [(b"k", b'{"a": NaN, "b": -Infinity, "c": 1.5, "d": "NaN"}', "")])
    assert readings.fields == [{"a": None, "b": None, "c": 1.5, "d": "NaN"}]
