"""Inference of a topic's schema, and clashes with a pinned one."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.contract import Message
from encoders.schema import FieldSchema, IdKey, TimeKey, TopicSchema
from encoders.schema.clash import clash
from encoders.schema.infer import infer
from service.host import Counters, sample

START_S = 1_790_000_000
BEFORE = Counters(0.0, 0, 0, 0, 0, 0, 0, 0)


def sent(documents: list[dict[str, Any]]) -> list[Message]:
    return [Message(None, json.dumps(document).encode()) for document in documents]


def found(documents: list[dict[str, Any]]) -> tuple[str | None, str | None, str | None, dict[str, str]]:
    """Time path, unit, id path, types."""
    schema = infer(sent(documents))
    types = {path: field.type for path, field in schema.fields.items()}
    time, identity = schema.time, schema.id
    return time and time.path, time and time.unit, identity and identity.path, types


def wave(k: int) -> float:
    return round(20.0 + 5.0 * math.sin(k / 3.0), 3)


def iso(k: int, separator: str = "T", zone: str = "Z") -> str:
    return f"2026-09-{21 + k // 24:02d}{separator}{k % 24:02d}:13:20{zone}"


SHAPES: dict[str, tuple[list[dict[str, Any]], tuple[str | None, str | None, str | None, dict[str, str]]]] = {
    "milliseconds, ids by turns": (
        [
            {"sensorId": f"sensor-{k % 3}", "timestamp": START_S * 1000 + 1000 * k + k % 7, "value": wave(k)}
            for k in range(40)
        ],
        ("timestamp", "ms", "sensorId", {"value": "number"}),
    ),
    "nested, ISO": (
        [
            {
                "device": {"id": f"d{k % 4:02d}", "fw": "1.4.2"},
                "ts": iso(k),
                "env": {"temp_c": wave(k)},
                "power": {"ok": k % 5 != 0},
                "state": "run" if k % 3 else "idle",
            }
            for k in range(40)
        ],
        (
            "ts",
            "iso",
            "device.id",
            {"device.fw": "category", "env.temp_c": "number", "power.ok": "boolean", "state": "category"},
        ),
    ),
    "a counter that rises like a clock": (
        [{"t": START_S + k, "if": "eth0", "rx": 1_790_000_000 + 4000 * k, "link": "up"} for k in range(40)],
        ("t", "s", "if", {"rx": "counter", "link": "category"}),
    ),
    "microseconds, id of digits": (
        [
            {"vessel": "235009802", "time": (START_S + 10 * k) * 10**6, "lat": 51.1, "heading": (350 + 2 * k) % 360}
            for k in range(40)
        ],
        ("time", "us", "vessel", {"lat": "latitude", "heading": "angle_deg"}),
    ),
    "nanoseconds as text": (
        [{"node": "n1", "event_time": str((START_S + k) * 10**9), "v": wave(k)} for k in range(20)],
        ("event_time", "ns", "node", {"v": "number"}),
    ),
    "local time, numeric id, flag of 1": (
        [
            {"time": iso(k, " ", ""), "model": "Tower", "id": 11524 + k % 2, "battery_ok": 1, "temperature_C": wave(k)}
            for k in range(40)
        ],
        ("time", "iso-local", "id", {"model": "category", "battery_ok": "boolean", "temperature_C": "number"}),
    ),
    "numbers as text": (
        [
            {
                "stationId": "DEHH008",
                "dateTime": iso(k, zone="+02:00"),
                "pm25": str(wave(k)),
                "no2": "-" if k % 4 == 0 else "3.5",
            }
            for k in range(40)
        ],
        ("dateTime", "iso", "stationId", {"pm25": "number", "no2": "number"}),
    ),
    "a list, an id of the message": (
        [{"id": f"{k}", "source": f"/motor/{k % 2}", "time": iso(k), "data": [1, 2]} for k in range(40)],
        ("time", "iso", "source", {"id": "counter", "data": "vector"}),
    ),
    "neither time nor id": (
        [{"temperature": wave(k), "unit": "C", "ok": True, "state": "run"} for k in range(40)],
        (None, None, None, {"temperature": "number", "unit": "category", "ok": "boolean", "state": "category"}),
    ),
    "codes with leading zeros": (
        [{"ts": START_S + k, "host": "a", "code": f"0{k % 7}"} for k in range(20)],
        ("ts", "s", "host", {"code": "category"}),
    ),
    "one message": (
        [{"ts": START_S, "host": "a", "v": 1.5}],
        ("ts", "s", "host", {"v": "number"}),
    ),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_time_id_and_types_are_found(shape: str) -> None:
    documents, expected = SHAPES[shape]
    assert found(documents) == expected


def test_the_hosts_own_messages_are_understood() -> None:
    documents = [sample("h", BEFORE, Counters(START_S + k, k, k, k, k, k, k, k)) for k in range(1, 12)]
    time, unit, identity, types = found(documents)
    assert (time, unit, identity) == ("time", "s", "host")
    assert types.pop("state") == "category"
    assert types.pop("disk_is_busy") == "boolean"
    assert {path for path, kind in types.items() if kind == "counter"} == {
        "disk.written_total",
        "network.received_total",
    }
    assert set(types.values()) == {"number", "counter"}
    assert {"cpu.core0", "context_switches"} <= set(types)


def test_inference_is_deterministic_and_survives_json() -> None:
    for documents, _ in SHAPES.values():
        schema = infer(sent(documents))
        assert schema == infer(sent(documents))
        assert TopicSchema.model_validate_json(schema.model_dump_json()) == schema
        assert clash(schema, schema) == []
        for field in schema.fields.values():
            assert 0.0 < field.confidence <= 1.0
            assert (field.encoder is None) == (field.type == "unsupported")


def test_what_cannot_be_read_counts_for_nothing() -> None:
    documents, expected = SHAPES["nested, ISO"]
    noisy = [Message(None, b"\xff{"), *sent(documents), Message(b"k", None), Message(None, b"[1]")]
    assert infer(noisy).model_copy(update={"format_confidence": 0.8}) == infer(sent(documents))
    empty = infer([Message(None, b"oops"), Message(b"key", None)])
    assert empty == TopicSchema(format_confidence=0.0)
    assert clash(infer(sent(documents)), empty) == ["no message of those looked at could be read"]
    assert expected


@settings(max_examples=100, deadline=None)
@given(
    documents=st.lists(
        st.dictionaries(
            st.sampled_from(["time", "ts", "id", "host", "a.b", "", "ok"]),
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=4)
            | st.lists(st.none(), max_size=1),
        ),
        max_size=12,
    )
)
def test_inference_never_raises(documents: list[dict[str, Any]]) -> None:
    schema = infer(sent(documents))
    assert clash(schema, schema) in ([], ["no message of those looked at could be read"])


NUMBER = FieldSchema(type="number", encoder="scalar")
PINNED = TopicSchema(
    time=TimeKey(path="ts", unit="s"),
    id=IdKey(path="host"),
    fields={"a": NUMBER, "s": FieldSchema(type="category", encoder="category"), "gone": NUMBER},
)


def messages(**changed: Any) -> TopicSchema:
    return infer(sent([{"ts": START_S + k, "host": "h", "a": wave(k), "s": "up"} | changed for k in range(20)]))


def test_messages_that_fit_do_not_clash() -> None:
    assert clash(PINNED, messages()) == []
    assert clash(PINNED, messages(extra=[1], more=2)) == []
    assert clash(TopicSchema(), messages()) == []


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"a": "warm"}, "field a: pinned number, the messages show category"),
        ({"s": 3}, "field s: pinned category, the messages show number"),
        ({"s": [3]}, "field s: pinned category, the messages show vector"),
        ({"ts": START_S * 1000}, "time ts: pinned unit s, the messages show ms"),
        ({"ts": "2026-09-21T14:13:20Z"}, "time ts: pinned unit s, the messages show iso"),
        ({"ts": True}, "time ts: the messages hold a boolean there"),
        ({"host": True}, "id host: the messages hold a boolean there"),
    ],
)
def test_each_contradiction_is_one_line(changed: dict[str, Any], line: str) -> None:
    assert clash(PINNED, messages(**changed)) == [line]


def test_keys_that_are_absent_and_encoders_that_are_not_there_are_named() -> None:
    schema = infer(sent([{"when": START_S + k, "node": "h", "a": wave(k)} for k in range(20)]))
    lines = clash(PINNED, schema)
    assert lines[0] == "time ts: the messages have no such field; when looks like it"
    assert lines[1] == "id host: the messages have no such field; node looks like it"
    broken = TopicSchema(format="csv", fields={"a": FieldSchema(type="number", encoder="nowhere")})
    lines = clash(broken, messages())
    assert "no encoder 'nowhere'" in lines[0]
    assert lines[1] == "format: pinned csv, the messages are json"
