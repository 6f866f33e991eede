r"""OTLP metrics as readings: what both encodings share.

A message holds resources, each with metrics, each with data points. All points of one resource and one time are one
reading. Its fields:

- "resource.<attribute>": what the resource says of itself; "resource.id" is its service.instance.id, else host.name,
  host.id, service.name, whichever it has first;
- "<metric>" for a point without attributes, "<metric>{<attribute>=<value>,...}" with them, sorted by name. A dot or
  backslash inside is written with a backslash before it, as in every key: system\.cpu\.time{state=user}. Where two
  scopes of a resource send the same metric, the later one's name has otel.scope.name=<scope> at the end of the braces;
- a gauge or sum is a number. A histogram is the list of its bucket counts and, where sent, "<name>.count", ".sum",
  ".min" and ".max". An exponential histogram is the list of its counts from the most negative bucket over the zero
  bucket to the most positive one, with ".scale" and ".offset" (of the first positive bucket) too. A summary is the
  list of its values by rising quantile.

The unit of a metric is noted for its values, never for counts. A point flagged as not recorded is None, for the reason
"not-recorded". Bounds of buckets, exemplars, start times and temporality are not read.

Source: OpenTelemetry Protocol 1.x, opentelemetry/proto/metrics/v1/metrics.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from encoders.formats.contract import DEEPEST, Parsed, Unreadable
from encoders.formats.decoding import escaped, flattened
from encoders.reading import SILENT, Fields, Notes
from encoders.schema.topic import TimeKey

TIME = TimeKey(path="time", unit="ns")
ID_PATH = "resource.id"
NOT_RECORDED = 1
"""Bit of a point's flags: the series exists, but has no value at this time."""

_IDENTITIES = ("service.instance.id", "host.name", "host.id", "service.name", "id")


@dataclass(slots=True)
class Point:
    """One data point, however it was written."""

    metric: str
    unit: str
    scope: str
    attributes: Mapping[str, Any]
    time_ns: int
    """0 where it is not known."""
    flags: int
    values: Mapping[str, Any]
    """End of the path ("", ".count") -> number or list."""
    measured: frozenset[str]
    """The ends whose values are in the metric's unit."""


NUMBER = frozenset({""})
HISTOGRAM = frozenset({".sum", ".min", ".max"})
SUMMARY = frozenset({"", ".sum"})


@dataclass(slots=True)
class _Reading:
    fields: Fields
    units: dict[str, str] = field(default_factory=dict[str, str])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    scopes: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, point: Point) -> None:
        """Take in one point."""
        name = _name(point)
        if self.scopes.setdefault(name, point.scope) != point.scope:
            name = _name(point, point.scope)
        path = escaped(name)
        recorded = not point.flags & NOT_RECORDED
        for end, value in point.values.items():
            self.fields[path + end] = value if recorded else None
            if not recorded:
                self.reasons[path + end] = "not-recorded"
            if point.unit and end in point.measured:
                self.units[path + end] = point.unit

    def parsed(self) -> Parsed:
        """The reading, with its notes if there are any."""
        noted = Notes(units=self.units, reasons=self.reasons) if self.units or self.reasons else SILENT
        return Parsed(self.fields, noted)


def readings(resource: Mapping[str, Any], points: Iterable[Point]) -> list[Parsed]:
    """The readings of one resource, by rising time. Raises Unreadable."""
    described: Fields | None = None
    found: dict[int, _Reading] = {}
    for point in points:
        reading = found.get(point.time_ns)
        if reading is None:
            described = _described(resource) if described is None else described
            reading = found[point.time_ns] = _Reading({TIME.path: point.time_ns or None, **described})
        reading.add(point)
    return [found[time_ns].parsed() for time_ns in sorted(found)]


def _described(resource: Mapping[str, Any]) -> Fields:
    fields = {"resource." + path: value for path, value in flattened(resource, DEEPEST).items()}
    identity = next((resource[key] for key in _IDENTITIES if isinstance(resource.get(key), str | int)), None)
    return fields if identity is None else fields | {ID_PATH: str(identity)}


def _name(point: Point, scope: str | None = None) -> str:
    parts = [f"{key}={_label(value)}" for key, value in sorted(point.attributes.items())] if point.attributes else []
    if scope is not None:
        parts.append(f"otel.scope.name={scope}")
    return f"{point.metric}{{{','.join(parts)}}}" if parts else point.metric


def _label(value: Any) -> str:
    """An attribute's value as text: strings as they are, anything else as JSON."""
    if isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else orjson.dumps(value, default=bytes.hex).decode()


def deeper(depth: int) -> int:
    """One level further down. Raises Unreadable."""
    if depth >= DEEPEST:
        raise Unreadable("too-deep", f"more than {DEEPEST} values within each other")
    return depth + 1
