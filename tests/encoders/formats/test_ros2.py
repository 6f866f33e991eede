"""ROS 2 messages: read as the library writes them, by every well-known type, and by definitions that come along."""

from __future__ import annotations

import math
import random
import struct
from typing import Any

import numpy as np
import pytest

from encoders.formats.contract import Message, Parsed, Unreadable
from encoders.formats.decoding import decode
from encoders.formats.ros2 import Ros2, document
from encoders.formats.ros2_types import SEQUENCE, SINGLE, Part, full_name, known_types, types_of
from encoders.schema import TopicSchema
from tests.contracts.format_examples.media import COLORS, picture
from tests.contracts.format_examples.robotics import PUMP, T, built, header, imu, pump, ros2, store

INTEGERS = {"byte": "uint8", "char": "uint8"}


def sample(types: Any, described: Any, rng: random.Random) -> Any:
    """A value of any type, as the library wants it."""
    kind, what = described
    if kind.name == "NAME":
        return types.types[what](**{name: sample(types, inner, rng) for name, inner in types.fielddefs[what][1]})
    if kind.name == "BASE":
        if what[0] == "string":
            return "".join(rng.choices("abcé. ", k=rng.randrange(6)))
        if what[0] == "bool":
            return rng.random() < 0.5
        if what[0] == "byte":  # the library writes it with a sign, and would refuse the upper half
            return rng.randrange(128)
        return np.frombuffer(rng.randbytes(1), np.int8).astype(INTEGERS.get(what[0], what[0]))[0].item()
    inner, size = what
    count = size if kind.name == "ARRAY" else rng.randrange(4)
    values = [sample(types, inner, rng) for _ in range(count)]
    if inner[0].name == "BASE" and inner[1][0] != "string":
        return np.array(values, dtype=INTEGERS.get(inner[1][0], inner[1][0]))
    return values


def nested(types: Any, name: str, message: Any) -> Any:
    """The library's message as nested plain values."""
    found: dict[str, Any] = {}
    for field, (kind, what) in types.fielddefs[name][1]:
        value = getattr(message, field)
        if kind.name == "NAME":
            found[field] = nested(types, what, value)
        elif kind.name in ("ARRAY", "SEQUENCE") and what[0][0].name == "NAME":
            found[field] = [nested(types, what[0][1], each) for each in value]
        else:
            found[field] = value.tolist() if isinstance(value, np.ndarray) else value
    return found


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def test_every_well_known_type_is_read_as_the_library_writes_it() -> None:
    types, rng = store(), random.Random(7)  # noqa: S311 -- not for secrets
    assert len(types.fielddefs) > 150
    for name in types.fielddefs:
        message = sample(types, (type("Kind", (), {"name": "NAME"}), name), rng)
        for little in (True, False):
            body = bytes(types.serialize_cdr(message, name, little_endian=little))
            assert plain(document(body, name, "")) == nested(types, name, message), name


def parsed(value: bytes, name: str, definition: str = "") -> Parsed:
    (reading,) = Ros2().parse(ros2(value, name, definition), {})
    return reading


def written(name: str, **fields: Any) -> Parsed:
    types = store()
    return parsed(bytes(types.serialize_cdr(built(types, name, **fields), name)), name)


def test_a_definition_that_comes_along_is_used() -> None:
    fields = parsed(pump(), "plant_msgs/msg/Pump", PUMP).fields
    assert fields == {
        "header.stamp": T,
        "header.frame_id": "base",
        "flow": [1.5, 2.5, 3.5],
        "state": "run",
        "valves.name": ["inlet", "outlet"],
        "valves.opening": [0.5, 1.0],
        "valves.seen": [[True, False], [True, False]],
    }


def test_the_stamp_is_the_event_time() -> None:
    reader = Ros2()
    schema = TopicSchema(format="ros2", time=reader.time)
    readings = decode(reader, [ros2(imu(), "sensor_msgs/msg/Imu")], schema)
    assert readings.times.tolist() == [T / 1e9]
    assert readings.streams == ["/sensor"]


def test_covariances_are_deviations() -> None:
    types = store()
    reading = written(
        "sensor_msgs/msg/Imu",
        header=header(types),
        orientation=built(types, "geometry_msgs/msg/Quaternion", x=0.5, w=0.5),
        orientation_covariance=np.diag([0.01, 0.02, 0.06]).reshape(-1),
        linear_acceleration_covariance=np.diag([0.04, 0.0, math.inf]).reshape(-1),
        angular_velocity_covariance=np.full(9, -1.0),
    )
    assert reading.fields["orientation"] == [0.5, 0.0, 0.0, 0.5]
    assert reading.notes.sigmas == pytest.approx(
        {"orientation": math.sqrt(0.03) / 2.0, "linear_acceleration.x": 0.2}, rel=1e-12
    )
    assert [reading.fields[f"angular_velocity.{axis}"] for axis in "xyz"] == [None] * 3
    assert reading.notes.reasons == {f"angular_velocity.{axis}": "not-measured" for axis in "xyz"}
    assert not any("covariance" in path for path in reading.fields)


