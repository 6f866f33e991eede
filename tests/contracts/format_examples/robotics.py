from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from mcap.writer import CompressionType, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from encoders.formats.contract import Message

T = 1_790_000_000_000_000_000
PUMP = f"""# a pump
uint8 OFF=0
std_msgs/Header header
float32[3] flow   # in each pipe
string<=20 state run
Valve[] valves
{"=" * 80}
MSG: plant_msgs/Valve
string name
float64 opening 0.5
bool[] seen
"""


@cache
def store(definition: str = "", name: str = "") -> Any:
    found = get_typestore(Stores.ROS2_JAZZY)
    if definition:
        found.register(get_types_from_msg(definition, name))
    return found


def built(types: Any, name: str, /, **fields: Any) -> Any:
    """A message of this type: zeros but for these fields."""

    def zero(described: Any) -> Any:
        kind, what = described
        if kind.name == "NAME":
            return built(types, what)
        if kind.name == "BASE":
            return {"string": "", "bool": False}.get(what[0], 0)
        inner, size = what
        if inner[0].name == "NAME" or inner[1][0] == "string":
            return [zero(inner) for _ in range(size if kind.name == "ARRAY" else 0)]
        return np.zeros(size if kind.name == "ARRAY" else 0, dtype=inner[1][0].replace("byte", "uint8"))

    return types.types[name](
        **{field: fields[field] if field in fields else zero(what) for field, what in types.fielddefs[name][1]}
    )


def header(types: Any, frame: str = "base", time_ns: int = T) -> Any:
    stamp = built(types, "builtin_interfaces/msg/Time", sec=time_ns // 10**9, nanosec=time_ns % 10**9)
    return built(types, "std_msgs/msg/Header", stamp=stamp, frame_id=frame)


def imu() -> bytes:
    types = store()
    return bytes(
        types.serialize_cdr(
            built(
                types,
                "sensor_msgs/msg/Imu",
                header=header(types, "imu"),
                orientation=built(types, "geometry_msgs/msg/Quaternion", w=1.0),
                linear_acceleration=built(types, "geometry_msgs/msg/Vector3", z=9.81),
                linear_acceleration_covariance=np.diag([0.04, 0.04, 0.09]).reshape(-1),
            ),
            "sensor_msgs/msg/Imu",
        )
    )


def pump() -> bytes:
    types = store(PUMP, "plant_msgs/msg/Pump")
    valves = [
        built(types, "plant_msgs/msg/Valve", name=name, opening=opening, seen=np.array([True, False]))
        for name, opening in (("inlet", 0.5), ("outlet", 1.0))
    ]
    flow = np.array([1.5, 2.5, 3.5], np.float32)
    whole = built(types, "plant_msgs/msg/Pump", header=header(types), flow=flow, state="run", valves=valves)
    return bytes(types.serialize_cdr(whole, "plant_msgs/msg/Pump"))


def ros2(value: bytes, name: str, definition: str = "", *, foxglove: bool = False) -> Message:
    kind, defined = ("schema_name", "schema_data") if foxglove else ("ros2_type", "ros2_definition")
    headers = ((kind, name.encode()), *(((defined, definition.encode()),) if definition else ()))
    return Message(b"/sensor", value, "", headers)


def recording(compression: CompressionType = CompressionType.NONE) -> bytes:
    """An MCAP file with two channels of ROS 2 messages and one of JSON."""
    out = io.BytesIO()
    writer = Writer(out, compression=compression)
    writer.start()
    known = writer.register_schema("sensor_msgs/msg/Imu", "ros2msg", b"")
    own = writer.register_schema("plant_msgs/msg/Pump", "ros2msg", PUMP.encode())
    plain = writer.register_schema("room", "jsonschema", b'{"type": "object"}')
    channels = [
        (writer.register_channel("/imu", "cdr", known), imu()),
        (writer.register_channel("/pump", "cdr", own), pump()),
        (writer.register_channel("/room", "json", plain), json.dumps({"temperature": 21.5}).encode()),
    ]
    for place, (channel, body) in enumerate(channels):
        time_ns = T + place * 1_000_000
        writer.add_message(channel, log_time=time_ns, publish_time=time_ns, sequence=place, data=body)
    writer.finish()
    return out.getvalue()


ROBOTICS: Mapping[str, Sequence[Message]] = {
    "ros2": [
        ros2(imu(), "sensor_msgs/msg/Imu"),
        ros2(pump(), "plant_msgs/msg/Pump", PUMP),
        ros2(imu(), "sensor_msgs/Imu", foxglove=True),
    ],
    "mcap": [
        Message(None, recording(), "robot"),
        Message(b"robot-7", recording(CompressionType.ZSTD), "robot"),
        Message(b"robot-7", recording(CompressionType.LZ4), "robot"),
    ],
}
