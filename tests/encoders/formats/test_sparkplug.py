"""Sparkplug B: births, data by number, deaths, sequence numbers and every datatype."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats import sparkplug as module
from encoders.formats.contract import Message, Parsed, Unreadable
from encoders.formats.sparkplug import Sparkplug, topic_of
from encoders.formats.sparkplug_payload import path_of
from tests.contracts.format_examples.telemetry import T, sparkplug

MS = T // 1_000_000
NODE, ARM = "plant/press", "plant/press/arm"


def read(memory: dict[str, Any], topic: str, *metrics: dict[str, Any], **told: Any) -> list[Parsed]:
    return list(Sparkplug().parse(sparkplug("spBv1.0/" + topic, metrics, **told), memory))


def born(*more: dict[str, Any]) -> dict[str, Any]:
    """What is remembered after the births of a node and its arm."""
    memory: dict[str, Any] = {}
    number = {"name": "bdSeq", "datatype": 8, "long_value": 3}
    rpm = {"name": "Motor/Rpm", "alias": 7, "datatype": 10, "double_value": 1480.5}
    unit = {"keys": ["engUnit"], "values": [{"type": 12, "string_value": "deg"}]}
    angle = {"name": "angle", "alias": 1, "datatype": 1, "int_value": 255, "properties": unit}
    read(memory, "plant/NBIRTH/press", number, rpm, *more, seq=0)
    read(memory, "plant/DBIRTH/press/arm", angle, seq=1)
    return memory


def test_data_by_number_are_what_the_birth_named() -> None:
    memory = born()
    (node,) = read(memory, "plant/NDATA/press", {"alias": 7, "double_value": 1500.0}, seq=2)
    (arm,) = read(memory, "plant/DDATA/press/arm", {"alias": 1, "int_value": 254}, seq=3)
    assert node.fields == {"time": MS, "edge": NODE, "Motor.Rpm": 1500.0}
    assert arm.fields == {"time": MS, "edge": ARM, "angle": -2}
    assert arm.notes.units == {"angle": "deg"}
    assert (node.sequence, arm.sequence) == (None, None)  # they count the node's messages, not the stream's
    assert not node.notes.reasons
    assert not arm.notes.reasons


def test_what_is_remembered_survives_json() -> None:
    memory = json.loads(json.dumps(born()))
    (node,) = read(memory, "plant/NDATA/press", {"alias": 7, "double_value": 1500.0}, seq=2)
    assert node.fields["Motor.Rpm"] == 1500.0
    assert not node.notes.reasons


@pytest.mark.parametrize(
    ("topic", "metric"),
    [
        ("plant/NDATA/press", {"alias": 1, "int_value": 1}),
        ("plant/DDATA/press/leg", {"alias": 1, "int_value": 1}),
        ("other/NDATA/press", {"alias": 7, "int_value": 1}),
    ],
)
def test_a_number_that_was_never_born_is_refused_and_changes_nothing(topic: str, metric: dict[str, Any]) -> None:
    memory = born()
    before = json.dumps(memory)
    with pytest.raises(Unreadable, match="rebirth") as refused:
        read(memory, topic, metric, seq=2)
    assert refused.value.reason == "unknown-alias"
    assert json.dumps(memory) == before


def test_a_new_birth_of_the_node_ends_the_numbers_of_its_devices() -> None:
    memory = born()
    read(memory, "plant/NBIRTH/press", {"name": "x", "alias": 1, "datatype": 10, "double_value": 1.0}, seq=0)
    with pytest.raises(Unreadable):
        read(memory, "plant/DDATA/press/arm", {"alias": 1, "int_value": 254}, seq=1)


def test_the_sequence_is_that_of_the_node_and_goes_round() -> None:
    memory = born()
    rpm = {"name": "Motor/Rpm", "double_value": 1.0}
    gaps = [
        read(memory, topic, rpm, seq=number)[0].notes.reasons.get("")
        for topic, number in [
            ("plant/NDATA/press", 2),
            ("plant/DDATA/press/arm", 3),
            ("plant/NDATA/press", 5),
            ("plant/NDATA/press", 6),
            ("plant/NDATA/press", 255),
            ("plant/NDATA/press", 0),
            ("plant/NBIRTH/press", 0),
            ("plant/NDATA/press", 1),
        ]
    ]
    assert gaps == [None, None, "gap", None, "gap", None, None, None]


def test_death_makes_all_that_was_born_stale() -> None:
    memory = born()
    node, arm = read(memory, "plant/NDEATH/press", {"name": "bdSeq", "long_value": 3})
    assert node.fields == {"time": MS, "edge": NODE, "Motor.Rpm": None}
    assert node.notes.reasons == {"Motor.Rpm": "stale"}
    assert arm.fields == {"time": MS, "edge": ARM, "angle": None}
    (after,) = read(memory, "plant/NDATA/press", {"alias": 7, "double_value": 1.0}, seq=9)
    assert not after.notes.reasons  # a death tells that messages are missing


def test_death_of_a_device_is_its_own() -> None:
    (arm,) = read(born(), "plant/DDEATH/press/arm", seq=2)
    assert (arm.fields["angle"], dict(arm.notes.reasons)) == (None, {"angle": "stale"})
    (late,) = read(born(), "plant/DDEATH/press/arm", seq=3)
    assert late.notes.reasons == {"angle": "stale", "": "gap"}


def test_death_of_an_earlier_birth_or_of_a_stranger_is_passed_over() -> None:
    memory = born()
    before = json.dumps(memory)
    assert read(memory, "plant/NDEATH/press", {"name": "bdSeq", "long_value": 2}) == []
    assert read(memory, "plant/NDEATH/stranger", {"name": "bdSeq", "long_value": 2}) == []
    assert json.dumps(memory) == before


def test_metrics_stored_before_are_readings_of_their_own() -> None:
    stored = [{"name": "x", "double_value": float(n), "timestamp": MS - n, "is_historical": True} for n in (1, 2)]
    now = {"name": "x", "double_value": 0.0, "timestamp": MS}
    later = {"name": "y", "double_value": 5.0, "timestamp": MS - 500}
    readings = read({}, "plant/NDATA/press", *stored, now, later, seq=8)
    assert [(reading.fields["time"], reading.fields["x"]) for reading in readings] == [
        (MS - 2, 2.0),
        (MS - 1, 1.0),
        (MS, 0.0),
    ]
    assert [reading.historical for reading in readings] == [True, True, False]
    assert readings[2].notes.times == {"y": (MS - 500) / 1000}


def test_a_metric_that_comes_again_is_another_reading() -> None:
    twice = [{"name": "x", "double_value": float(n), "timestamp": MS + n} for n in (1, 2)]
    first, second = read({}, "plant/NDATA/press", *twice)
    assert (first.fields["x"], first.notes.times) == (1.0, {"x": (MS + 1) / 1000})
    assert (second.fields["x"], second.fields["time"]) == (2.0, MS + 2)


@pytest.mark.parametrize(
    ("code", "reason"), [(192, None), (255, None), (500, "stale"), (0, "bad"), (64, "uncertain"), (600, "bad")]
)
def test_quality_is_noted(code: int, reason: str | None) -> None:
    quality = {"keys": ["Quality"], "values": [{"type": 3, "int_value": code}]}
    (reading,) = read({}, "plant/NDATA/press", {"name": "x", "double_value": 1.0, "properties": quality})
    assert reading.fields["x"] == 1.0
    assert reading.notes.reasons.get("x") == reason


def packed(layout: str, *values: Any) -> dict[str, str]:
    return {"bytes_value": base64.b64encode(struct.pack(layout, *values)).decode()}


@pytest.mark.parametrize(
    ("datatype", "sent", "value"),
    [
        (1, {"int_value": 255}, -1),
        (2, {"int_value": 65535}, -1),
        (2, {"int_value": 32767}, 32767),
        (3, {"int_value": 4294967295}, -1),
        (4, {"long_value": 18446744073709551615}, -1),
        (5, {"int_value": 255}, 255),
        (7, {"long_value": 4294967295}, 4294967295),
        (8, {"long_value": 18446744073709551615}, 18446744073709551615),
        (9, {"float_value": 0.5}, 0.5),
        (10, {"double_value": 0.1}, 0.1),
        (11, {"boolean_value": True}, True),
        (11, {"int_value": 0}, False),
        (12, {"string_value": "run"}, "run"),
        (13, {"long_value": MS}, MS),
        (17, {"bytes_value": "AQI="}, b"\x01\x02"),
        (10, {"is_null": True}, None),
        (10, {"is_null": True, "double_value": 3.0}, None),
        (22, packed("<2b", -1, 2), [-1, 2]),
        (23, packed("<h", -30000), [-30000]),
        (24, packed("<i", -1), [-1]),
        (25, packed("<q", -1), [-1]),
        (26, packed("<B", 255), [255]),
        (27, packed("<H", 65535), [65535]),
        (28, packed("<I", 4294967295), [4294967295]),
        (29, packed("<Q", 18446744073709551615), [18446744073709551615]),
        (30, packed("<2f", 1.0, 2.5), [1.0, 2.5]),
        (31, packed("<d", 0.1), [0.1]),
        (
            32,  # the standard's own example
            packed("<I2B", 12, 0x34, 0xD0),
            [False, False, True, True, False, True, False, False, True, True, False, True],
        ),
        (33, {"bytes_value": base64.b64encode(b"ABC\0hello\0").decode()}, ["ABC", "hello"]),
        (34, packed("<q", MS), [MS]),
    ],
)
def test_values_by_their_datatype(datatype: int, sent: dict[str, Any], value: Any) -> None:
    (reading,) = read({}, "plant/NDATA/press", {"name": "x", "datatype": datatype, **sent})
    assert reading.fields["x"] == value
    assert type(reading.fields["x"]) is type(value)


def test_a_data_set_is_one_list_a_column() -> None:
    rows = [{"elements": [{"double_value": 1.5}, {"int_value": 255}]}, {"elements": [{"double_value": 2.5}, {}]}]
    table = {"num_of_columns": 2, "columns": ["x.y", "n"], "types": [10, 1], "rows": rows}
    (reading,) = read({}, "plant/NDATA/press", {"name": "t", "datatype": 16, "dataset_value": table})
    assert reading.fields == {"time": MS, "edge": NODE, "t.x\\.y": [1.5, 2.5], "t.n": [-1, None]}


def test_a_template_is_its_members_and_parameters() -> None:
    inner = {"name": "in", "datatype": 19, "template_value": {"metrics": [{"name": "a/b", "int_value": 1}]}}
    template = {"metrics": [inner], "parameters": [{"name": "p", "type": 12, "string_value": "v"}]}
    definition = {"is_definition": True, "metrics": [{"name": "a", "datatype": 10}]}
    (reading,) = read(
        {},
        "plant/NBIRTH/press",
        {"name": "motor", "datatype": 19, "template_value": template},
        {"name": "_types_/motor", "datatype": 19, "template_value": definition},
    )
    assert reading.fields == {"time": MS, "edge": NODE, "motor.p": "v", "motor.in.a.b": 1}


def test_a_metric_with_a_name_that_is_taken_steps_aside() -> None:
    metrics = [{"name": name, "double_value": 1.0} for name in ("time", "edge", "bdSeq")]
    (reading,) = read({}, "plant/NDATA/press", *metrics)
    assert reading.fields == {"time": MS, "edge": NODE, "metric.time": 1.0, "metric.edge": 1.0}


@pytest.mark.parametrize("topic", ["plant/NCMD/press", "plant/DCMD/press/arm", "STATE/host"])
def test_commands_and_states_of_hosts_hold_no_readings(topic: str) -> None:
    assert read({}, topic, {"name": "x", "double_value": 1.0}) == []


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("press/temperature", "no-stream"),
        ("spBv1.0/plant", "malformed"),
        ("spBv1.0/plant/WHAT/press", "malformed"),
        ("spBv1.0/plant/DDATA/press", "malformed"),
        ("spBv1.0/plant/NDATA/press/arm", "malformed"),
        ("spBv1.0//NDATA/press", "malformed"),
        ("spBv1.0/plant/NDATA/" + "p" * 600, "no-stream"),
    ],
)
def test_topics_of_another_shape_are_refused(topic: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        topic_of(Message(topic.encode(), b"x"))
    assert refused.value.reason == reason


def test_the_topic_is_a_header_or_the_key() -> None:
    topic = b"spBv1.0/plant/DDATA/press/arm"
    told = [Message(topic, b"x"), Message(b"k", b"x", "", (("Topic", topic),))]
    assert {topic_of(message) for message in told} == {("DDATA", NODE, ARM)}


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ({"double_value": 1.0}, "malformed"),
        ({"name": "n" * 513}, "malformed"),
        ({"name": "x", "datatype": 31, "bytes_value": "AQI="}, "malformed"),
        ({"name": "x", "datatype": 32, "bytes_value": "/////w=="}, "malformed"),
        ({"name": "x", "datatype": 33, "bytes_value": "/wA="}, "malformed"),
        ({"name": "x", "dataset_value": {"columns": ["a", "b"], "types": [1]}}, "malformed"),
        (
            {"name": "x", "dataset_value": {"columns": ["a"], "types": [1], "rows": [{"elements": [{}, {}]}]}},
            "malformed",
        ),
        ({"name": "x", "template_value": {"metrics": [{"name": str(n)} for n in range(1025)]}}, "too-many-fields"),
        ({"name": "x", "template_value": {"metrics": [{"name": "n" * 3000}]}}, "malformed"),
    ],
)
def test_metrics_of_another_shape_are_refused_and_change_nothing(metric: dict[str, Any], reason: str) -> None:
    memory = born()
    before = json.dumps(memory)
    for kind in ("NDATA", "NBIRTH"):
        with pytest.raises(Unreadable) as refused:
            read(memory, f"plant/{kind}/press", metric, seq=2)
        assert refused.value.reason == reason
    assert json.dumps(memory) == before


def test_templates_without_end_are_refused() -> None:
    metric: dict[str, Any] = {"name": "x", "double_value": 1.0}
    for _ in range(40):
        metric = {"name": "x", "template_value": {"metrics": [metric]}}
    with pytest.raises(Unreadable) as refused:
        read({}, "plant/NDATA/press", metric)
    assert refused.value.reason == "too-deep"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EDGES", 3)
    monkeypatch.setattr(module, "MOST_METRICS", 4)
    memory: dict[str, Any] = {}
    for node in ("a", "b", "c", "d"):
        read(memory, f"g/NBIRTH/{node}", {"name": "x", "alias": 1, "int_value": 1}, seq=0)
    assert set(memory["edges"]) == {"g/b", "g/c", "g/d"}
    read(memory, "g/NBIRTH/e", *({"name": name, "int_value": 1} for name in "xyz"), seq=0)
    assert set(memory["edges"]) == {"g/d", "g/e"}
    with pytest.raises(Unreadable):
        read(memory, "g/NDATA/a", {"alias": 1, "int_value": 1})


@given(parts=st.lists(st.text(st.sampled_from("ab.\\")), min_size=1))
def test_paths_lead_back_to_names(parts: list[str]) -> None:
    path, back, rest = path_of("/".join(parts)), [""], False
    for letter in path:
        if rest or letter not in ".\\":
            back[-1] += letter
            rest = False
        elif letter == ".":
            back.append("")
        else:
            rest = True
    assert back == parts
