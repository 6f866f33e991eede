"""OTLP metrics: the same message as protobuf and as JSON gives the same readings."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.contract import Message, Parsed, Unreadable
from encoders.formats.otlp_json import OtlpJson
from encoders.formats.otlp_messages import Metrics
from encoders.formats.otlp_protobuf import OtlpProtobuf
from tests.contracts.format_examples.telemetry import DOCUMENTS, GAUGES, HISTOGRAMS, T, points, resource


def by_protobuf(document: Any) -> list[Parsed]:
    body = ParseDict(document, Metrics(), ignore_unknown_fields=True).SerializeToString()
    return list(OtlpProtobuf().parse(Message(None, body), {}))


def by_json(document: Any) -> list[Parsed]:
    return list(OtlpJson().parse(Message(None, orjson.dumps(document)), {}))


both = pytest.mark.parametrize("read", [by_protobuf, by_json])


@both
def test_points_of_one_time_are_one_reading(read: Any) -> None:
    (reading,) = read({"resourceMetrics": [GAUGES]})
    assert reading.fields == {
        "time": T,
        "resource.service\\.instance\\.id": "pump-7",
        "resource.host\\.name": "box",
        "resource.id": "pump-7",
        "room\\.temperature": 21.5,
        "cpu\\.time{state=user}": 12.5,
        "cpu\\.time{cpu=1,state=system}": 3,
    }
    assert reading.notes.units == {
        "room\\.temperature": "Cel",
        "cpu\\.time{state=user}": "s",
        "cpu\\.time{cpu=1,state=system}": "s",
    }


@both
def test_distributions_are_lists_with_their_totals(read: Any) -> None:
    first, second = read({"resourceMetrics": [HISTOGRAMS]})
    assert first.fields == {
        "time": T,
        "resource.host\\.name": "box",
        "resource.id": "box",
        "latency": [1, 2, 3],
        "latency.count": 6,
        "latency.sum": 19.5,
        "latency.min": 0.5,
        "latency.max": 9.0,
        "wait": [0.5, 2.0],
        "wait.count": 10,
        "wait.sum": 4.5,
    }
    assert first.notes.units == {
        "latency.sum": "ms",
        "latency.min": "ms",
        "latency.max": "ms",
        "wait": "s",
        "wait.sum": "s",
    }
    assert second.fields["size"] == [1, 1, 1, 2, 1]
    assert (second.fields["size.scale"], second.fields["size.offset"], second.fields["size.count"]) == (2, -3, 6)


@both
def test_a_point_flagged_as_not_recorded_is_none_with_the_reason(read: Any) -> None:
    flagged = [{**points(0.0)[0], "flags": 1}]
    (reading,) = read({"resourceMetrics": [resource([{"name": "t", "gauge": {"dataPoints": flagged}}])]})
    assert reading.fields["t"] is None
    assert reading.notes.reasons == {"t": "not-recorded"}


@both
@pytest.mark.parametrize(
    ("described", "named"),
    [
        ({"service_name": "s", "host_id": "h"}, "h"),
        ({"service_name": "s", "host_name": "n", "host_id": "h"}, "n"),
        ({"service_name": "s"}, "s"),
        ({"id": 7}, "7"),
        ({"zone": "z"}, None),
    ],
)
def test_the_stream_is_named_by_the_most_particular_attribute(read: Any, described: Any, named: str | None) -> None:
    metrics: list[dict[str, object]] = [{"name": "t", "gauge": {"dataPoints": points(1.0)}}]
    (reading,) = read({"resourceMetrics": [resource(metrics, **described)]})
    assert reading.fields.get("resource.id") == named


@both
def test_the_same_metric_of_two_scopes_is_two_fields(read: Any) -> None:
    metrics = [{"name": "t", "gauge": {"dataPoints": points(1.0)}}]
    again = [{"name": "t", "gauge": {"dataPoints": points(2.0)}}]
    scopes = [{"scope": {"name": "a"}, "metrics": metrics}, {"scope": {"name": "b"}, "metrics": again}]
    (reading,) = read({"resourceMetrics": [{"scopeMetrics": scopes}]})
    assert (reading.fields["t"], reading.fields["t{otel\\.scope\\.name=b}"]) == (1.0, 2.0)


@both
def test_attributes_of_any_kind_are_read(read: Any) -> None:
    nested = {"kvlistValue": {"values": [{"key": "a.b", "value": {"intValue": "-3"}}]}}
    kinds = {
        "list": {"arrayValue": {"values": [{"doubleValue": 0.5}, {"boolValue": False}, {}]}},
        "deep": nested,
        "raw": {"bytesValue": "AQI="},
    }
    described = [{"key": key, "value": value} for key, value in kinds.items()]
    point = {**points(1.0)[0], "attributes": described}
    document = {
        "resourceMetrics": [
            {
                "resource": {"attributes": described},
                "scopeMetrics": [{"metrics": [{"name": "t", "gauge": {"dataPoints": [point]}}]}],
            }
        ]
    }
    (reading,) = read(document)
    assert reading.fields == {
        "time": T,
        "resource.list": [0.5, False, None],
        "resource.deep.a\\.b": -3,
        "resource.raw": b"\x01\x02",
        't{deep={"a\\.b":-3},list=[0\\.5,false,null],raw=0102}': 1.0,
    }


@both
@pytest.mark.parametrize("document", [{"resourceMetrics": []}, {"resourceMetrics": [resource([{"name": "t"}])]}])
def test_a_message_without_points_holds_no_readings(read: Any, document: Any) -> None:
    assert read(document) == []


@both
def test_a_time_that_is_not_known_is_none(read: Any) -> None:
    (reading,) = read({"resourceMetrics": [resource([{"name": "t", "gauge": {"dataPoints": points(1.0, time=0)}}])]})
    assert reading.fields["time"] is None


@both
def test_values_without_end_within_each_other_are_refused(read: Any) -> None:
    value: dict[str, Any] = {"intValue": "1"}
    for _ in range(40):
        value = {"arrayValue": {"values": [value]}}
    point = {**points(1.0)[0], "attributes": [{"key": "k", "value": value}]}
    scopes = [{"metrics": [{"name": "t", "gauge": {"dataPoints": [point]}}]}]
    with pytest.raises(Unreadable) as refused:
        read({"resourceMetrics": [{"scopeMetrics": scopes}]})
    assert refused.value.reason in ("too-deep", "malformed")  # protobuf has a limit of its own


numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(numbers, min_size=1, max_size=4), labels=st.dictionaries(st.sampled_from("abc"), st.text()))
def test_protobuf_and_the_json_written_by_the_library_agree(values: list[Any], labels: dict[str, Any]) -> None:
    metrics = [
        {"name": f"m{place}", "unit": "1", "gauge": {"dataPoints": points(value, **labels)}}
        for place, value in enumerate(values)
    ]
    data = ParseDict({"resourceMetrics": [resource(metrics)]}, Metrics())
    told = list(OtlpProtobuf().parse(Message(None, data.SerializeToString()), {}))
    assert told == by_json(MessageToDict(data)) != []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "not-an-object"),
        (b"{}", "malformed"),
        (b'{"resourceMetrics": {}}', "malformed"),
        (b'{"resourceMetrics": [1]}', "malformed"),
        (b'{"resourceMetrics": [{"resource": 1}]}', "malformed"),
        (b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": 1}]}]}]}', ""),
        (
            b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asInt": "x"}]}}]}]}]}',
            "malformed",
        ),
        (
            b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asInt": 1e300}]}}]}]}]}',
            "malformed",
        ),
        (
            b'{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asDouble": []}]}}]}]}]}',
            "malformed",
        ),
    ],
)
def test_json_of_another_shape_is_refused(body: bytes, reason: str) -> None:
    if not reason:
        assert OtlpJson().parse(Message(None, body), {}) == []  # nothing hangs on the name
        return
    with pytest.raises(Unreadable) as refused:
        OtlpJson().parse(Message(None, body), {})
    assert refused.value.reason == reason


def test_special_numbers_come_as_text_in_json() -> None:
    gauges = [
        {"name": name, "gauge": {"dataPoints": [{"timeUnixNano": "1", "asDouble": name}]}}
        for name in ("NaN", "Infinity", "-Infinity", "2.5")
    ]
    (reading,) = by_json({"resourceMetrics": [resource(gauges)]})
    assert reading.fields["NaN"] != reading.fields["NaN"]
    assert reading.fields["-Infinity"] == -reading.fields["Infinity"] == float("-inf")
    assert reading.fields["2\\.5"] == 2.5


def test_other_protobuf_is_not_taken_for_metrics() -> None:
    reader = OtlpProtobuf()
    assert reader.sniff(Message(None, ParseDict(DOCUMENTS[0], Metrics()).SerializeToString())) > 0.9
    assert all(reader.sniff(Message(None, body)) == 0.0 for body in (b"\x0a\x00", b"\n", b"{}", b"\x0a\x03abc"))
