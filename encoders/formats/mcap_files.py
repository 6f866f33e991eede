"""MCAP files as single messages: each message inside is a reading, as its own encoding has it.

- ROS 2 in CDR (schema "ros2msg") is read as ros2.py says, JSON as json_messages.py does; other encodings are not read,
  and a file with one of them not at all. Large recordings are sent message by message: `plastream replay FILE`.
- The stream is "mcap.stream", the channel's topic, behind the record's key where it has one ("robot-7/imu").
- The event time is "mcap.time": header.stamp where the message has one, else the time at which it was logged.

Source: MCAP format specification and registry (mcap.dev).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from encoders.formats.contract import MOST_READINGS, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.json_messages import json_fields
from encoders.formats.mcap_records import MARK, Entry, entries
from encoders.formats.ros2 import TIME as STAMP
from encoders.formats.ros2 import ros2_reading
from encoders.schema.topic import TimeKey

TIME = TimeKey(path="mcap.time", unit="ns")
ID_PATH = "mcap.stream"


@dataclass(frozen=True)
class McapFiles:
    """See Format."""

    largest_bytes: int = 16 << 20

    name: str = field(default="mcap", init=False)
    time: TimeKey | None = field(default=TIME, init=False)
    id_path: str | None = field(default=ID_PATH, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: the first bytes."""
        return 1.0 if (message.value or b"").startswith(MARK) else 0.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        whose = (message.key or b"").decode(errors="backslashreplace").rstrip("/")
        readings: list[Parsed] = []
        for entry in entries(io.BytesIO(message.value or b"")):
            if len(readings) == MOST_READINGS:
                raise Unreadable("too-many-readings", f"more than {MOST_READINGS} messages: replay the file instead")
            reading = _reading(entry)
            stamp = reading.fields.pop(STAMP.path, None)
            reading.fields[TIME.path] = stamp or entry.log_time_ns
            reading.fields[ID_PATH] = f"{whose}/{entry.topic.lstrip('/')}" if whose else entry.topic
            reading.sequence = entry.sequence or None
            readings.append(reading)
        return readings


def _reading(entry: Entry) -> Parsed:
    """One message by its encoding. Raises Unreadable."""
    if entry.encoding == "cdr" and entry.schema_encoding == "ros2msg":
        return ros2_reading(entry.data, entry.schema_name, entry.schema.decode(errors="replace"))
    if entry.encoding == "json":
        return Parsed(json_fields(entry.data))
    raise Unreadable(
        "unsupported",
        f"MCAP: channel {entry.topic} is in {entry.encoding} by {entry.schema_encoding or 'no schema'}: not read here",
    )
