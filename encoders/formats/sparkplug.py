"""Sparkplug B: readings of edge nodes and their devices as they come over MQTT; sparkplug_payload.py has the payload.

The MQTT topic, `spBv1.0/GROUP/TYPE/NODE[/DEVICE]`, is the record's key or its header "mqtt_topic" or "topic". All of a
node's messages must lie in one partition, since births name the metrics that data give by number: let the records'
key be GROUP/NODE and send the topic as a header where there are several partitions.

- The stream is "edge": GROUP/NODE or GROUP/NODE/DEVICE. A metric that is itself called time or edge is at
  "metric.time" or "metric.edge"; bdSeq is no field.
- Births and data are one reading with the payload's time. A metric's own time is noted where it differs; metrics
  marked historical are readings of their own, one a time, and so is a metric that comes again in the same payload.
- A death is one reading in which all that was born is None, for the reason "stale"; with its node every device dies.
  One that belongs to an earlier birth of the node (bdSeq) is passed over, as are commands and STATE.
- A sequence number counts the messages of a node and its devices together, from 0 to 255 and round: it is no stream's
  own, so no reading has it. One that does not follow the last is noted as "gap" for the path "".
- The property engUnit is a metric's unit from its birth on; Quality is noted as "bad", "uncertain" or "stale".

What is remembered is bounded: of 4,096 edges and 65,536 metrics in all the earliest born are forgotten first.

Source: Sparkplug 3.0.0 (Eclipse Foundation), chapters 4 to 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from encoders.formats.contract import LONGEST_STREAM, MOST_FIELDS, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.sparkplug_payload import path_of, payload_of, properties_of, put
from encoders.reading import Fields, Notes
from encoders.schema.topic import TimeKey

TIME = TimeKey(path="time", unit="ms")
ID_PATH = "edge"
NAMESPACE = "spBv1.0/"
MOST_EDGES = 4096
MOST_METRICS = 65_536
LONGEST_NAME = 512
LONGEST_PATH = 2048
SEQUENCES = 256

_BIRTHS, _DATA, _DEATHS = ("NBIRTH", "DBIRTH"), ("NDATA", "DDATA"), ("NDEATH", "DDEATH")
_COMMANDS = ("NCMD", "DCMD")
_UNITS = ("engunit", "engunits")
_GOOD, _STALE = range(192, 256), 500
_UNCERTAIN = range(64, 128)


class Topic(NamedTuple):
    """Who sent a message, and of what type it is."""

    kind: str
    node: str
    """GROUP/NODE."""
    edge: str
    """GROUP/NODE, or GROUP/NODE/DEVICE for a device."""


@dataclass(frozen=True)
class Sparkplug:
    """See Format. Memory: edge -> what was born there."""

    name: str = field(default="sparkplug", init=False)
    time: TimeKey | None = field(default=TIME, init=False)
    id_path: str | None = field(default=ID_PATH, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: the topic says it."""
        return 1.0 if _topic_text(message) else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:
        """See Format."""
        topic = topic_of(message)
        if topic.kind == "STATE" or topic.kind in _COMMANDS:
            return ()
        payload = payload_of(message.value or b"")
        edges: dict[str, Any] = memory.get("edges", {})
        if topic.kind in _DEATHS:
            return _dead(topic, payload, edges)
        readings = _readings(topic, payload, edges.get(topic.edge, {}) if topic.kind in _DATA else {})
        _note_gap(readings, gap=_gap(topic, payload, edges))
        memory["edges"] = edges
        held = len(edges)
        if topic.kind in _BIRTHS:
            _bear(topic, payload, readings, edges)
        if payload.HasField("seq"):
            _entry(edges, topic.node)["seq"] = payload.seq % SEQUENCES
        if topic.kind in _BIRTHS or len(edges) > held:
            _forget(edges)
        return readings


