"""CloudEvents: the same fields in every mode, data by its content type, and what is no event."""

from __future__ import annotations

import base64
import json
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.cloudevents import CloudEvents
from encoders.formats.contract import MOST_READINGS, Headers, Message
from encoders.formats.decoding import decode
from encoders.reading import Readings
from encoders.schema import IdKey, TopicSchema

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "7",
    "source": "/plant/7",
    "type": "com.example.motor",
    "time": "2026-09-21T14:13:20Z",
    "subject": "bearing",
    "dataschema": "http://example.com/schema",
    "plant": "A",
}
DATA = {"rpm": 1480.5, "bearing": {"temp.c": 61, "ok": True}, "samples": [1, 2]}
FIELDS = {
    "source": "/plant/7",
    "time": "2026-09-21T14:13:20Z",
    "type": "com.example.motor",
    "subject": "bearing",
    "plant": "A",
    "data.rpm": 1480.5,
    "data.bearing.temp\\.c": 61,
    "data.bearing.ok": True,
    "data.samples": [1, 2],
}
SCHEMA = TopicSchema(format="cloudevents+json", time=CloudEvents().time, id=IdKey(path="source"))


def structured(attributes: dict[str, Any], headers: Headers = (), key: bytes | None = None) -> Message:
    return Message(key, json.dumps(attributes).encode(), headers=headers)


def binary(attributes: dict[str, Any], value: bytes, media: str | None = "application/json") -> Message:
    headers = [("ce_" + name, str(told).encode()) for name, told in attributes.items()]
    return Message(None, value, headers=(*headers, *([("content-type", media.encode())] if media else [])))


def fields(message: Message) -> dict[str, Any]:
    (parsed,) = CloudEvents().parse(message, {})
    return parsed.fields


def read(message: Message) -> Readings:
    return decode(CloudEvents(), [message], SCHEMA)


def modes() -> dict[str, Message]:
    document, encoded = json.dumps(DATA).encode(), cbor2.dumps(DATA)
    typed = {**ATTRIBUTES, "datacontenttype": "application/json"}
    return {
        "structured": structured({**typed, "data": DATA}),
        "declared": structured({**ATTRIBUTES, "data": DATA}, (("content-type", b"application/cloudevents+json"),)),
        "base64": structured({**typed, "data_base64": base64.b64encode(document).decode()}),
        "base64 of cbor": structured(
            {
                **ATTRIBUTES,
                "datacontenttype": "application/cbor",
                "data_base64": base64.b64encode(encoded).decode(),
            }
        ),
        "batch": Message(None, json.dumps([{**ATTRIBUTES, "data": DATA}]).encode()),
        "binary json": binary(ATTRIBUTES, document, "application/json; charset=utf-8"),
        "binary untyped": binary(ATTRIBUTES, document, None),
        "binary cbor": binary(ATTRIBUTES, encoded, "application/cbor"),
        "binary msgpack": binary(ATTRIBUTES, msgspec.msgpack.encode(DATA), "application/msgpack"),
        "binary +json": binary(ATTRIBUTES, document, "application/vnd.motor+json"),
    }


@pytest.mark.parametrize("mode", sorted(modes()))
def test_all_modes_give_the_same_fields(mode: str) -> None:
    message = modes()[mode]
    found = fields(message)
    assert found == FIELDS
    assert list(found) == list(FIELDS)
    assert CloudEvents().sniff(message) == 1.0
    readings = read(message)
    assert readings.streams == ["/plant/7"]
    assert readings.times.tolist() == [1790000000.0]


extensions = st.dictionaries(
    st.text("abcxyz019", min_size=1, max_size=8).filter(lambda name: name not in (*ATTRIBUTES, "data")),
    st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.text(min_size=1, max_size=5),
    max_size=4,
)


@settings(deadline=None)
@given(more=extensions, data=st.dictionaries(st.text(max_size=3), st.integers(0, 9) | st.none(), max_size=3))
def test_extensions_are_the_same_in_headers_and_in_json(more: dict[str, Any], data: dict[str, Any]) -> None:
    told = {name: str(value).lower() if isinstance(value, bool) else value for name, value in more.items()}
    in_headers = binary({**ATTRIBUTES, **told}, json.dumps(data).encode())
    assert fields(in_headers) == fields(structured({**ATTRIBUTES, **more, "data": data}))


@pytest.mark.parametrize(
    ("media", "value", "data"),
    [
        ("application/json", b"5", {"data": 5}),
        ("application/json", b"null", {}),
        ("application/json", b"{}", {}),
        ("text/plain", "21 °C".encode(), {"data": "21 °C"}),
        ("image/png", b"\x89PNG", {"data": b"\x89PNG"}),
        ("application/cbor", cbor2.dumps([1, 2]), {"data": [1, 2]}),
    ],
)
def test_data_that_is_no_object_is_one_field(media: str, value: bytes, data: dict[str, Any]) -> None:
    plain = {name: ATTRIBUTES[name] for name in ("specversion", "id", "source", "type")}
    expected = {"source": "/plant/7", "type": "com.example.motor", **data}
    assert fields(binary(plain, value, media)) == expected
    encoded = base64.b64encode(value).decode()
    assert fields(structured({**plain, "datacontenttype": media, "data_base64": encoded})) == expected