def test_covariances_of_poses_and_twists() -> None:
    types = store()
    pose = built(
        types,
        "geometry_msgs/msg/PoseWithCovariance",
        covariance=np.diag([0.01, 0.04, 0.09, 0.04, 0.04, 0.04]).reshape(-1),
    )
    twist = built(types, "geometry_msgs/msg/TwistWithCovariance", covariance=np.diag([1.0] * 5 + [4.0]).reshape(-1))
    reading = written("nav_msgs/msg/Odometry", header=header(types), pose=pose, twist=twist)
    assert reading.notes.sigmas == pytest.approx(
        {
            "pose.pose.position.x": 0.1,
            "pose.pose.position.y": 0.2,
            "pose.pose.position.z": 0.3,
            "pose.pose.orientation": 0.1,
            "twist.twist.linear.x": 1.0,
            "twist.twist.linear.y": 1.0,
            "twist.twist.linear.z": 1.0,
            "twist.twist.angular.x": 1.0,
            "twist.twist.angular.y": 1.0,
            "twist.twist.angular.z": 2.0,
        }
    )
    assert set(reading.notes.sigmas) <= set(reading.fields)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sensor_msgs/msg/Temperature", "temperature"),
        ("sensor_msgs/msg/FluidPressure", "fluid_pressure"),
        ("sensor_msgs/msg/RelativeHumidity", "relative_humidity"),
        ("sensor_msgs/msg/Illuminance", "illuminance"),
        ("sensor_msgs/msg/Range", "range"),
    ],
)
def test_a_variance_belongs_to_what_is_measured(name: str, path: str) -> None:
    reading = written(name, header=header(store()), variance=0.25, **{path: 3.0})
    assert reading.notes.sigmas == {path: 0.5}
    assert reading.fields[path] == 3.0
    assert "variance" not in reading.fields


def test_uncertain_places_are_in_degrees_and_metres() -> None:
    fix = {"latitude": 60.0, "longitude": 10.0, "altitude": 100.0, "header": header(store())}
    covariance = np.diag([100.0, 400.0, 9.0]).reshape(-1)
    reading = written("sensor_msgs/msg/NavSatFix", position_covariance=covariance, position_covariance_type=2, **fix)
    assert reading.notes.sigmas == pytest.approx(
        {"longitude": 10.0 / 55_659.75, "latitude": 20.0 / 111_319.5, "altitude": 3.0}
    )
    reading = written("sensor_msgs/msg/NavSatFix", position_covariance=covariance, **fix)
    assert not reading.notes.sigmas
    assert "position_covariance" not in reading.fields


@pytest.mark.parametrize(
    ("encoding", "kind", "shape"),
    [
        ("mono8", "u1", (3, 4)),
        ("rgb8", "u1", (3, 4, 3)),
        ("bgra8", "u1", (3, 4, 4)),
        ("16UC1", ">u2", (3, 4)),
        ("32FC1", "<f4", (3, 4)),
    ],
)
def test_images_have_their_shape(encoding: str, kind: str, shape: tuple[int, ...]) -> None:
    pixels = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    rows = np.frombuffer(pixels.tobytes(), np.uint8).reshape(3, -1)
    padded = np.concatenate([rows, np.zeros((3, 2), np.uint8)], axis=1)
    told = {"height": 3, "width": 4, "step": padded.shape[1], "is_bigendian": int(kind[0] == ">")}
    fields = written("sensor_msgs/msg/Image", encoding=encoding, data=padded.reshape(-1), **told).fields
    assert fields["image"].dtype == np.dtype(kind).newbyteorder("=")
    assert np.array_equal(fields["image"], pixels)
    assert "data" not in fields


def test_images_in_other_encodings_come_as_they_are() -> None:
    told = {"height": 1, "width": 2, "step": 4, "encoding": "yuv422"}
    assert "data" in written("sensor_msgs/msg/Image", data=np.zeros(4, np.uint8), **told).fields


def test_compressed_images_are_unpacked() -> None:
    body = np.frombuffer(picture(COLORS), np.uint8)
    fields = written("sensor_msgs/msg/CompressedImage", format="png", data=body).fields
    assert np.array_equal(fields["image"], COLORS)
    assert fields["format"] == "png"


def test_clouds_are_points_and_what_they_carry() -> None:
    types = store()
    layout = np.dtype({"names": ["x", "y", "z", "ring"], "formats": ["<f4"] * 3 + ["<u2"], "offsets": [0, 4, 8, 12]})
    points = np.zeros(5, layout)
    for axis in "xyz":
        points[axis] = np.arange(5) * ord(axis)
    points["ring"] = np.arange(5)
    described = [
        built(types, "sensor_msgs/msg/PointField", name=name, offset=layout.fields[name][1], datatype=kind, count=1)
        for name, kind in (("x", 7), ("y", 7), ("z", 7), ("ring", 4))
    ]
    step = layout.itemsize
    told = {"height": 1, "width": 5, "point_step": step, "row_step": 5 * step, "fields": described}
    body = np.frombuffer(points.tobytes(), np.uint8)
    fields = written("sensor_msgs/msg/PointCloud2", data=body, **told).fields
    assert np.array_equal(fields["points"], np.stack([points[axis] for axis in "xyz"], axis=1))
    assert fields["ring"].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(Unreadable):
        written("sensor_msgs/msg/PointCloud2", data=body, **{**told, "width": 6, "row_step": 6 * step})
    beyond = [*described[:3], built(types, "sensor_msgs/msg/PointField", name="ring", offset=step - 1, datatype=4)]
    with pytest.raises(Unreadable):
        written("sensor_msgs/msg/PointCloud2", data=body, **{**told, "fields": beyond})


