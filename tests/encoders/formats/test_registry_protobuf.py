"""Protobuf by schema registry: types, presence, well-known types, imports, paths to nested messages, hostile bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.catalogue import Access
from encoders.formats.contract import Message, Unreadable
from encoders.formats.registry.client import Registry
from encoders.formats.registry.protobuf import ConfluentProtobuf
from tests.contracts.format_examples.registry import PROTO_ID, pool_of, proto_class
from tests.contracts.registry import STORE, RegistryServer, Store, framed, reader_of

READER = reader_of("confluent+protobuf")
FIRST = b"\0"


def read(text: str, body: bytes, path: bytes = FIRST) -> dict[str, Any]:
    schema_id = STORE.register("proto-tests", text, "PROTOBUF")
    (parsed,) = READER.parse(Message(b"k", framed(schema_id, body, path)), {})  # type: ignore[misc]
    return parsed.fields


def written(text: str, **values: Any) -> dict[str, Any]:
    return read(text, proto_class(text, "M")(**values).SerializeToString())


def proto(fields: str, imports: str = "", syntax: str = "proto3") -> str:
    return f'syntax = "{syntax}"; {imports} message M {{ {fields} }}'


def test_every_scalar_type() -> None:
    kinds = [
        "double",
        "float",
        "int32",
        "int64",
        "uint32",
        "uint64",
        "sint32",
        "sint64",
        "fixed32",
        "fixed64",
        "sfixed32",
        "sfixed64",
    ]
    text = proto(" ".join(f"{kind} a{kind} = {number};" for number, kind in enumerate(kinds, 1)))
    values = {f"a{kind}": 7 for kind in kinds} | {"aint64": -(2**63), "auint64": 2**64 - 1, "asint32": -5}
    fields = written(text, **values)
    assert fields == values
    assert type(fields["aint64"]) is int
    assert type(fields["adouble"]) is float
    others = written(proto("bool t = 1; string s = 2; bytes b = 3;"), t=True, s="Zürich", b=b"\0\xff")
    assert others == {"t": True, "s": "Zürich", "b": b"\0\xff"}


def test_what_is_not_set_is_zero_or_nothing_as_the_schema_has_it() -> None:
    text = proto(
        "int32 a = 1; optional int32 b = 2; M c = 3; oneof o { int32 d = 4; string e = 5; } repeated int32 f = 6;"
    )
    assert written(text) == {"a": 0, "b": None, "c": None, "d": None, "e": None, "f": []}
    assert written(text, b=0, e="") == {"a": 0, "b": 0, "c": None, "d": None, "e": "", "f": []}
    old = proto("optional int32 a = 1 [default = 7]; required int32 b = 2;", syntax="proto2")
    assert written(old, b=0) == {"a": None, "b": 0}


def test_a_required_field_that_is_missing_is_malformed() -> None:
    with pytest.raises(Unreadable, match="malformed: without b, required by its schema"):
        read(proto("required int32 b = 2; optional int32 a = 1;", syntax="proto2"), b"\x08\1")


def test_enums_are_names_and_numbers_without_one_are_text() -> None:
    text = proto("enum E { OFF = 0; ON = 1; } E a = 1; repeated E b = 2; map<string, E> c = 3;")
    assert written(text, a=1, b=[0, 1, 9], c={"x": 1}) == {"a": "ON", "b": ["OFF", "ON", "9"], "c.x": "ON"}


def test_messages_within_are_flattened_and_lists_of_them_kept_whole() -> None:
    text = proto(
        "message In { double x = 1; } In one = 1; repeated In many = 2;map<int32, In> by = 3; map<string, int32> m = 4;"
    )
    whole = written(text, one={"x": 0.5}, many=[{"x": 1}, {}], by={7: {"x": 2}}, m={"a.b": 1})
    assert whole == {"one.x": 0.5, "many": [{"x": 1.0}, {"x": 0.0}], "by.7.x": 2.0, "m.a\\.b": 1}


WELL_KNOWN = "".join(
    f'import "google/protobuf/{name}.proto";' for name in ("timestamp", "duration", "wrappers", "struct", "empty")
)


def test_well_known_types_are_values() -> None:
    text = proto(
        "google.protobuf.Timestamp t = 1; google.protobuf.Duration d = 2; google.protobuf.DoubleValue w = 3;"
        "google.protobuf.BoolValue n = 4; google.protobuf.Struct s = 5; google.protobuf.Value v = 6;"
        "google.protobuf.Empty e = 7; repeated google.protobuf.Duration l = 8;",
        WELL_KNOWN,
    )
    kind = proto_class(text, "M")
    message = kind()
    message.t.FromNanoseconds(1790000000500001999)
    message.d.FromMilliseconds(-1500)
    message.w.value = 0.0
    message.s.update({"a": 1.5, "b": {"c": "x"}, "l": [1, None]})
    message.v.number_value = 2.0
    message.e.SetInParent()
    message.l.add(seconds=3)
    assert read(text, message.SerializeToString()) == {
        "t": "2026-09-21T14:13:20.500001+00:00",
        "d": -1.5,
        "w": 0.0,
        "n": None,
        "s.a": 1.5,
        "s.b.c": "x",
        "s.l": [1.0, None],
        "v": 2.0,
        "l": [3.0],
    }
    message.t.seconds = 2**62
    assert read(text, message.SerializeToString())["t"] is None
    message.v.number_value = float("nan")
    with pytest.raises(Unreadable, match=r"malformed: .*no JSON"):
        read(text, message.SerializeToString())


def test_a_well_known_type_may_be_the_message_itself() -> None:
    text = 'syntax = "proto3"; package google.protobuf; message DoubleValue { double value = 1; }'
    assert read(text, b"\x09" + b"\0" * 6 + b"\xf0\x3f") == {"value": 1.0}


NESTED = """
    syntax = "proto3";
    package p;
    message A {
        map<string, int32> m = 1;
        message B { int32 x = 1; message C { int32 y = 1; } }
        message E { int32 w = 1; }
    }
    message D { int32 z = 1; }
