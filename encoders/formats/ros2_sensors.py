"""What becomes of the well-known parts of ROS 2 messages.

- builtin_interfaces Time and Duration are whole nanoseconds, a Quaternion is the list [x, y, z, w].
- A covariance beside what it belongs to is no field: the square roots of its diagonal are noted as the deviations of
  "linear_acceleration.x" and so on; "variance" likewise. Zero means unknown. A quaternion's deviation is half of that
  of the angles, latitude's and longitude's are in degrees. Where the first entry of a covariance is -1 the value was
  not measured: it is None, for the reason "not-measured".
- sensor_msgs Image is "image", [H, W] or [H, W, C], in the channels of its encoding; CompressedImage is unpacked to
  the same. PointCloud2 is "points", float32 [N, 3], and one array for each other field of the points.

Source: REP 103, REP 145; the comments of common_interfaces (sensor_msgs, geometry_msgs).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from encoders.formats.contract import DEEPEST, MOST_FIELDS, Parsed, Unreadable
from encoders.formats.decoding import flattened
from encoders.formats.ros2_cdr import Document
from encoders.reading import SILENT, Fields, Notes

METRES_A_DEGREE = 111_319.5
"""Of latitude, and of longitude at the equator (a sphere of 6,378 km)."""

_AXES = ("x", "y", "z")
_POSES = (("pose.position", "pose.orientation"), ("twist.linear", "twist.angular"), ("accel.linear", "accel.angular"))
_ENCODINGS = {"mono8": ("u1", 1), "8UC1": ("u1", 1), "rgb8": ("u1", 3), "bgr8": ("u1", 3), "8UC3": ("u1", 3)} | {
    "rgba8": ("u1", 4),
    "bgra8": ("u1", 4),
    "8UC4": ("u1", 4),
    "mono16": ("u2", 1),
    "16UC1": ("u2", 1),
    "32FC1": ("f4", 1),
}
_POINT_KINDS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}


def reading(name: str, document: Document) -> Parsed:
    """The reading of a message of this type. Raises Unreadable."""
    if name == "sensor_msgs/msg/Image":
        document = _image(document)
    elif name == "sensor_msgs/msg/CompressedImage":
        document = _unpacked(document)
    elif name == "sensor_msgs/msg/PointCloud2":
        document = _points(document)
    fields = flattened(_plain(document), DEEPEST)
    sigmas: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for path in [path for path in fields if path.endswith(("covariance", "variance"))]:
        _take_covariance(path, fields, sigmas, reasons)
    return Parsed(fields, Notes(reasons=reasons, sigmas=sigmas) if sigmas or reasons else SILENT)


def _plain(document: Document) -> Document:
    """Times as numbers, quaternions as lists, lists of messages as a list for each of their fields."""
    found: Document = {}
    for key, value in document.items():
        if isinstance(value, dict):
            found[key] = _single(cast("Document", value))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            found[key] = _columns([_single(each) for each in cast("list[Document]", value)])
        else:
            found[key] = value
    return found


def _single(value: Document) -> Any:
    keys = tuple(value)
    if keys in (("sec", "nanosec"), ("sec", "nsec")):
        return value["sec"] * 1_000_000_000 + value[keys[1]]
    if keys == ("x", "y", "z", "w"):
        return list(value.values())
    return _plain(value)


def _columns(values: Sequence[Any]) -> Any:
    """A list of messages as the lists of their fields; the list itself where they have become single values."""
    if not isinstance(values[0], dict):
        return list(values)
    rows = [flattened(value, DEEPEST) for value in values]
    if len(rows[0]) > MOST_FIELDS:
        raise Unreadable("too-many-fields", f"more than {MOST_FIELDS} fields")
    columns: Document = {}
    for path in rows[0]:
        *parents, last = path.split(".")  # names of ROS 2 fields hold no dots
        inner = columns
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = [row.get(path) for row in rows]
    return columns


def _take_covariance(path: str, fields: Fields, sigmas: dict[str, float], reasons: dict[str, str]) -> None:
    """Turn a covariance into deviations, and take it out; it stays where what it belongs to is not found."""
    parent = path.rpartition(".")[0]
    before = parent + "." if parent else ""
    last = path.rpartition(".")[2]
    values: Any = fields[path]
    if last == "variance" and isinstance(values, float):
        owners = [other for other in fields if other.rpartition(".")[0] == parent and _is_measured(other, fields)]
        if len(owners) == 1:
            del fields[path]
            _note(owners[0], values, sigmas)
    elif last == "covariance" and isinstance(values, list) and len(cast("list[Any]", values)) == 36:
        for first, second in _POSES:
            if f"{before}{first}.x" in fields:
                diagonal = cast("list[float]", values)[::7]
                del fields[path]
                _spread(before + first, diagonal[:3], fields, sigmas)
                _spread(before + second, diagonal[3:], fields, sigmas)
                return
    elif last.endswith("_covariance") and isinstance(values, list) and len(cast("list[Any]", values)) == 9:
        _take_axes(path, before, cast("list[float]", values), fields, sigmas, reasons)


def _is_measured(path: str, fields: Fields) -> bool:
    """Whether a field beside a variance may be what it belongs to: the one that is no setting of the sensor."""
    last = path.rpartition(".")[2]
    return isinstance(fields[path], float) and last != "variance" and not last.startswith(("min_", "max_", "field_of"))


def _take_axes(
    path: str, before: str, values: list[float], fields: Fields, sigmas: dict[str, float], reasons: dict[str, str]
) -> None:
    owner = path.removesuffix("_covariance")
    diagonal = values[::4]
    if path == before + "position_covariance" and before + "latitude" in fields:
        _take_geodetic(path, before, diagonal, fields, sigmas)
        return
    owned = [owner] if owner in fields else [f"{owner}.{axis}" for axis in _AXES if f"{owner}.{axis}" in fields]
    if not owned:
        return
    del fields[path]
    if values[0] == -1.0:
        for place in owned:
            fields[place] = None
            reasons[place] = "not-measured"
        return
    _spread(owner, diagonal, fields, sigmas)


def _take_geodetic(path: str, before: str, diagonal: list[float], fields: Fields, sigmas: dict[str, float]) -> None:
    """East, north and up in square metres, as degrees and metres."""
    del fields[path]
    east, north, up = diagonal
    if fields.get(path + "_type") == 0:  # unknown
        return
    latitude = fields[before + "latitude"]
    narrowing = math.cos(math.radians(latitude)) if isinstance(latitude, float) and abs(latitude) <= 90.0 else 0.0
    _note(before + "latitude", north / METRES_A_DEGREE**2, sigmas)
    _note(before + "altitude", up, sigmas)
    if narrowing > 1e-6:
        _note(before + "longitude", east / (METRES_A_DEGREE * narrowing) ** 2, sigmas)


def _spread(owner: str, variances: Sequence[float], fields: Fields, sigmas: dict[str, float]) -> None:
    """Note the deviations of three axes, or of a quaternion: an angle a turns it by a / 2."""
    if isinstance(fields.get(owner), list):
        _note(owner, sum(variances) / 12.0, sigmas)
        return
    for axis, variance in zip(_AXES, variances, strict=True):
        if f"{owner}.{axis}" in fields:
            _note(f"{owner}.{axis}", variance, sigmas)


def _note(path: str, variance: float, sigmas: dict[str, float]) -> None:
    if math.isfinite(variance) and variance > 0.0:
        sigmas[path] = math.sqrt(variance)


def _image(document: Document) -> Document:
    """The pixels in their shape; as they come where the encoding is another. Raises Unreadable."""
    kind, channels = _ENCODINGS.get(document.get("encoding", ""), ("", 0))
    data, height, width, step = (document.get(key) for key in ("data", "height", "width", "step"))
    if not kind or not isinstance(data, np.ndarray) or not all(isinstance(n, int) for n in (height, width, step)):
        return document
    rest = {key: value for key, value in document.items() if key not in ("data", "is_bigendian")}
    order = ">" if document.get("is_bigendian") else "<"
    row = cast("int", width) * channels * np.dtype(kind).itemsize
    height, step = cast("int", height), cast("int", step)
    if step < row or height * step > data.size:
        raise Unreadable("malformed", f"an image of {height} rows of {step} bytes in {data.size}")
    if not row or not height:
        return document
    rows: Any = np.ascontiguousarray(cast("Any", data)[: height * step].reshape(height, step)[:, :row])
    pixels = rows.view(order + kind).astype(kind)
    return {**rest, "image": pixels if channels == 1 else pixels.reshape(height, -1, channels)}


def _unpacked(document: Document) -> Document:
    """A compressed image as its pixels. Raises Unreadable."""
    try:
        from encoders.formats.images import pixels_of
    except ImportError:
        raise Unreadable("unsupported", "compressed images need pillow: pip install 'plastream[media]'") from None
    data = document.get("data")
    if not isinstance(data, np.ndarray):
        return document
    rest = {key: value for key, value in document.items() if key != "data"}
    return {**rest, "image": pixels_of(cast("Any", data).tobytes())}


def _points(document: Document) -> Document:
    """A cloud as its points. Raises Unreadable."""
    described: Sequence[Mapping[str, Any]] = document.get("fields", ())
    data: Any = document.get("data")
    names = ("point_step", "row_step", "width", "height")
    step, row_step, width, height = (cast("int", document.get(name, 0)) for name in names)
    if not isinstance(data, np.ndarray) or step <= 0:
        return document
    if row_step < width * step or row_step * height > cast("Any", data).size:
        raise Unreadable("malformed", f"a cloud of {height} rows of {width} points does not fit its {data.size} bytes")
    rows: Any = cast("Any", data)[: height * row_step].reshape(height, row_step)[:, : width * step].reshape(-1, step)
    order = ">" if document.get("is_bigendian") else "<"
    values = {each["name"]: _column(rows, each, step, order) for each in described if each.get("name")}
    rest = {key: value for key, value in document.items() if key not in ("data", "fields", "is_bigendian")}
    if all(axis in values for axis in _AXES):
        with np.errstate(all="ignore"):  # what is too large becomes infinite
            rest["points"] = np.stack([values.pop(axis) for axis in _AXES], axis=1).astype(np.float32)
    return {**rest, **{key: value for key, value in values.items() if key not in rest}}


def _column(rows: Any, described: Mapping[str, Any], step: int, order: str) -> Any:
    kind = _POINT_KINDS.get(described.get("datatype", 0))
    offset = described.get("offset", 0)
    if kind is None or offset + np.dtype(kind).itemsize > step:
        raise Unreadable("malformed", f"field {described['name']} of the points leads beyond their {step} bytes")
    size = np.dtype(kind).itemsize
    return np.ascontiguousarray(rows[:, offset : offset + size]).view(order + kind)[:, 0].astype(kind)
