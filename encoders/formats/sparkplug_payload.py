"""The payload of Sparkplug B messages: its protobuf messages, and metrics as values.

A metric's name becomes a path: its parts, divided by "/", joined by dots ("Motor/Rpm" is "Motor.Rpm"). Values:

- whole numbers by their datatype (Int8 to Int64 are sent as two's complement), Float, Double, Boolean, String, Text,
  UUID, Bytes and File as they are; DateTime is milliseconds since 1970;
- an array is a list; a DataSet is one list a column, at "<metric>.<column>"; an instance of a Template is its members
  and parameters, at "<metric>.<member>". Definitions of templates hold no values.

Source: Sparkplug 3.0.0, chapter 6; field numbers of Eclipse Tahu's sparkplug_b.proto.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from encoders.formats.contract import DEEPEST, MOST_FIELDS, Unreadable
from encoders.formats.decoding import escaped
from encoders.formats.published import message_classes
from encoders.reading import Fields

_SIMPLE = """
    oneof:value uint32 int_value = {}
    oneof:value uint64 long_value = {}
    oneof:value float float_value = {}
    oneof:value double double_value = {}
    oneof:value bool boolean_value = {}
    oneof:value string string_value = {}
"""

_CLASSES = message_classes(
    "plastream.sparkplug",
    {
        "Payload": """
            optional uint64 timestamp = 1
            repeated Metric metrics = 2
            optional uint64 seq = 3
            optional string uuid = 4
            optional bytes body = 5""",
        "Metric": """
            optional string name = 1
            optional uint64 alias = 2
            optional uint64 timestamp = 3
            optional uint32 datatype = 4
            optional bool is_historical = 5
            optional bool is_transient = 6
            optional bool is_null = 7
            optional PropertySet properties = 9"""
        + _SIMPLE.format(*range(10, 16))
        + """oneof:value bytes bytes_value = 16
            oneof:value DataSet dataset_value = 17
            oneof:value Template template_value = 18""",
        "PropertySet": "repeated string keys = 1\nrepeated PropertyValue values = 2",
        "PropertyValue": "optional uint32 type = 1\noptional bool is_null = 2" + _SIMPLE.format(*range(3, 9)),
        "DataSet": """
            optional uint64 num_of_columns = 1
            repeated string columns = 2
            repeated uint32 types = 3
            repeated Row rows = 4""",
        "Row": "repeated DataSetValue elements = 1",
        "DataSetValue": _SIMPLE.format(*range(1, 7)),
        "Template": """
            optional string version = 1
            repeated Metric metrics = 2
            repeated Parameter parameters = 3
            optional string template_ref = 4
            optional bool is_definition = 5""",
        "Parameter": "optional string name = 1\noptional uint32 type = 2" + _SIMPLE.format(*range(3, 9)),
    },
)

Payload: Any = _CLASSES["Payload"]
"""The class of the top message."""

BOOLEAN = 11
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
"""Int8 to Int64 by their number."""
_ARRAYS = {22: "<i1", 23: "<i2", 24: "<i4", 25: "<i8", 26: "<u1", 27: "<u2", 28: "<u4", 29: "<u8"} | {
    30: "<f4",
    31: "<f8",
    34: "<i8",  # DateTimeArray
}
_BOOLEAN_ARRAY, _STRING_ARRAY = 32, 33


def payload_of(value: bytes) -> Any:
    """The payload of these bytes. Raises Unreadable."""
    try:
        return Payload.FromString(value)
    except (DecodeError, ValueError, RecursionError) as error:
        raise Unreadable("malformed", f"not a Sparkplug B payload: {error}") from None


def path_of(name: str) -> str:
    r"""A metric's name as a path.

    >>> path_of("Motor/Rpm")
    'Motor.Rpm'
    """
    return ".".join(map(escaped, name.split("/")))


def put(metric: Any, path: str, datatype: int, fields: Fields, depth: int = 1) -> None:
    """Put the values of a metric at its path and below. Raises Unreadable."""
    kind = None if metric.is_null else metric.WhichOneof("value")
    if kind == "dataset_value":
        _put_columns(metric.dataset_value, path, fields)
    elif kind == "template_value":
        _put_members(metric.template_value, path, fields, depth)
    else:
        fields[path] = simple(metric, datatype) if kind else None
    if len(fields) > MOST_FIELDS:
        raise Unreadable("too-many-fields", f"more than {MOST_FIELDS} fields")


def simple(holder: Any, datatype: int) -> Any:
    """A value that is no DataSet or Template, by its datatype; None without one. Raises Unreadable."""
    kind = holder.WhichOneof("value")
    value: Any = getattr(holder, kind) if kind else None
    if isinstance(value, bytes):
        return _array(value, datatype)
    if datatype in _SIGNED_BITS and isinstance(value, int) and not isinstance(value, bool):
        half = 1 << (_SIGNED_BITS[datatype] - 1)
        return ((value & (2 * half - 1)) ^ half) - half
    return bool(value) if datatype == BOOLEAN and isinstance(value, int) else value


def properties_of(metric: Any) -> Iterable[tuple[str, Any]]:
    """Names and values of a metric's properties."""
    if not metric.HasField("properties"):
        return ()
    pairs = zip(metric.properties.keys, metric.properties.values, strict=False)
    return ((key, None if value.is_null else simple(value, value.type)) for key, value in pairs)


def _array(value: bytes, datatype: int) -> Any:
    """Bytes by their datatype: a list where it is one of arrays."""
    if datatype in _ARRAYS:
        kind = np.dtype(_ARRAYS[datatype])
        if len(value) % kind.itemsize:
            raise Unreadable("malformed", f"an array of {len(value)} bytes, in elements of {kind.itemsize}")
        return np.frombuffer(value, dtype=kind).tolist()
    if datatype == _BOOLEAN_ARRAY:
        count = int.from_bytes(value[:4], "little")
        if len(value) < 4 or count > 8 * (len(value) - 4):
            raise Unreadable("malformed", f"an array of {count} booleans in {len(value)} bytes")
        return np.unpackbits(np.frombuffer(value, np.uint8, offset=4), count=count).astype(bool).tolist()
    if datatype == _STRING_ARRAY:
        try:
            return value.decode().split("\0")[:-1]
        except UnicodeDecodeError:
            raise Unreadable("malformed", "an array of strings that are not UTF-8") from None
    return value


def _put_columns(table: Any, path: str, fields: Fields) -> None:
    width = len(table.columns)
    if len(table.types) != width or any(len(row.elements) != width for row in table.rows):
        raise Unreadable("malformed", f"DataSet {path}: its types and rows do not fit its {width} columns")
    for place, (column, datatype) in enumerate(zip(table.columns, table.types, strict=True)):
        fields[f"{path}.{escaped(column)}"] = [simple(row.elements[place], datatype) for row in table.rows]


def _put_members(template: Any, path: str, fields: Fields, depth: int) -> None:
    if template.is_definition:
        return
    if depth >= DEEPEST:
        raise Unreadable("too-deep", f"more than {DEEPEST} templates within each other")
    for parameter in template.parameters:
        fields[f"{path}.{path_of(parameter.name)}"] = simple(parameter, parameter.type)
    for member in template.metrics:
        put(member, f"{path}.{path_of(member.name)}", member.datatype, fields, depth + 1)