def topic_of(message: Message) -> Topic:
    """The topic of a message. Raises Unreadable."""
    text = _topic_text(message)
    if not text:
        raise Unreadable("no-stream", f"no topic {NAMESPACE}GROUP/TYPE/NODE in the key or a header mqtt_topic")
    parts = text.split("/")[1:]
    if parts[0] == "STATE":
        return Topic("STATE", "", "")
    kind = parts[1] if len(parts) > 1 else ""
    if kind not in (*_BIRTHS, *_DATA, *_DEATHS, *_COMMANDS):
        raise Unreadable("malformed", f"topic {text}: no message type {kind}")
    if len(parts) != (4 if kind.startswith("D") else 3) or not all(parts):
        raise Unreadable("malformed", f"topic {text}: {kind} wants {NAMESPACE}GROUP/{kind}/NODE[/DEVICE]")
    edge = "/".join((parts[0], *parts[2:]))
    if len(edge) > LONGEST_STREAM:
        raise Unreadable("no-stream", f"a stream id of {len(edge)} characters, at most {LONGEST_STREAM}")
    return Topic(kind, "/".join((parts[0], parts[2])), edge)


def _topic_text(message: Message) -> str:
    for told in (message.header("mqtt_topic"), message.header("topic"), message.key):
        if told is not None and told.startswith(NAMESPACE.encode()):
            return told.decode(errors="replace")
    return ""


@dataclass
class _Reading:
    """One reading as its metrics come in."""

    time_ms: int | None
    historical: bool = False
    fields: Fields = field(default_factory=dict[str, Any])
    units: dict[str, str] = field(default_factory=dict[str, str])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    times: dict[str, float] = field(default_factory=dict[str, float])

    def add(self, metric: Any, name: str, datatype: int, unit: str | None) -> None:
        path = _own(path_of(name))
        put(metric, path, datatype, self.fields)
        reason = _quality(metric)
        if unit:
            self.units[path] = unit
        if reason:
            self.reasons[path] = reason
        if metric.HasField("timestamp") and metric.timestamp != self.time_ms:
            self.times[path] = metric.timestamp / 1000.0

    def parsed(self, edge: str) -> Parsed:
        fields = {TIME.path: self.time_ms, ID_PATH: edge, **self.fields}
        longest = max(map(len, fields))
        if len(fields) > MOST_FIELDS:
            raise Unreadable("too-many-fields", f"more than {MOST_FIELDS} fields")
        if longest > LONGEST_PATH:
            raise Unreadable("malformed", f"a path of {longest} characters, at most {LONGEST_PATH}")
        if not (self.units or self.reasons or self.times):
            return Parsed(fields, historical=self.historical)
        return Parsed(fields, Notes(self.units, self.reasons, {}, self.times), historical=self.historical)


def _readings(topic: Topic, payload: Any, known: dict[str, Any]) -> list[Parsed]:
    """Those of a birth or of data: stored ones by their time, then that of the payload's own time."""
    live = _Reading(payload.timestamp if payload.HasField("timestamp") else None)
    stored: dict[int | None, _Reading] = {}
    again: list[_Reading] = []
    if topic.kind in _BIRTHS and len(payload.metrics) > MOST_FIELDS:
        raise Unreadable("too-many-fields", f"a birth of {len(payload.metrics)} metrics, at most {MOST_FIELDS}")
    for metric in payload.metrics:
        name, datatype, unit = _defined(metric, topic, known)
        if name == "bdSeq":
            continue
        time_ms = metric.timestamp if metric.HasField("timestamp") else live.time_ms
        reading = live
        if metric.is_historical:
            reading = stored.setdefault(time_ms, _Reading(time_ms, historical=True))
        if _own(path_of(name)) in reading.fields:
            reading = _Reading(time_ms, reading.historical)
            again.append(reading)
        reading.add(metric, name, datatype, unit)
    found = [stored[time_ms] for time_ms in sorted(stored, key=lambda time_ms: time_ms or 0)]
    return [reading.parsed(topic.edge) for reading in (*found, live, *again) if reading.fields]


def _defined(metric: Any, topic: Topic, known: dict[str, Any]) -> tuple[str, int, str | None]:
    """A metric's name, datatype and unit; what it does not tell itself is from its birth. Raises Unreadable."""
    name = metric.name
    if not name:
        if not metric.HasField("alias"):
            raise Unreadable("malformed", "a metric without name or alias")
        name = known.get("aliases", {}).get(str(metric.alias))
        if name is None:
            raise Unreadable(
                "unknown-alias", f"alias {metric.alias} of {topic.edge} was never born: ask the node for a rebirth"
            )
    if len(name) > LONGEST_NAME:
        raise Unreadable("malformed", f"a metric's name of {len(name)} characters, at most {LONGEST_NAME}")
    datatype, unit = known.get("metrics", {}).get(name, (0, None))
    return name, metric.datatype or datatype, _unit(metric) or unit