def test_an_event_without_data_has_its_attributes() -> None:
    plain = {name: ATTRIBUTES[name] for name in ("specversion", "id", "source", "type")}
    assert fields(structured(plain)) == {"source": "/plant/7", "type": "com.example.motor"}


def test_a_batch_holds_an_event_each() -> None:
    events = [{**ATTRIBUTES, "source": source, "data": {"x": n}} for n, source in enumerate("ab")]
    message = structured({}, (("content-type", b"application/cloudevents-batch+json"),))
    readings = read(message._replace(value=json.dumps(events).encode()))
    assert readings.streams == ["a", "b"]
    assert [row["data.x"] for row in readings.fields] == [0, 1]
    assert len(read(message._replace(value=b"[]"))) == 0


def test_the_key_goes_before_the_source() -> None:
    assert read(structured({**ATTRIBUTES, "data": DATA}, key=b"motor-1")).streams == ["motor-1"]


def test_headers_of_http_are_percent_encoded() -> None:
    headers = tuple(("Ce-" + name.title(), str(told).encode()) for name, told in ATTRIBUTES.items())
    message = Message(None, b"{}", headers=(*headers, ("Ce-Room", b"k%C3%BCche")))
    assert fields(message) == {path: told for path, told in FIELDS.items() if "data" not in path} | {"room": "küche"}


@pytest.mark.parametrize(
    ("told", "kind", "sequence"),
    [
        ("17", "Integer", 17),
        ("-3", "Integer", -3),
        ("17", None, None),
        ("x", "Integer", None),
        ("+-1", "Integer", None),
    ],
)
def test_sequence_numbers(told: str, kind: str | None, sequence: int | None) -> None:
    attributes = {**ATTRIBUTES, "sequence": told} | ({"sequencetype": kind} if kind else {})
    (parsed,) = CloudEvents().parse(structured(attributes), {})
    assert parsed.sequence == sequence
    assert ("sequence" in parsed.fields) == (sequence is None)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (structured({name: told for name, told in ATTRIBUTES.items() if name != "id"}), "malformed"),
        (structured({**ATTRIBUTES, "source": ""}), "malformed"),
        (structured({**ATTRIBUTES, "type": 5}), "malformed"),
        (structured({**ATTRIBUTES, "specversion": "0.3"}), "unsupported"),
        (structured({**ATTRIBUTES, "plant": {"a": 1}}), "malformed"),
        (structured({**ATTRIBUTES, "data": 1, "data_base64": "MQ=="}), "malformed"),
        (structured({**ATTRIBUTES, "data_base64": "#"}), "malformed"),
        (structured({**ATTRIBUTES, "data_base64": 5}), "malformed"),
        (Message(b"k", b"[1]", headers=(("content-type", b"application/cloudevents-batch+json"),)), "not-an-object"),
        (Message(b"k", b"5"), "not-an-object"),
        (Message(b"k", b"{"), "malformed"),
        (Message(b"k", b"x", headers=(("content-type", b"application/cloudevents+avro"),)), "unsupported"),
        (binary(ATTRIBUTES, b"{"), "malformed"),
        (binary(ATTRIBUTES, b"\xff", "text/plain"), "malformed"),
        (binary(ATTRIBUTES, b"\xff", "application/cbor"), "malformed"),
        (binary({"specversion": "1.0"}, b"{}"), "malformed"),
        (Message(b"k", b"{}", headers=(("ce_specversion", b"\xff"),)), "malformed"),
        (binary(ATTRIBUTES, b'{"a":' * 40 + b"1" + b"}" * 40), "too-deep"),
        (binary(ATTRIBUTES, json.dumps({f"f{n}": n for n in range(1100)}).encode()), "too-many-fields"),
        (Message(b"k", b"[" + b"{}," * MOST_READINGS + b"{}]"), "too-many-readings"),
        (binary(ATTRIBUTES, b""), "empty"),
    ],
)
def test_what_is_rejected(message: Message, reason: str) -> None:
    readings = read(message)
    assert [reject.reason for reject in readings.rejects] == [reason]
    assert len(readings) == 0


@pytest.mark.parametrize(
    "message",
    [
        Message(None, b'{"a": 1}'),
        Message(None, b'{"specversion": "1.0", "a": 1}'),
        Message(None, b'{"specversion'),
        Message(None, b"[]"),
        Message(None, b""),
        Message(None, b"x", headers=(("content-type", b"application/cloudevents+avro"),)),
    ],
)
def test_it_claims_nothing_else(message: Message) -> None:
    assert CloudEvents().sniff(message) == 0.0