def test_an_image_larger_than_its_bytes_is_refused() -> None:
    with pytest.raises(Unreadable):
        written("sensor_msgs/msg/Image", data=np.zeros(100, np.uint8), height=9, width=9, step=27, encoding="rgb8")


def test_a_list_of_transforms_is_a_list_for_each_field() -> None:
    types = store()
    several = [
        built(types, "geometry_msgs/msg/TransformStamped", header=header(types, frame), child_frame_id=frame * 2)
        for frame in ("a", "b")
    ]
    fields = written("tf2_msgs/msg/TFMessage", transforms=several).fields
    assert fields["transforms.header.stamp"] == [T, T]
    assert fields["transforms.child_frame_id"] == ["aa", "bb"]
    assert fields["transforms.transform.rotation"] == [[0, 0, 0, 0]] * 2
    assert written("tf2_msgs/msg/TFMessage").fields == {"transforms": []}


def test_definitions_are_read() -> None:
    text = """
        # comment
        @verbatim (language="comment", text="x")
        uint8 A=1
        string NAME = "x # y"   # constant
        int32[<=3] a
        float64[2] b [1.0, 2.0]
        string<=5[] c
        other_msgs/Thing d # nested
        Mine e 7
        Header f
    """
    assert types_of("my_msgs/msg/Top", text)["my_msgs/msg/Top"] == (
        Part("a", "int32", SEQUENCE),
        Part("b", "float64", 2),
        Part("c", "string", SEQUENCE),
        Part("d", "other_msgs/msg/Thing", SINGLE),
        Part("e", "my_msgs/msg/Mine", SINGLE),
        Part("f", "std_msgs/msg/Header", SINGLE),
    )


@pytest.mark.parametrize("text", ["uint8", "uint8 9x", "= x", "uint8[x] a", "a" * 300 + " b", "uint8 a\n?"])
def test_definitions_of_another_shape_are_refused(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        types_of("my_msgs/msg/Top", text)
    assert refused.value.reason == "no-schema"


def test_names_of_types_are_completed() -> None:
    assert full_name("a/B") == full_name("a/msg/B") == "a/msg/B"
    for name in ("", "B", "a/b/C", "/a/B", "a/msg/B/c", "a b/C"):
        with pytest.raises(Unreadable):
            full_name(name)


def refused(value: bytes, name: str = "my_msgs/Top", definition: str = "") -> str:
    with pytest.raises(Unreadable) as found:
        Ros2().parse(ros2(value, name, definition), {})
    return found.value.reason


LITTLE = b"\0\1\0\0"


@pytest.mark.parametrize(
    ("value", "definition", "reason"),
    [
        (LITTLE + b"\0", "", "no-schema"),
        (LITTLE, "int32 a", "malformed"),
        (LITTLE + b"\1\2\3\4" * 4, "int32 a", "malformed"),  # too long
        (b"\0\3\0\0\1\2\3\4", "int32 a", "malformed"),  # another representation
        (b"\0\1", "int32 a", "malformed"),
        (LITTLE + struct.pack("<I", 1 << 31), "float64[] a", "malformed"),
        (LITTLE + struct.pack("<I", 1 << 31), "string a", "malformed"),
        (LITTLE + struct.pack("<I", 1 << 31), "string[] a", "malformed"),
        (LITTLE + struct.pack("<II", 1, 7), "float64[] a", "malformed"),
        (LITTLE + b"\0" * 8, "Other[999999999] a", "malformed"),
        (LITTLE + b"\0" * 8, "wstring a", "no-schema"),
        (LITTLE + b"\0" * 8, "Top a", "too-deep"),
        (LITTLE + b"\0" * 8, "Other a", "no-schema"),
    ],
)
def test_messages_that_do_not_fit_their_definition_are_refused(value: bytes, definition: str, reason: str) -> None:
    assert refused(value, definition=definition) == reason


def test_a_message_without_a_type_is_refused() -> None:
    with pytest.raises(Unreadable) as found:
        Ros2().parse(Message(b"k", imu()), {})
    assert found.value.reason == "no-schema"


def test_messages_within_messages_without_end_are_refused() -> None:
    deep = ["Level1[100] a"] + [
        f"{'=' * 80}\nMSG: my_msgs/Level{level}\nLevel{level + 1}[100] a" for level in range(1, 9)
    ]
    text = "\n".join([*deep, "=" * 80, "MSG: my_msgs/Level9", "uint8[0] none"])
    assert refused(LITTLE + b"\0" * 120, definition=text) == "too-deep"


def test_known_types_are_those_of_the_library() -> None:
    assert set(known_types()) == set(store().fielddefs)