def _own(path: str) -> str:
    return f"metric.{path}" if path in (TIME.path, ID_PATH) else path


def _unit(metric: Any) -> str | None:
    units = (value for key, value in properties_of(metric) if key.lower() in _UNITS and isinstance(value, str))
    return next((unit for unit in units if 0 < len(unit) <= LONGEST_NAME), None)


def _quality(metric: Any) -> str | None:
    """What the property Quality says, None where it is good: a code of OPC, or 500 for stale."""
    for key, value in properties_of(metric):
        if key.lower() != "quality" or not isinstance(value, int):
            continue
        if value == _STALE:
            return "stale"
        return None if value in _GOOD else "uncertain" if value in _UNCERTAIN else "bad"
    return None


def _gap(topic: Topic, payload: Any, edges: dict[str, Any]) -> bool:
    last = edges.get(topic.node, {}).get("seq")
    if topic.kind == "NBIRTH" or last is None or not payload.HasField("seq"):
        return False
    return payload.seq != (last + 1) % SEQUENCES


def _note_gap(readings: Sequence[Parsed], *, gap: bool) -> None:
    if readings and gap:
        noted = readings[0].notes
        readings[0].notes = Notes(noted.units, {**noted.reasons, "": "gap"}, noted.sigmas, noted.times)


def _bear(topic: Topic, payload: Any, readings: Sequence[Parsed], edges: dict[str, Any]) -> None:
    """Remember what a birth defines; that of a node ends its devices."""
    if topic.kind == "NBIRTH":
        for edge in [edge for edge in edges if edge.startswith(topic.node + "/")]:
            del edges[edge]
    born: dict[str, Any] = _entry(edges, topic.edge)
    metrics = [metric for metric in payload.metrics if metric.name != "bdSeq"]
    born["metrics"] = {metric.name: [metric.datatype, _unit(metric)] for metric in metrics}
    born["aliases"] = {str(metric.alias): metric.name for metric in metrics if metric.HasField("alias")}
    paths = dict.fromkeys(path for reading in readings for path in reading.fields)
    born["paths"] = [path for path in paths if path not in (TIME.path, ID_PATH)]
    born["born"] = 1 + max(entry["born"] for entry in edges.values())
    if topic.kind == "NBIRTH":
        born["bdSeq"] = _death_number(payload)


def _entry(edges: dict[str, Any], edge: str) -> dict[str, Any]:
    """What is remembered of an edge, made where there is nothing."""
    if edge not in edges:
        edges[edge] = {"metrics": {}, "aliases": {}, "paths": [], "born": 0}
    return edges[edge]


def _death_number(payload: Any) -> int | None:
    return next((metric.long_value or metric.int_value for metric in payload.metrics if metric.name == "bdSeq"), None)


def _forget(edges: dict[str, Any]) -> None:
    """Forget the earliest born until the rest fits."""
    held = sum(len(entry["metrics"]) for entry in edges.values()) if len(edges) > 1 else 0
    while len(edges) > MOST_EDGES or (held > MOST_METRICS and len(edges) > 1):
        earliest = min(edges, key=lambda edge: (edges[edge]["born"], edge))
        held -= len(edges.pop(earliest)["metrics"])


def _dead(topic: Topic, payload: Any, edges: dict[str, Any]) -> list[Parsed]:
    """One reading for each edge that ends: all that was born there is stale."""
    node = edges.get(topic.node, {})
    number = _death_number(payload)
    if topic.kind == "NDEATH" and None not in (number, node.get("bdSeq")) and number != node["bdSeq"]:
        return []
    ended = [topic.edge]
    if topic.kind == "NDEATH":
        ended += sorted(edge for edge in edges if edge.startswith(topic.node + "/"))
    time_ms = payload.timestamp if payload.HasField("timestamp") else None
    readings: list[Parsed] = []
    for edge in ended:
        paths: list[str] = edges.get(edge, {}).get("paths", [])
        if paths:
            fields: Fields = {TIME.path: time_ms, ID_PATH: edge, **dict.fromkeys(paths)}
            readings.append(Parsed(fields, Notes(reasons=dict.fromkeys(paths, "stale"))))
    if topic.kind == "NDEATH":
        node.pop("seq", None)
    elif payload.HasField("seq") and node:
        _note_gap(readings, gap=_gap(topic, payload, edges))
        node["seq"] = payload.seq % SEQUENCES
    return readings
