"""What ROS 2 messages are made of: types read from their .msg definitions, and the well-known ones.

A definition is the text of a .msg file, followed by those of the types it uses, each behind a line of "=" and a line
"MSG: package/Name", as rosbag2, MCAP and Foxglove store it. The well-known types (sensor_msgs, geometry_msgs, std_msgs,
nav_msgs and others) need none; they are those of ROS 2 Jazzy.

Source: ROS 2 documentation, "Interfaces"; MCAP format registry, "ros2msg".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from encoders.formats.contract import Unreadable

LONGEST_DEFINITION = 256 * 1024
NUMBERS = {
    "bool": "?",
    "byte": "u1",
    "char": "u1",
    "int8": "i1",
    "uint8": "u1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "int64": "i8",
    "uint64": "u8",
    "float32": "f4",
    "float64": "f8",
}
"""Type of a number -> its numpy kind."""
SEQUENCE = -1
SINGLE = -2

_SEPARATOR = re.compile(r"^={3,}[ \t]*$", re.MULTILINE)
_FIELD = re.compile(
    r"([A-Za-z][\w/]{0,255})(?:<=\d{1,9})?(?:\[(<=)?(\d{0,9})\])?[ \t]+([A-Za-z]\w{0,255})(?![\w \t]*=)"
)
_CONSTANT = re.compile(r"[A-Za-z]\w{0,31}(?:<=\d{1,9})?[ \t]+[A-Za-z]\w{0,255}[ \t]*=")
_NAME = re.compile(r"[A-Za-z]\w{0,127}/(?:msg/|srv/|action/)?[A-Za-z]\w{0,127}")


class Part(NamedTuple):
    """One field of a message."""

    name: str
    kind: str
    """A number's type, "string", or the name of a message."""
    length: int
    """SINGLE, SEQUENCE, or the length of an array."""


Types = Mapping[str, tuple[Part, ...]]
"""Name ("sensor_msgs/msg/Imu") -> its fields."""


def full_name(name: str) -> str:
    """A type's name with its middle part, which is often left out. Raises Unreadable.

    >>> full_name("sensor_msgs/Imu")
    'sensor_msgs/msg/Imu'
    """
    if not _NAME.fullmatch(name):
        raise Unreadable("no-schema", f"{name[:80]!r} is not the name of a ROS 2 type: send package/msg/Name")
    package, *middle, last = name.split("/")
    return "/".join((package, *(middle or ["msg"]), last))


@lru_cache(maxsize=256)
def types_of(name: str, definition: str) -> Types:
    """The types of a definition by name; the first one is `name`. Raises Unreadable."""
    if len(definition) > LONGEST_DEFINITION:
        raise Unreadable("too-large", f"a definition of {len(definition)} characters, at most {LONGEST_DEFINITION}")
    types: dict[str, tuple[Part, ...]] = {}
    for text in _SEPARATOR.split(definition):
        lines = text.strip().splitlines()
        this = name
        if lines and lines[0].startswith("MSG:"):
            this = full_name(lines[0][4:].strip())
            lines = lines[1:]
        types.setdefault(this, tuple(part for line in lines if (part := _part(line, this)) is not None))
    if name not in types:
        raise Unreadable("no-schema", f"the definition of {name} does not hold {name}")
    return types


def _part(line: str, owner: str) -> Part | None:
    """The field of a line; None for constants, comments and blank lines. Raises Unreadable."""
    text = line.strip()
    if not text or text[0] in "#@":
        return None
    found = _FIELD.match(text)
    if found is None:
        if _CONSTANT.match(text):
            return None
        raise Unreadable("no-schema", f"in the definition of {owner}: {text[:80]!r} is neither field nor constant")
    kind, bounded, size, name = found.groups()
    count = SINGLE if size is None else SEQUENCE if bounded or not size else int(size)
    return Part(name, _kind(kind, owner), count)


def _kind(kind: str, owner: str) -> str:
    if kind in NUMBERS or kind in ("string", "wstring"):
        return kind
    if kind == "Header":
        return "std_msgs/msg/Header"
    return full_name(kind if "/" in kind else f"{owner.rsplit('/', 1)[0]}/{kind}")


@cache
def known_types() -> Types:
    """The well-known types."""
    from rosbags.typesys import Stores, get_typestore

    store: Any = get_typestore(Stores.ROS2_JAZZY)
    return {
        name: tuple(_known(field, described) for field, described in fields)
        for name, (_, fields) in cast("dict[str, Any]", store.fielddefs).items()
    }


def _known(name: str, described: Any) -> Part:
    """A field as rosbags describes it: BASE (kind, bound), NAME kind, ARRAY or SEQUENCE (of what, size)."""
    shape, what = described
    if shape.name in ("ARRAY", "SEQUENCE"):
        inner, size = what
        return Part(name, _known(name, inner).kind, size if shape.name == "ARRAY" else SEQUENCE)
    return Part(name, what[0] if shape.name == "BASE" else what, SINGLE)
