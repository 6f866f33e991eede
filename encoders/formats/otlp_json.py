"""OTLP metrics as JSON: protobuf's JSON mapping with ids in hexadecimal; otlp.py says what comes out.

Whole numbers of 64 bits may come as text, floats as "NaN" and "Infinity". Unknown keys are passed over, as the
protocol asks. Source: OpenTelemetry Protocol 1.x, "JSON Protobuf Encoding".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from encoders.formats.contract import FormatMemory, Message, Parsed, Unreadable
from encoders.formats.json_messages import json_value
from encoders.formats.otlp import HISTOGRAM, ID_PATH, NUMBER, SUMMARY, TIME, Point, deeper, readings
from encoders.schema.topic import TimeKey

Object = Mapping[str, Any]

_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_MOST_DIGITS = 20
"""Of a number of 64 bits, with its sign."""


@dataclass(frozen=True)
class OtlpJson:
    """See Format."""

    name: str = field(default="otlp+json", init=False)
    time: TimeKey | None = field(default=TIME, init=False)
    id_path: str | None = field(default=ID_PATH, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: an object with resourceMetrics, which nothing else has."""
        value = message.value or b""
        if b'"resourceMetrics"' not in value or not value.lstrip().startswith(b"{"):
            return 0.0
        try:
            _objects(_document(value), "resourceMetrics")
        except Unreadable:
            return 0.0
        return 1.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        found: list[Parsed] = []
        for resource in _objects(_document(message.value or b""), "resourceMetrics"):
            described = _attributes(_objects(_object(resource, "resource"), "attributes"))
            found += readings(described, _points(resource))
        return found


def _document(value: bytes) -> Object:
    document = json_value(value)
    if not isinstance(document, dict):
        raise Unreadable("not-an-object", f"JSON, but a {type(document).__name__} instead of an object")
    if "resourceMetrics" not in document:
        raise Unreadable("malformed", "JSON, but without resourceMetrics: not OTLP metrics")
    return cast("Object", document)


def _points(resource: Object) -> Iterator[Point]:
    for scoped in _objects(resource, "scopeMetrics"):
        scope = _text(_object(scoped, "scope"), "name")
        for metric in _objects(scoped, "metrics"):
            for kind, (read, measured) in _KINDS.items():
                for point in _objects(_object(metric, kind), "dataPoints"):
                    yield Point(
                        _text(metric, "name"),
                        _text(metric, "unit"),
                        scope,
                        _attributes(_objects(point, "attributes")),
                        _whole(point, "timeUnixNano"),
                        _whole(point, "flags"),
                        read(point),
                        measured,
                    )


def _number(point: Object) -> dict[str, Any]:
    if point.get("asInt") is not None:
        return {"": _whole(point, "asInt")}
    return {"": _float(point, "asDouble")}


def _histogram(point: Object) -> dict[str, Any]:
    counts = [_whole_of(count, "bucketCounts") for count in _list(point, "bucketCounts")]
    return {"": counts, ".count": _whole(point, "count"), **_optional(point, ("sum", "min", "max"))}


def _exponential(point: Object) -> dict[str, Any]:
    positive, negative = _object(point, "positive"), _object(point, "negative")
    below = [_whole_of(count, "bucketCounts") for count in reversed(_list(negative, "bucketCounts"))]
    above = [_whole_of(count, "bucketCounts") for count in _list(positive, "bucketCounts")]
    shape = {".scale": _whole(point, "scale"), ".offset": _whole(positive, "offset")}
    counts = [*below, _whole(point, "zeroCount"), *above]
    return {"": counts, ".count": _whole(point, "count"), **shape, **_optional(point, ("sum", "min", "max"))}


def _summary(point: Object) -> dict[str, Any]:
    pairs = [
        (_float(each, "quantile") or 0.0, _float(each, "value") or 0.0) for each in _objects(point, "quantileValues")
    ]
    values = [value for _, value in sorted(pairs, key=lambda pair: pair[0])]
    return {"": values, ".count": _whole(point, "count"), ".sum": _float(point, "sum") or 0.0}


def _optional(point: Object, names: Iterable[str]) -> dict[str, Any]:
    return {"." + name: _float(point, name) for name in names if point.get(name) is not None}


_KINDS: dict[str, tuple[Any, frozenset[str]]] = {
    "gauge": (_number, NUMBER),
    "sum": (_number, NUMBER),
    "histogram": (_histogram, HISTOGRAM),
    "exponentialHistogram": (_exponential, HISTOGRAM),
    "summary": (_summary, SUMMARY),
}


def _attributes(pairs: Iterable[Object], depth: int = 1) -> dict[str, Any]:
    return {_text(pair, "key"): _value(_object(pair, "value"), depth) for pair in pairs}


def _value(value: Object, depth: int) -> Any:
    for kind, given in value.items():
        if kind == "stringValue":
            return _text(value, kind)
        if kind == "intValue":
            return _whole(value, kind)
        if kind == "doubleValue":
            return _float(value, kind)
        if kind == "boolValue":
            return given is True
        if kind == "bytesValue":
            return _bytes(_text(value, kind))
        if kind == "arrayValue":
            below = deeper(depth)
            return [_value(each, below) for each in _objects(_object(value, kind), "values")]
        if kind == "kvlistValue":
            return _attributes(_objects(_object(value, kind), "values"), deeper(depth))
    return None


def _list(parent: Object, key: str) -> list[Any]:
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(key, "a list")
    return cast("list[Any]", value)


def _objects(parent: Object, key: str) -> list[Object]:
    values = _list(parent, key)
    if not all(isinstance(value, dict) for value in values):
        raise _wrong(key, "a list of objects")
    return values


def _object(parent: Object, key: str) -> Object:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(key, "an object")
    return cast("Object", value)


def _text(parent: Object, key: str) -> str:
    value = parent.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(key, "text")
    return value


def _whole(parent: Object, key: str) -> int:
    value = parent.get(key)
    return 0 if value is None else _whole_of(value, key)


def _whole_of(value: Any, key: str) -> int:
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.removeprefix("-").isdecimal():
        value = int(value)
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise _wrong(key, "a whole number")
    whole = int(value)
    if not -(1 << 63) <= whole < 1 << 64:
        raise _wrong(key, "a number of 64 bits")
    return whole


def _float(parent: Object, key: str) -> float | None:
    value = parent.get(key)
    if isinstance(value, str):
        if value in _NUMBERS:
            return _NUMBERS[value]
        try:
            return float(value)
        except ValueError:
            raise _wrong(key, "a number") from None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(key, "a number")
    return float(value)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("bytesValue", "base64") from None


def _wrong(key: str, wanted: str) -> Unreadable:
    return Unreadable("malformed", f"OTLP JSON: {key} is not {wanted}")