"""
"""Among the types within A protoc puts the entry of its map first."""


def test_paths_lead_to_nested_messages_and_never_to_entries_of_maps() -> None:
    assert read(NESTED, b"\x08\5", b"\4\0\0") == {"x": 5}  # B as the text counts
    assert read(NESTED, b"\x08\5", b"\4\0\2") == {"x": 5}  # B as the descriptor counts
    assert read(NESTED, b"\x08\5", b"\4\0\4") == {"w": 5}
    assert read(NESTED, b"\x08\5", b"\6\0\0\0") == {"y": 5}
    assert read(NESTED, b"\x08\5", b"\2\2") == {"z": 5}
    assert read(NESTED, b"", b"\0") == {}
    for path in (b"\2\4", b"\4\0\6", b"\2\1", b"\6\2\0\0"):
        with pytest.raises(Unreadable, match="malformed: the Protobuf schema has no message at"):
            read(NESTED, b"\x08\5", path)


def test_fields_that_the_schema_does_not_know_are_passed_over_but_not_a_whole_message() -> None:
    text = proto("int32 a = 1;")
    assert read(text, b"\x08\5\x10\7") == {"a": 5}
    assert read(text, b"\x08\0") == {"a": 0}  # written out though it is zero
    assert read(text, b"") == {"a": 0}
    with pytest.raises(Unreadable, match="malformed: Protobuf, but no field of it is in the schema"):
        read(text, b"\x10\7")


@pytest.mark.parametrize("body", [b"\x08", b"\x0d\0", b"\x12\x7fx", b"\x0a\1\xff", b"\xff" * 11, b"\0\0"])
def test_bytes_that_are_no_message_are_malformed(body: bytes) -> None:
    with pytest.raises(Unreadable, match="malformed: not Protobuf"):
        read(proto("string s = 1; int32 a = 2;"), body)


def test_messages_within_each_other_without_end_are_refused() -> None:
    text = proto("M m = 1; int32 a = 2;")
    body = b""
    for _ in range(60):
        length = len(body)
        body = b"\x0a" + (bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])) + body
    with pytest.raises(Unreadable, match="too-deep"):
        read(text, body)
    for _ in range(100):
        length = len(body)
        body = b"\x0a" + bytes([length & 127 | 128, length >> 7]) + body
    with pytest.raises(Unreadable, match="malformed"):
        read(text, body)


def test_two_bytes_that_stand_for_hundreds_of_fields_are_counted() -> None:
    many = "".join(f"int32 a{number} = {number};" for number in range(1, 500))
    text = proto(f"message In {{ {many} }} repeated In l = 1;")
    assert len(read(text, b"\x0a\0" * 1000)["l"]) == 1000
    with pytest.raises(Unreadable, match="too-many-fields: more than 1000000 values"):
        read(text, b"\x0a\0" * 3000)


IMPORTED = """
    syntax = "proto3";
    package geo;
    import "google/protobuf/timestamp.proto";
    message Point { double lat = 1; google.protobuf.Timestamp at = 2; }
