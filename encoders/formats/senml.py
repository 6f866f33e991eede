"""SenML (RFC 8428) in JSON and in CBOR: a pack of records holds a reading for each device and moment.

The base name is the device, at "bn"; the rest of a name is the path of its value, "value" where there is none, and a
sum has the path "<name>.sum". The records of a device are sorted by time, and a new reading begins where a name comes
again: so a pack of one value of each sensor is one reading, and a pack of a minute's samples has one for each sample.
The time of a reading, at "time", is that of its latest record; values with another one have it in `Notes.times`, and
units, as sent, are in `Notes.units`. Times below 2**28 count from when the message was received; where that is not
known, neither is the time. Update times ("ut") are not kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from encoders.formats.cbor_messages import MAGIC, cbor_value
from encoders.formats.content_type import SENML_CBOR, SENML_JSON, media_type
from encoders.formats.contract import LARGEST_BYTES, MOST_READINGS, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.json_messages import json_value
from encoders.formats.senml_records import LABELS, VALUES, Measured, resolved
from encoders.reading import SILENT, Fields, Notes
from encoders.schema.topic import TimeKey

ABSOLUTE_FROM = 2.0**28
"""Seconds from which a time counts since 1970."""
_RECORDS_TO_TELL = 8
_PACK = 0.95
"""How sure it is of a list with names and values by SenML's labels."""
_INTEGER_LABELS = {
    "-1": "bver",
    "-2": "bn",
    "-3": "bt",
    "-4": "bu",
    "-5": "bv",
    "-6": "bs",
    "0": "n",
    "1": "u",
    "2": "v",
    "3": "vs",
    "4": "vb",
    "5": "s",
    "6": "t",
    "7": "ut",
    "8": "vd",
}
"""RFC 8428, table 4; whole numbers as `cbor_value` gives them."""


@dataclass(frozen=True)
class SenmlJson:
    """See Format."""

    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="senml+json", init=False)
    time: TimeKey | None = field(default=TimeKey(path="time", unit="s"), init=False)
    id_path: str | None = field(default="bn", init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: a list of objects with SenML's labels."""
        if media_type(message) in SENML_JSON:
            return 1.0
        value = (message.value or b"").lstrip()
        if not value.startswith(b"["):
            return 0.0
        try:
            return _looks_like_a_pack(json_value(value))
        except Unreadable:
            return 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return _readings(json_value(message.value or b""), message.received_s)


@dataclass(frozen=True)
class SenmlCbor:
    """See Format."""

    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="senml+cbor", init=False)
    time: TimeKey | None = field(default=TimeKey(path="time", unit="s"), init=False)
    id_path: str | None = field(default="bn", init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: an array of maps with SenML's labels."""
        if media_type(message) in SENML_CBOR:
            return 1.0
        value = (message.value or b"").removeprefix(MAGIC)
        if not value or not 0x80 <= value[0] < 0xA0:
            return 0.0
        try:
            sure = _looks_like_a_pack(_by_labels(cbor_value(value)))
        except Unreadable:
            return 0.0
        return sure if value == message.value or sure < _PACK else 1.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        return _readings(_by_labels(cbor_value(message.value or b"")), message.received_s)


def _by_labels(pack: Any) -> Any:
    """The pack with labels as JSON has them."""
    if not isinstance(pack, list) or not all(isinstance(record, dict) for record in cast("list[Any]", pack)):
        return cast("Any", pack)
    records = cast("list[dict[str, Any]]", pack)
    return [{_INTEGER_LABELS.get(label, label): value for label, value in record.items()} for record in records]


def _looks_like_a_pack(pack: Any) -> float:
    """How sure it is: names and values, by these labels and no others."""
    records = list(islice(cast("list[Any]", pack), _RECORDS_TO_TELL)) if isinstance(pack, list) else []
    if not records or not all(isinstance(record, dict) for record in records):
        return 0.0
    labels = set[str]().union(*cast("list[dict[str, Any]]", records))
    if not labels & {"n", "bn"} or not labels & {*VALUES, "s", "bv", "bs"}:
        return 0.0
    return _PACK if labels <= LABELS else 0.5


def _readings(pack: Any, received_s: float) -> Sequence[Parsed]:
    """Raises Unreadable."""
    if not isinstance(pack, list):
        raise Unreadable("not-an-object", f"a {type(pack).__name__} instead of a list of records")
    devices: dict[str, list[tuple[Measured, float]]] = {}
    for one in resolved(cast("list[Any]", pack)):
        time = one.at if one.at >= ABSOLUTE_FROM else one.at + received_s
        devices.setdefault(one.device, []).append((one, time))
    parsed: list[Parsed] = []
    for device, values in devices.items():
        parsed += islice((_reading(device, moment) for moment in _moments(values)), MOST_READINGS + 1 - len(parsed))
    if len(parsed) > MOST_READINGS:
        raise Unreadable("too-many-readings", f"more than {MOST_READINGS} readings")
    return parsed


def _moments(values: Iterable[tuple[Measured, float]]) -> Iterator[list[tuple[Measured, float]]]:
    """Values that belong together, in order of time; those of unknown times come last, in order among themselves."""
    held: dict[str, tuple[Measured, float]] = {}
    for value in sorted(values, key=lambda one: (math.isnan(one[1]), one[0].at)):
        if value[0].path in held:
            yield list(held.values())
            held = {}
        held[value[0].path] = value
    yield list(held.values())


def _reading(device: str, values: Sequence[tuple[Measured, float]]) -> Parsed:
    """Fields in the order of the pack."""
    values = sorted(values, key=lambda one: one[0].place)
    known = [time for _, time in values if not math.isnan(time)]
    fields: Fields = {"time": max(known)} if known else {}
    if device:
        fields["bn"] = device
    fields |= {one.path: one.value for one, _ in values}
    return Parsed(fields, _notes(values, fields.get("time")))


def _notes(values: Sequence[tuple[Measured, float]], latest: float | None) -> Notes:
    units: Mapping[str, str] = {one.path: one.unit for one, _ in values if one.unit}
    times = {one.path: time for one, time in values if time != latest and not math.isnan(time)}
    return Notes(units=units, times=times) if units or times else SILENT
