from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from google.protobuf.json_format import ParseDict

from encoders.formats.contract import Message
from encoders.formats.otlp_messages import Metrics
from encoders.formats.sparkplug_payload import Payload

T = 1_790_000_000_000_000_000


def attributes(**values: object) -> list[dict[str, object]]:
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    return [{"key": key.replace("_", "."), "value": {kinds[type(value)]: value}} for key, value in values.items()]


def points(*values: object, time: int = T, **labels: object) -> list[dict[str, object]]:
    key = {int: "asInt", float: "asDouble"}
    named = attributes(**labels)
    return [{"attributes": named, "timeUnixNano": str(time), key[type(value)]: value} for value in values]


def resource(metrics: list[dict[str, object]], **described: object) -> dict[str, object]:
    return {
        "resource": {"attributes": attributes(**described)},
        "scopeMetrics": [{"scope": {"name": "meter"}, "metrics": metrics}],
    }


GAUGES = resource(
    [
        {"name": "room.temperature", "unit": "Cel", "gauge": {"dataPoints": points(21.5)}},
        {
            "name": "cpu.time",
            "unit": "s",
            "sum": {
                "dataPoints": [*points(12.5, state="user"), *points(3, state="system", cpu=1)],
                "aggregationTemporality": 2,
                "isMonotonic": True,
            },
        },
    ],
    service_instance_id="pump-7",
    host_name="box",
)
HISTOGRAMS = resource(
    [
        {
            "name": "latency",
            "unit": "ms",
            "histogram": {
                "dataPoints": [
                    {
                        "timeUnixNano": T,
                        "count": "6",
                        "sum": 19.5,
                        "min": 0.5,
                        "max": 9,
                        "bucketCounts": ["1", 2, "3"],
                        "explicitBounds": [1, 5],
                    }
                ]
            },
        },
        {
            "name": "size",
            "exponentialHistogram": {
                "dataPoints": [
                    {
                        "timeUnixNano": str(T + 1_000_000_000),
                        "count": "6",
                        "scale": 2,
                        "zeroCount": "1",
                        "positive": {"offset": -3, "bucketCounts": ["2", "1"]},
                        "negative": {"bucketCounts": ["1", "1"]},
                    }
                ]
            },
        },
        {
            "name": "wait",
            "unit": "s",
            "summary": {
                "dataPoints": [
                    {
                        "timeUnixNano": str(T),
                        "count": "10",
                        "sum": 4.5,
                        "quantileValues": [{"quantile": 0.99, "value": 2}, {"quantile": 0.5, "value": 0.5}],
                    }
                ]
            },
        },
    ],
    host_name="box",
)
DOCUMENTS = [{"resourceMetrics": [GAUGES]}, {"resourceMetrics": [HISTOGRAMS, GAUGES]}]


def as_protobuf(document: dict[str, object]) -> bytes:
    return ParseDict(document, Metrics()).SerializeToString()


def sparkplug(topic: str, metrics: Sequence[Mapping[str, object]], **told: object) -> Message:
    """A message whose topic is a header, so that all of a node's lie in one partition."""
    body = ParseDict({"timestamp": T // 1_000_000, "metrics": metrics, **told}, Payload()).SerializeToString()
    return Message(b"plant/press", body, "", (("mqtt_topic", topic.encode()),))


TELEMETRY: Mapping[str, Sequence[Message]] = {
    "sparkplug": [
        sparkplug(
            "spBv1.0/plant/NBIRTH/press",
            [
                {"name": "bdSeq", "datatype": 8, "long_value": 3},
                {"name": "Node Control/Rebirth", "datatype": 11, "boolean_value": False},
                {"name": "Motor/Rpm", "alias": 7, "datatype": 10, "double_value": 1480.5},
            ],
            seq=0,
        ),
        sparkplug(
            "spBv1.0/plant/DBIRTH/press/arm",
            [
                {
                    "name": "angle",
                    "alias": 1,
                    "datatype": 1,
                    "int_value": 255,
                    "properties": {"keys": ["engUnit"], "values": [{"type": 12, "string_value": "deg"}]},
                },
                {"name": "trace", "alias": 2, "datatype": 30, "bytes_value": "AACAPwAAAEA="},
            ],
            seq=1,
        ),
        sparkplug("spBv1.0/plant/NDATA/press", [{"name": "Motor/Rpm", "double_value": 1481.5}], seq=2),
        sparkplug("spBv1.0/plant/DDATA/press/arm", [{"name": "angle", "datatype": 1, "int_value": 254}], seq=3),
    ],
    "otlp+protobuf": [Message(None, as_protobuf(document), "agent") for document in DOCUMENTS],
    "otlp+json": [Message(None, orjson.dumps(document), "agent") for document in DOCUMENTS],
}