"""
IMPORTING = """
    syntax = "proto3";
    import "geo/point.proto";
    import "geo/track.proto";
    message M { geo.Point p = 1; geo.Track t = 2; }
"""
TRACK = """
    syntax = "proto3";
    package geo;
    import "geo/point.proto";
    message Track { repeated Point points = 1; int32 n = 2; }
"""


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    running = RegistryServer(Store()).start()
    yield running
    running.stop()


def imported(store: Store) -> int:
    store.register("point", IMPORTED, "PROTOBUF")
    store.register("track", TRACK, "PROTOBUF", [("geo/point.proto", "point", 1)])
    return store.register(
        "m", IMPORTING, "PROTOBUF", [("geo/point.proto", "point", 1), ("geo/track.proto", "track", 1)]
    )


def parsed(server: RegistryServer, schema_id: int, body: bytes, path: bytes = FIRST) -> dict[str, Any]:
    reader = ConfluentProtobuf(registry=Registry(Access(server.url)))
    (only,) = reader.parse(Message(b"k", framed(schema_id, body, path)), {})  # type: ignore[misc]
    return only.fields


IMPORTED_BODY = b"\x0a\x0d\x09" + b"\0" * 6 + b"\xf0\x3f" + b"\x12\2\x08\1" + b"\x12\2\x10\3"
IMPORTED_FIELDS = {"p.lat": 1.0, "p.at": "1970-01-01T00:00:01+00:00", "t.points": [], "t.n": 3}


def test_paths_count_by_the_text_where_there_is_no_descriptor(server: RegistryServer) -> None:
    server.descriptors = False
    schema_id = server.store.register("nested", NESTED, "PROTOBUF")
    for path, expected in ((b"\4\0\0", {"x": 5}), (b"\4\0\2", {"w": 5}), (b"\4\0\4", {"w": 5})):
        assert parsed(server, schema_id, b"\x08\5", path) == expected


@pytest.mark.parametrize("descriptors", [True, False])
def test_imports_are_read_as_descriptors_or_as_text(server: RegistryServer, *, descriptors: bool) -> None:
    server.descriptors = descriptors
    assert parsed(server, imported(server.store), IMPORTED_BODY) == IMPORTED_FIELDS


def test_imports_in_descriptors_below_a_text_are_read(server: RegistryServer) -> None:
    store = server.store
    schema_id = imported(store)
    point = base64.b64encode(store.descriptor(store.schema(1))).decode()
    server.descriptors = False
    store.schemas[0] = {**store.schemas[0], "schema": point}
    assert parsed(server, schema_id, IMPORTED_BODY) == IMPORTED_FIELDS


def test_schemas_that_do_not_compile_are_unsupported_with_what_is_wrong(server: RegistryServer) -> None:
    server.descriptors = False
    broken = server.store.register("b", "message {", "PROTOBUF")
    with pytest.raises(Unreadable, match=r"unsupported: the Protobuf schema does not compile: .*Expected message name"):
        parsed(server, broken, b"")


@pytest.mark.parametrize("name", ["/etc/x.proto", "../x.proto", "a/../../x.proto"])
def test_an_import_cannot_leave_the_folder_in_which_it_is_compiled(server: RegistryServer, name: str) -> None:
    server.descriptors = False
    server.store.register("x", proto("int32 a = 1;"), "PROTOBUF")
    top = server.store.register("top", proto("int32 a = 1;"), "PROTOBUF", [(name, "x", 1)])
    with pytest.raises(Unreadable, match="unsupported: a Protobuf import named"):
        parsed(server, top, b"")


def descriptor(name: str, dependencies: Sequence[str], field_type: str | None = None) -> str:
    """A hand-made FileDescriptorProto in base 64: message M with a field of that type."""
    file = FileDescriptorProto(name=name, syntax="proto3", dependency=dependencies)
    message = file.message_type.add(name="M")
    if field_type is not None:
        message.field.add(name="x", number=1, label=1, type=11, type_name=field_type)
    return base64.b64encode(file.SerializeToString()).decode()


def test_confluents_own_imports_need_no_reference() -> None:
    files = ["confluent/meta.proto", "confluent/type/decimal.proto"]
    text = descriptor("default", files, ".confluent.type.Decimal")
    for body, value in ((b"\x0a\2\xff\x85\x18\2", -1.23), (b"\x0a\1\5\x18\3", 0.005)):
        assert read(text, b"\x0a" + bytes([len(body)]) + body) == {"x": pytest.approx(value)}
    assert read(text, b"\x0a\x05\x18\xff\xff\xff\x7f") == {"x": None}  # a scale beyond all numbers
    assert read(text, b"") == {"x": None}


@pytest.mark.parametrize("name", ["geo/missing.proto", "google/type/money.proto"])
def test_an_import_without_reference_is_no_schema(name: str) -> None:
    with pytest.raises(Unreadable, match=f"no-schema: the Protobuf schema imports {name}, which is not among"):
        read(descriptor("default", [name]), b"")


@pytest.mark.parametrize("text", [descriptor("a", ["google/protobuf/x.proto"]), descriptor("a", [], ".no.Such"), ""])
def test_descriptors_that_hold_no_schema_are_refused(text: str) -> None:
    with pytest.raises(Unreadable, match=r"unsupported|malformed"):
        read(text, b"\x08\1")


def test_descriptors_that_hold_nothing_usable_give_way_to_the_text(server: RegistryServer) -> None:
    schema_id = imported(server.store)
    server.broken_descriptors = True
    assert parsed(server, schema_id, IMPORTED_BODY) == IMPORTED_FIELDS


def test_an_id_is_compiled_once(server: RegistryServer) -> None:
    schema_id = server.store.register("m", proto("int32 a = 1;"), "PROTOBUF")
    reader = ConfluentProtobuf(registry=Registry(Access(server.url)))
    for number in range(1000):
        (only,) = reader.parse(Message(b"k", framed(schema_id, bytes([8, number % 100]), FIRST)), {})  # type: ignore[misc]
        assert only.fields == {"a": number % 100}
    assert server.asked == [f"/schemas/ids/{schema_id}"]
    assert len(reader.schemas) == 1


def test_sniff_goes_by_looks_while_there_is_no_registry() -> None:
    reader = ConfluentProtobuf(Access())
    assert reader.sniff(Message(b"k", framed(PROTO_ID, b"\x0a\4pump", FIRST))) == 0.4
    assert reader.sniff(Message(b"k", framed(PROTO_ID, b'{"a": 1}'))) == 0.0
    assert reader.sniff(Message(b"k", framed(PROTO_ID, b"\xff\xff\xff\xff\xff"))) == 0.0
    assert reader.sniff(Message(b"k", b'{"a": 1}')) == 0.0


EVERYTHING = proto(
    "int64 i = 1; double d = 2; string s = 3; bytes b = 4; repeated sint32 r = 5; map<string, bool> m = 6;"
)


@settings(max_examples=60, deadline=None)
@given(
    i=st.integers(-(2**63), 2**63 - 1),
    d=st.floats(allow_nan=False),
    s=st.text(max_size=5),
    b=st.binary(max_size=5),
    r=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4),
)
def test_what_the_library_writes_is_read_back(i: int, d: float, s: str, b: bytes, r: list[int]) -> None:
    kind = GetMessageClass(POOL.FindMessageTypeByName("M"))
    values = {"i": i, "d": d, "s": s, "b": b, "r": r}
    assert read(EVERYTHING, kind(**values).SerializeToString()) == values


POOL = pool_of(STORE.descriptor({"schema": EVERYTHING, "references": []}))
