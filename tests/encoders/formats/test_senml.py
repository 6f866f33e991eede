"""SenML: records resolved by their base values, readings by device and moment, in JSON and in CBOR alike."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.contract import MOST_READINGS, Message, Parsed
from encoders.formats.decoding import decode
from encoders.formats.senml import SenmlCbor, SenmlJson
from encoders.reading import Readings
from encoders.schema import IdKey, TopicSchema

NOW = 1790000000.0
BN = "urn:dev:ow:10e2073a01080063"
SCHEMA = TopicSchema(format="senml+json", time=SenmlJson().time, id=IdKey(path="bn"))
BASES = ("bs", "bv", "bu", "bt", "bn", "bver")
LABELS: dict[str, int] = {label: place - len(BASES) for place, label in enumerate(BASES)} | {
    label: place for place, label in enumerate(("n", "u", "v", "vs", "vb", "s", "t", "ut", "vd"))
}


def in_cbor(pack: Sequence[dict[str, Any]]) -> bytes:
    return cbor2.dumps([{LABELS.get(label, label): value for label, value in record.items()} for record in pack])


def parsed(pack: Sequence[dict[str, Any]], received_s: float = NOW) -> Sequence[Parsed]:
    """Read as JSON and as CBOR, which must give the same."""
    json_message = Message(b"k", json.dumps(pack).encode(), received_s=received_s)
    found = SenmlJson().parse(json_message, {})
    assert SenmlCbor().parse(json_message._replace(value=in_cbor(pack)), {}) == found
    return found


def fields(pack: Sequence[dict[str, Any]], received_s: float = NOW) -> list[dict[str, Any]]:
    return [reading.fields for reading in parsed(pack, received_s)]


def read(value: bytes) -> Readings:
    return decode(SenmlJson(), [Message(b"k", value, received_s=NOW)], SCHEMA)


def test_a_pack_of_one_device_and_moment_is_one_reading_in_its_order() -> None:
    (reading,) = parsed(
        [
            {"bn": BN + ":", "bt": NOW, "n": "temp", "u": "Cel", "v": 22.5},
            {"n": "humidity", "u": "%RH", "v": 40, "t": -2},
            {"n": "door", "vb": True},
            {"n": "mode.now", "vs": "auto"},
        ]
    )
    assert reading.fields == {
        "time": NOW,
        "bn": BN + ":",
        "temp": 22.5,
        "humidity": 40,
        "door": True,
        "mode\\.now": "auto",
    }
    assert list(reading.fields)[2:] == ["temp", "humidity", "door", "mode\\.now"]
    assert reading.notes.units == {"temp": "Cel", "humidity": "%RH"}
    assert reading.notes.times == {"humidity": NOW - 2}


def test_a_new_reading_begins_where_a_name_comes_again() -> None:
    pack = [
        {"bn": "d/", "bt": NOW, "bu": "A", "n": "i", "t": -1, "v": 1.5},
        {"n": "i", "v": 1.25},
        {"n": "i", "t": -2, "v": 1.75},
        {"n": "u", "u": "V", "t": -1.5, "v": 230},
    ]
    readings = parsed(pack)
    assert [reading.fields for reading in readings] == [
        {"time": NOW - 1.5, "bn": "d/", "i": 1.75, "u": 230},
        {"time": NOW - 1, "bn": "d/", "i": 1.5},
        {"time": NOW, "bn": "d/", "i": 1.25},
    ]
    assert readings[0].notes.units == {"i": "A", "u": "V"}
    assert readings[0].notes.times == {"i": NOW - 2}
    assert readings[1].notes.times == {}


def test_devices_are_streams_of_their_own() -> None:
    pack = [{"bn": "a:", "bt": NOW, "n": "x", "v": 1}, {"bn": "b:", "n": "x", "v": 2}, {"bn": "a:", "n": "y", "v": 3}]
    readings = read(json.dumps(pack).encode())
    assert readings.streams == ["a:", "b:"]
    assert list(readings.fields) == [{"x": 1, "y": 3}, {"x": 2}]
    assert readings.times.tolist() == [NOW, NOW]


def test_base_values_and_sums_are_added_and_hold_from_their_record_on() -> None:
    assert fields(
        [
            {"bn": "d:", "bt": 2.0**28, "n": "a", "v": 1},
            {"bv": 20, "n": "b", "v": 0.5, "t": 0},
            {"n": "c"},
            {"bs": 100, "n": "e", "s": 5},
            {"n": "f", "v": 1},
        ]
    ) == [
        {"time": 2.0**28, "bn": "d:", "a": 1, "b": 20.5, "c": 20, "e.sum": 105, "f": 21, "f.sum": 100},
    ]


@pytest.mark.parametrize(
    ("record", "time"),
    [
        ({}, NOW),
        ({"t": 0}, NOW),
        ({"t": -120}, NOW - 120),
        ({"t": 60}, NOW + 60),
        ({"bt": 2.0**28 - 1}, NOW + 2.0**28 - 1),
        ({"bt": 2.0**28}, 2.0**28),
        ({"bt": 2.0**27, "t": 2.0**27}, 2.0**28),
        ({"bt": NOW, "t": -0.25}, NOW - 0.25),
        ({"bt": -(2.0**40)}, NOW - 2.0**40),
    ],
)
def test_times_below_a_limit_are_relative_to_now(record: dict[str, Any], time: float) -> None:
    assert fields([{"n": "x", "v": 1, **record}]) == [{"time": time, "x": 1}]
    unknown = fields([{"n": "x", "v": 1, **record}], math.nan)
    assert unknown == [{"time": time, "x": 1} if record.get("bt", 0) + record.get("t", 0) >= 2.0**28 else {"x": 1}]


def test_times_that_are_not_known_come_last_in_their_order() -> None:
    pack = [{"n": "x", "v": 3}, {"n": "x", "v": 2, "t": -5}, {"n": "x", "v": 1, "t": NOW}]
    assert fields(pack, math.nan) == [{"time": NOW, "x": 1}, {"x": 2}, {"x": 3}]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"bn": "d", "v": 1}, {"bn": "d", "value": 1}),
        ({"bn": "d", "s": 1}, {"bn": "d", "value.sum": 1}),
        ({"n": "x", "v": 1}, {"x": 1}),
        ({"n": BN, "v": 1}, {"bn": BN, "value": 1}),
        ({"n": BN + "_temp_in", "v": 1}, {"bn": BN, "temp_in": 1}),
        ({"bn": BN, "n": "_t", "v": 1}, {"bn": BN, "_t": 1}),
        ({"n": "time", "v": 1}, {"n.time": 1}),
        ({"n": "bn", "v": 1}, {"n.bn": 1}),
        ({"n": "x", "vlo": "1:2"}, {"x": None}),
        ({"n": "x", "v": 1, "ut": 60, "later": {}}, {"x": 1}),
        ({"n": "x", "v": None}, {"x": None}),
    ],
)
def test_names_and_extensions(record: dict[str, Any], expected: dict[str, Any]) -> None:
    assert fields([record]) == [{"time": NOW, **expected}]


def test_base_fields_alone_measure_nothing() -> None:
    assert fields([{"bn": "d:", "bt": NOW, "bver": 10, "bfuture": 1}, {"n": "x", "v": 1}]) == [
        {"time": NOW, "bn": "d:", "x": 1}
    ]
    assert fields([]) == []


@pytest.mark.parametrize("version", [1, 5, 10, 26])
def test_versions(version: int) -> None:
    assert fields([{"bver": version, "n": "x", "v": 1}]) == [{"time": NOW, "x": 1}]


@given(data=st.binary(max_size=9))
def test_data_is_base64url_in_json_and_bytes_in_cbor(data: bytes) -> None:
    text = base64.urlsafe_b64encode(data).decode().rstrip("=")
    (from_json,) = SenmlJson().parse(Message(None, json.dumps([{"n": "x", "vd": text}]).encode()), {})
    (from_cbor,) = SenmlCbor().parse(Message(None, in_cbor([{"n": "x", "vd": data}])), {})
    assert from_json.fields == from_cbor.fields == {"x": data}


def test_numbers_of_cbor() -> None:
    pack = [{0: "a", 2: cbor2.CBORTag(4, [-2, 12345])}, {0: "b", 2: float("nan")}, {"n": "c", "v": 1}]
    (reading,) = SenmlCbor().parse(Message(None, cbor2.dumps(pack)), {})
    assert reading.fields == {"a": 123.45, "b": None, "c": 1}


records = st.fixed_dictionaries(
    {"n": st.sampled_from("abc"), "v": st.integers(-9, 9)},
    optional={
        "bn": st.sampled_from(["p:", "q:"]),
        "bt": st.sampled_from([0, NOW]),
        "t": st.integers(-5, 5),
        "bv": st.integers(0, 3),
        "bu": st.sampled_from(["A", "V"]),
    },
)


@settings(deadline=None)
@given(pack=st.lists(records, min_size=1, max_size=12))
def test_no_value_is_lost_and_each_keeps_its_device_time_and_unit(pack: list[dict[str, Any]]) -> None:
    expected: list[tuple[Any, ...]] = []
    base = {"bn": None, "bt": 0, "bv": 0, "bu": None}
    for record in pack:
        base |= {label: record[label] for label in base if label in record}
        at = base["bt"] + record.get("t", 0)
        time = at if at >= 2.0**28 else at + NOW
        expected.append((base["bn"], record["n"], base["bv"] + record["v"], time, base["bu"]))
    found: list[tuple[Any, ...]] = []
    for reading in parsed(pack):
        latest, device = reading.fields.pop("time"), reading.fields.pop("bn", None)
        for path, value in reading.fields.items():
            time = reading.notes.times.get(path, latest)
            assert time <= latest
            found.append((device, path, value, time, reading.notes.units.get(path)))
    assert sorted(map(repr, found)) == sorted(map(repr, ((*one[:3], float(one[3]), one[4]) for one in expected)))


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ({"n": "x", "v": 1}, "not-an-object"),
        ([1], "not-an-object"),
        ([dict[str, Any]()], "malformed"),
        ([{"n": "x"}], "malformed"),
        ([{"v": 1}], "malformed"),
        ([{"n": "x", "v": 1, "vs": "a"}], "malformed"),
        ([{"n": "x", "v": True}], "malformed"),
        ([{"n": "x", "v": "1"}], "malformed"),
        ([{"n": "x", "vs": 1}], "malformed"),
        ([{"n": "x", "vb": 1}], "malformed"),
        ([{"n": "x", "vd": "#"}], "malformed"),
        ([{"n": "x", "vd": 5}], "malformed"),
        ([{"n": 5, "v": 1}], "malformed"),
        ([{"n": "x", "v": 1, "t": "now"}], "malformed"),
        ([{"n": "x", "v": 1, "bt": None}], "malformed"),
        ([{"n": "x", "v": 1, "bt": 1e308, "t": 1e308}], "malformed"),
        ([{"n": "x", "v": 1, "u": 5}], "malformed"),
        ([{"n": "x", "v": 1, "bver": "10"}], "malformed"),
        ([{"n": "x", "v": 1, "bver": 10}, {"n": "y", "v": 1, "bver": 5}], "malformed"),
        ([{"n": "x", "v": 1, "bver": 11}], "unsupported"),
        ([{"n": "x", "v": 1}, {"n": "y", "v": 1, "secret_": 1}], "unsupported"),
        ([{"n": f"x{n}", "v": 1} for n in range(1025)], "too-many-fields"),
    ],
)
def test_what_is_rejected(pack: Any, reason: str) -> None:
    readings = read(json.dumps(pack).encode())
    assert [reject.reason for reject in readings.rejects] == [reason]
    assert len(readings) == 0


def test_limits() -> None:
    assert read(b"[" + b"1," * 5).rejects[0].reason == "malformed"
    assert read(b"[" + b" " * (1 << 20)).rejects[0].reason == "too-large"
    many = SenmlCbor(largest_bytes=1 << 22)
    pack = b"\x9f" + b"\xa2\x00\x61x\x02\x01" * (MOST_READINGS + 1) + b"\xff"
    assert decode(many, [Message(b"k", pack)], SCHEMA).rejects[0].reason == "too-many-readings"


@pytest.mark.parametrize(
    ("value", "sure"),
    [
        ([{"bn": "d", "n": "x", "v": 1}], 0.95),
        ([{"n": "x", "vs": "a"}, {"n": "y", "s": 1}], 0.95),
        ([{"bn": "d", "n": "x", "vlo": 1, "v": 2}], 0.5),
        ([{"name": "x", "value": 1}], 0.0),
        ([{"n": "x"}], 0.0),
        ([{"bn": "d"}], 0.0),
        ([1, 2], 0.0),
        ([], 0.0),
        ({"n": "x", "v": 1}, 0.0),
    ],
)
def test_how_sure_it_is(value: Any, sure: float) -> None:
    assert SenmlJson().sniff(Message(None, json.dumps(value).encode())) == sure
    assert SenmlCbor().sniff(Message(None, cbor2.dumps(value))) == sure
    assert SenmlJson().sniff(Message(None, cbor2.dumps(value))) == 0.0
    assert SenmlCbor().sniff(Message(None, json.dumps(value).encode())) == 0.0


def test_whole_numbers_as_labels_are_as_sure() -> None:
    assert SenmlCbor().sniff(Message(None, in_cbor([{"bn": "d", "n": "x", "v": 1}]))) == 0.95
    assert SenmlCbor().sniff(Message(None, cbor2.dumps([{0: "x", 99: 1, 2: 1}]))) == 0.5
    assert SenmlCbor().sniff(Message(None, cbor2.dumps([{3: "x", 99: 1}]))) == 0.0


def test_marks_tell_it() -> None:
    marked = b"\xd9\xd9\xf7" + in_cbor([{"n": "x", "v": 1}])
    assert SenmlCbor().sniff(Message(None, marked)) == 1.0
    assert SenmlCbor().sniff(Message(None, b"x", headers=(("content-type", b"application/senml+cbor"),))) == 1.0
    assert SenmlJson().sniff(Message(None, b"x", headers=(("content-type", b"application/senml+json"),))) == 1.0
    assert SenmlJson().sniff(Message(None, b"[")) == SenmlCbor().sniff(Message(None, b"\x81")) == 0.0
