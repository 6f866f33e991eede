"""ROS 2 messages in CDR: one message is one reading; ros2_sensors.py says what becomes of the well-known parts.

The type is the header "ros2_type" or "schema_name" ("sensor_msgs/msg/Imu"), its definition the header
"ros2_definition" or "schema_data", which well-known types do not need. Nested messages are dotted paths
("linear_acceleration.x"); a list of messages is one list for each of their fields ("transforms.child_frame_id").
The event time is header.stamp, as every time in nanoseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from encoders.formats.contract import FormatMemory, Message, Parsed, Unreadable
from encoders.formats.ros2_cdr import Document, Reader
from encoders.formats.ros2_sensors import reading
from encoders.formats.ros2_types import Types, full_name, known_types, types_of
from encoders.schema.topic import TimeKey

TIME = TimeKey(path="header.stamp", unit="ns")
TYPE_HEADERS = ("ros2_type", "schema_name")
DEFINITION_HEADERS = ("ros2_definition", "schema_data")


@dataclass(frozen=True)
class Ros2:
    """See Format."""

    largest_bytes: int = 16 << 20

    name: str = field(default="ros2", init=False)
    time: TimeKey | None = field(default=TIME, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=False, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: a header names the type, and the bytes are CDR."""
        name = _header(message, TYPE_HEADERS)
        if name is None or (message.value or b"")[:2] not in (b"\0\0", b"\0\1"):
            return 0.0
        try:
            full_name(name)
        except Unreadable:
            return 0.0
        return 1.0

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        name = _header(message, TYPE_HEADERS)
        if not name:
            raise Unreadable("no-schema", "no header ros2_type names the type of the message")
        return (ros2_reading(message.value or b"", name, _header(message, DEFINITION_HEADERS) or ""),)


def ros2_reading(value: bytes, name: str, definition: str) -> Parsed:
    """The reading of a message of this type; definition: may be empty for well-known types. Raises Unreadable."""
    name = full_name(name)
    return reading(name, document(value, name, definition))


def document(value: bytes, name: str, definition: str) -> Document:
    """The message as nested objects. Raises Unreadable."""
    own: Types = types_of(name, definition) if definition else {}
    return Reader(value, own, known_types()).whole(name)


def _header(message: Message, names: Sequence[str]) -> str | None:
    told = next((value for name in names if (value := message.header(name)) is not None), None)
    return None if told is None else told.decode(errors="replace").strip()
