"""Protobuf messages built from published field numbers, for formats whose generated classes are not worth a package.

A package of generated classes can do harm besides: `opentelemetry-proto` alone makes Ray believe that all of
OpenTelemetry is installed, and its start fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_LABELS = {"repeated": 3}
_OPTIONAL = 1
_SCALARS = {
    "double": 1,
    "float": 2,
    "int64": 3,
    "uint64": 4,
    "int32": 5,
    "fixed64": 6,
    "fixed32": 7,
    "bool": 8,
    "string": 9,
    "bytes": 12,
    "uint32": 13,
    "sfixed32": 15,
    "sfixed64": 16,
    "sint32": 17,
    "sint64": 18,
}
_MESSAGE = 11

Definition = Mapping[str, str]
"""Message name -> its fields, a line each: "[repeated|optional|oneof:GROUP] TYPE NAME = NUMBER"."""


def message_classes(package: str, definition: Definition, *, syntax: str = "proto3") -> dict[str, Any]:
    """Message name -> class, in a pool of their own; types that are no scalars name messages of `definition`.

    >>> classes = message_classes("sample", {"Point": "double x = 1"})
    >>> classes["Point"](x=2.5).SerializeToString().hex()
    '090000000000000440'
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax=syntax)
    for name, fields in definition.items():
        message = file.message_type.add(name=name)
        lines = [line.split() for line in fields.strip().splitlines()]
        groups = list(dict.fromkeys(words[0][6:] for words in lines if words[0].startswith("oneof:")))
        for group in groups:
            message.oneof_decl.add(name=group)
        for words in lines:
            _add(message, package, groups, words)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # pyright: ignore[reportUnknownMemberType]
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in definition
    }


def _add(message: Any, package: str, groups: list[str], words: list[str]) -> None:
    label = words[0] if len(words) == 5 else ""
    kind, name, _, number = words[-4:]
    field = message.field.add(name=name, number=int(number), label=_LABELS.get(label, _OPTIONAL))
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _MESSAGE, f".{package}.{kind}"
    if label.startswith("oneof:"):
        field.oneof_index = groups.index(label[6:])
    elif label == "optional":
        message.oneof_decl.add(name=f"_{name}")
        field.proto3_optional, field.oneof_index = True, len(message.oneof_decl) - 1
