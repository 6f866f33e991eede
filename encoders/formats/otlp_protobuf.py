"""OTLP metrics as protobuf, which ExportMetricsServiceRequest and MetricsData both are; otlp.py says what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError

from encoders.formats.contract import FormatMemory, Message, Parsed, Unreadable
from encoders.formats.otlp import HISTOGRAM, ID_PATH, NUMBER, SUMMARY, TIME, Point, deeper, readings
from encoders.formats.otlp_messages import Metrics
from encoders.schema.topic import TimeKey


@dataclass(frozen=True)
class OtlpProtobuf:
    """See Format."""

    name: str = field(default="otlp+protobuf", init=False)
    time: TimeKey | None = field(default=TIME, init=False)
    id_path: str | None = field(default=ID_PATH, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: it has the shape, and its first point a name and a time of this century."""
        value = message.value or b""
        if not value.startswith(b"\x0a"):  # the tag of resource_metrics
            return 0.0
        try:
            data = _data(value)
            points = (point for resource in data.resource_metrics for point in _points(resource))
            first = next(points, None)
        except Unreadable:
            return 0.0
        if first is None:
            return 0.0
        return 0.95 if first.metric.isprintable() and first.metric and first.time_ns > 946_684_800_000_000_000 else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        found: list[Parsed] = []
        for resource in _data(message.value or b"").resource_metrics:
            found += readings(_attributes(resource.resource.attributes), _points(resource))
        return found


def _data(value: bytes) -> Any:
    try:
        return Metrics.FromString(value)
    except (DecodeError, ValueError, RecursionError) as error:
        raise Unreadable("malformed", f"not OTLP metrics: {error}") from None


def _points(resource: Any) -> Iterator[Point]:
    for scoped in resource.scope_metrics:
        for metric in scoped.metrics:
            kind = metric.WhichOneof("data")
            if kind is None:
                continue
            read, measured = _KINDS[kind]
            for point in getattr(metric, kind).data_points:
                yield Point(
                    metric.name,
                    metric.unit,
                    scoped.scope.name,
                    _attributes(point.attributes),
                    point.time_unix_nano,
                    point.flags,
                    read(point),
                    measured,
                )


def _number(point: Any) -> dict[str, Any]:
    kind = point.WhichOneof("value")
    return {"": None if kind is None else getattr(point, kind)}


def _histogram(point: Any) -> dict[str, Any]:
    return {"": list(point.bucket_counts), ".count": point.count, **_optional(point, ("sum", "min", "max"))}


def _exponential(point: Any) -> dict[str, Any]:
    counts = [*reversed(point.negative.bucket_counts), point.zero_count, *point.positive.bucket_counts]
    shape = {".scale": point.scale, ".offset": point.positive.offset}
    return {"": counts, ".count": point.count, **shape, **_optional(point, ("sum", "min", "max"))}


def _summary(point: Any) -> dict[str, Any]:
    quantiles = sorted(point.quantile_values, key=lambda each: each.quantile)
    return {"": [each.value for each in quantiles], ".count": point.count, ".sum": point.sum}


def _optional(point: Any, names: Iterable[str]) -> dict[str, Any]:
    return {"." + name: getattr(point, name) for name in names if point.HasField(name)}


_KINDS: dict[str, tuple[Any, frozenset[str]]] = {
    "gauge": (_number, NUMBER),
    "sum": (_number, NUMBER),
    "histogram": (_histogram, HISTOGRAM),
    "exponential_histogram": (_exponential, HISTOGRAM),
    "summary": (_summary, SUMMARY),
}


def _attributes(pairs: Any, depth: int = 1) -> dict[str, Any]:
    return {pair.key: _value(pair.value, depth) for pair in pairs}


def _value(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        below = deeper(depth)
        return [_value(each, below) for each in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values, deeper(depth))
    return getattr(value, kind)
