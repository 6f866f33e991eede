from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from google.protobuf.json_format import ParseDict

from encoders.formats.contract import Message
from encoders.formats.otlp_messages import Metrics

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


TELEMETRY: Mapping[str, Sequence[Message]] = {
    "otlp+protobuf": [Message(None, as_protobuf(document), "agent") for document in DOCUMENTS],
    "otlp+json": [Message(None, orjson.dumps(document), "agent") for document in DOCUMENTS],
}
