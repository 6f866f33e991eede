"""Avro by schema registry: every type, every logical type, and bytes that are none of it."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.catalogue import Access
from encoders.formats.contract import Message, Unreadable
from encoders.formats.decoding import decode
from encoders.formats.registry.avro import ConfluentAvro
from encoders.formats.registry.avro_schema import prepared
from encoders.schema import TopicSchema
from encoders.schema.topic import TimeKey
from tests.contracts.format_examples.registry import AVRO_ID, JSON_ID, avro
from tests.contracts.registry import STORE, as_json, framed, reader_of

READER = reader_of("confluent+avro")


def read(schema: Any, body: bytes, references: tuple[tuple[str, str, int], ...] = ()) -> dict[str, Any]:
    text = schema if isinstance(schema, str) and schema.startswith(("{", "[", '"')) else as_json(schema)
    schema_id = STORE.register("avro-tests", text, references=references)
    (parsed,) = READER.parse(Message(b"k", framed(schema_id, body)), {})  # type: ignore[misc]
    return parsed.fields


def written(schema: Any, value: Any) -> dict[str, Any]:
    return read(schema, avro(schema, value))


def record(**fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": [{"name": name, "type": kind} for name, kind in fields.items()]}


def logical(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": name, **more}


def test_records_and_maps_are_flattened_lists_and_bytes_kept() -> None:
    schema = record(
        inner={"type": "record", "name": "In", "fields": [{"name": "a", "type": "int"}]},
        again="In",
        m={"type": "map", "values": "double"},
        l={"type": "array", "items": ["null", "float"]},
        b="bytes",
        f={"type": "fixed", "name": "F", "size": 2},
        e={"type": "enum", "name": "E", "symbols": ["OFF", "ON"]},
        u=["null", "string", "In"],
        t="boolean",
        n="null",
    )
    value = {
        "inner": {"a": -1},
        "again": {"a": 2**31 - 1},
        "m": {"x.y": 0.5, "z": 1.0},
        "l": [None, 1.5],
        "b": b"\0\xff",
        "f": b"ab",
        "e": "ON",
        "u": {"a": 7},
        "t": True,
        "n": None,
    }
    assert written(schema, value) == {
        "inner.a": -1,
        "again.a": 2**31 - 1,
        "m.x\\.y": 0.5,
        "m.z": 1.0,
        "l": [None, 1.5],
        "b": b"\0\xff",
        "f": b"ab",
        "e": "ON",
        "u.a": 7,
        "t": True,
        "n": None,
    }


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ("double", 2.5, 2.5),
        ("long", -(2**63), -(2**63)),
        (["null", "string"], None, None),
        ("string", "Zürich", "Zürich"),
        ({"type": "array", "items": "long"}, [1, 2], [1, 2]),
    ],
)
def test_what_is_no_record_is_one_field(schema: Any, value: Any, expected: Any) -> None:
    assert written(schema, value) == {"value": expected}


def test_a_map_at_the_top_is_fields() -> None:
    assert written({"type": "map", "values": "long"}, {"a": 1, "b": 2}) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("schema", "plain", "expected"),
    [
        (logical("long", "timestamp-millis"), 1790000000500, "2026-09-21T14:13:20.500000+00:00"),
        (logical("long", "timestamp-micros"), 1790000000500001, "2026-09-21T14:13:20.500001+00:00"),
        (logical("long", "timestamp-nanos"), 1790000000500001999, "2026-09-21T14:13:20.500001+00:00"),
        (logical("long", "timestamp-millis"), -1, "1969-12-31T23:59:59.999000+00:00"),
        (logical("long", "timestamp-micros"), 2**63 - 1, None),
        (logical("long", "local-timestamp-millis"), 1790000000000, "2026-09-21T14:13:20"),
        (logical("long", "local-timestamp-micros"), 1790000000000000, "2026-09-21T14:13:20"),
        (logical("long", "local-timestamp-nanos"), 1790000000000000000, "2026-09-21T14:13:20"),
        (logical("int", "date"), 20717, "2026-09-21T00:00:00"),
        (logical("int", "date"), -(2**31), None),
        (logical("int", "time-millis"), 1500, 1.5),
        (logical("long", "time-micros"), 1500000, 1.5),
        (logical("string", "uuid"), "not checked", "not checked"),
        (logical("long", "somebody-elses"), 7, 7),
    ],
)
def test_logical_types_of_numbers(schema: Any, plain: Any, expected: Any) -> None:
    body = avro(schema["type"], plain)
    assert read(schema, body) == {"value": expected}
    assert read(["null", schema], b"\2" + body) == {"value": expected}


def test_an_iso_timestamp_serves_as_event_time() -> None:
    schema = record(at=logical("long", "timestamp-micros"), x="int")
    schema_id = STORE.register("avro-time", as_json(schema))
    message = Message(b"k", framed(schema_id, avro(schema, {"at": datetime(2026, 9, 21, 14, 13, 20, 5, UTC), "x": 1})))
    readings = decode(READER, [message], TopicSchema(format=READER.name, time=TimeKey(path="at", unit="iso")))
    assert readings.times.tolist() == [1790000000.000005]


@pytest.mark.parametrize("text", ["0", "-1.23", "99999.99", "-327.68"])
def test_decimals_are_numbers(text: str) -> None:
    for kind in (
        logical("bytes", "decimal", precision=9, scale=2),
        {"type": "fixed", "name": "D", "size": 5, "logicalType": "decimal", "precision": 9, "scale": 2},
    ):
        assert written(kind, Decimal(text)) == {"value": pytest.approx(float(text))}


def test_decimals_beyond_a_float_are_infinite_and_those_of_nothing_zero() -> None:
    schema = logical("bytes", "decimal", precision=999)
    assert read(schema, avro("bytes", b"\x7f" + b"\xff" * 200)) == {"value": math.inf}
    assert read(schema, avro("bytes", b"\x80" + b"\xff" * 200)) == {"value": -math.inf}
    assert read(schema, avro("bytes", b"")) == {"value": 0.0}


def test_a_duration_is_months_days_and_seconds() -> None:
    schema = {"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}
    body = (1).to_bytes(4, "little") + (2).to_bytes(4, "little") + (3500).to_bytes(4, "little")
    assert read(schema, body) == {"months": 1, "days": 2, "seconds": 3.5}


def test_names_of_other_subjects_are_known_by_reference() -> None:
    point = {"type": "record", "name": "geo.Point", "fields": [{"name": "lat", "type": "double"}]}
    STORE.register("point", as_json(point))
    track = {"type": "record", "name": "geo.Track", "fields": [{"name": "first", "type": "Point"}]}
    STORE.register("track", as_json(track), references=[("geo.Point", "point", 1)])
    top = record(track="geo.Track", last=["null", "geo.Point"])
    body = avro("double", 46.5) + b"\2" + avro("double", 8.5)
    assert read(top, body, (("geo.Track", "track", 1),)) == {"track.first.lat": 46.5, "last.lat": 8.5}


def test_a_schema_that_is_a_bare_name_is_read() -> None:
    (parsed,) = READER.parse(Message(b"k", framed(STORE.register("bare", "double"), avro("double", 2.0))), {})  # type: ignore[misc]
    assert parsed.fields == {"value": 2.0}


TREE = {
    "type": "record",
    "name": "Tree",
    "namespace": "n",
    "fields": [{"name": "left", "type": ["null", "Tree"]}, {"name": "right", "type": ["null", "n.Tree"]}],
}


def test_a_type_within_itself_is_read_to_the_depth_of_all_formats() -> None:
    assert read(TREE, b"\2\0\2\0\0\0") == {
        "left.left": None,
        "left.right.left": None,
        "left.right.right": None,
        "right": None,
    }


@pytest.mark.parametrize("depth", [32, 1000, 500_000])
def test_a_type_nested_without_end_is_too_deep_and_does_not_run_out_of_stack(depth: int) -> None:
    with pytest.raises(Unreadable, match="too-deep"):
        read(TREE, b"\2" * depth + b"\0" * (depth + 2))


@pytest.mark.parametrize("items", ["null", {"type": "fixed", "name": "Z", "size": 0}, record(), record(a="null")])
def test_lists_of_items_without_bytes_are_refused_before_ten_bytes_claim_a_billion(items: Any) -> None:
    with pytest.raises(Unreadable, match=r"unsupported: .*items without bytes"):
        read({"type": "array", "items": items}, avro("long", 2**40) + b"\0")


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ("string", b"\1abc"),  # a negative length
        ("string", b"\x20abc"),
        ("string", b"\4\xff\xfe"),
        ("bytes", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1abc"),
        ({"type": "array", "items": "double"}, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1abc"),
        ({"type": "map", "values": "null"}, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1\2a"),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, b"\x08"),
        (["null", "int"], b"\7"),
        ({"type": "fixed", "name": "F", "size": 1 << 40}, b"\1"),
        ("double", b"1234"),
        ("int", b""),
    ],
)
def test_bytes_that_do_not_follow_the_schema_are_malformed(schema: Any, body: bytes) -> None:
    with pytest.raises(Unreadable, match="malformed: not Avro of this schema"):
        read(schema, body)


def test_bytes_left_over_are_malformed() -> None:
    with pytest.raises(Unreadable, match="malformed: 2 bytes more than"):
        read("int", b"\2xx")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"type": "record", "name": "R"}',
        '{"type": "Nobody"}',
        '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "Nobody"}]}',
        '{"type": "array"}',
        "7",
        "null and more",
        '{"type": "enum", "name": "E", "symbols": 7}',
        '{"type": "fixed", "name": "E", "size": "x"}',
        '{"type": "fixed", "name": "E", "size": -1}',
        "[" * 5000,
        '{"type":' * 1100 + '"int"' + "}" * 1100,
    ],
)
def test_schemas_that_are_none_are_unsupported(text: str) -> None:
    schema_id = STORE.register("broken", text)
    with pytest.raises(Unreadable, match=r"unsupported: .*Avro schema"):
        READER.parse(Message(b"k", framed(schema_id, b"\2")), {})


def test_a_schema_of_another_kind_is_not_this_format() -> None:
    with pytest.raises(Unreadable, match=r"malformed: schema \d+ is of kind JSON: its messages are not confluent"):
        READER.parse(Message(b"k", framed(JSON_ID, b"{}")), {})


def test_sniff_asks_for_framed_messages_alone_and_gives_less_where_the_body_does_not_fit() -> None:
    server = reader_of.server
    before = len(server.asked)
    for value in (b'{"a": 1}', b"\0\0\0", b"1.5", b"\1\0\0\0\1"):
        assert READER.sniff(Message(b"k", value)) == 0.0
    assert len(server.asked) == before
    assert READER.sniff(Message(b"k", framed(AVRO_ID, b"\xff"))) == 0.1
    assert READER.sniff(Message(b"k", framed(2**31, b"\xff"))) == 0.0
    assert READER.sniff(Message(b"k", b"", headers=(("__value_schema_id", b"\7"),))) == 0.0


def test_sniff_goes_by_looks_while_there_is_no_registry() -> None:
    reader = ConfluentAvro(Access())
    assert reader.sniff(Message(b"k", framed(AVRO_ID, avro("string", "pump")))) == 0.3
    assert reader.sniff(Message(b"k", framed(JSON_ID, b'{"a": 1}'))) == 0.0


simple = st.sampled_from(["null", "boolean", "int", "long", "float", "double", "bytes", "string"])


@st.composite
def schemas(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema and a value that it describes."""
    count = draw(st.integers(0, 4))
    kinds = {f"f{each}": draw(simple) for each in range(count)}
    values = {
        "null": st.none(),
        "boolean": st.booleans(),
        "int": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "float": st.floats(width=32, allow_nan=False),
        "double": st.floats(allow_nan=False),
        "bytes": st.binary(max_size=8),
        "string": st.text(max_size=8),
    }
    return record(**kinds), {name: draw(values[kind]) for name, kind in kinds.items()}


@settings(max_examples=80, deadline=None)
@given(pair=schemas())
def test_what_the_library_writes_is_read_back(pair: tuple[Any, Any]) -> None:
    assert written(*pair) == pair[1]


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60))
def test_no_bytes_make_a_deep_schema_raise_anything_else(body: bytes) -> None:
    schema = record(tree=TREE, m={"type": "map", "values": {"type": "array", "items": ["null", "n.Tree", "string"]}})
    with suppress(Unreadable):
        read(schema, body)


def test_prepared_writes_each_type_once_per_level() -> None:
    assert len(str(prepared(as_json(TREE)))) < 33 * 200
