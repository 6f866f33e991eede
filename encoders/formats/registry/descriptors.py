"""Protobuf message types out of a registry's schemas: from descriptors where it has them, else compiled from text."""

from __future__ import annotations

import base64
import binascii
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc_tools
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import Default, DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from encoders.formats.contract import Unreadable

ROOT = "plastream/root.proto"
"""What the schema itself is called among the files that it imports."""
COMPILING_S = 30.0

_WELL_KNOWN = "google/protobuf/"
_DECIMAL = "confluent/type/decimal.proto"
_DECIMAL_FIELDS = (("value", 12), ("precision", 13), ("scale", 5))
"""Confluent's number: unscaled bytes, uint32, int32."""


def message_types(text: str, others: Mapping[str, str]) -> MessageTypes:
    """The types of a schema; `others` are the imports by name, each after what it imports. Raises Unreadable."""
    files: dict[str, FileDescriptorProto] = {}
    for name, source in (*others.items(), (ROOT, text)):
        files[name] = _file(name, source, files)
    pool = DescriptorPool()
    try:
        for file in files.values():
            _add(pool, file, files, set())
    except (TypeError, KeyError, ValueError) as error:
        raise Unreadable("unsupported", f"the Protobuf schema cannot be read: {error}") from error
    return MessageTypes(pool, files[ROOT], from_text="{" in text)


class MessageTypes:
    """The message types of one schema by their path in its file.

    The entries of a map are messages too, hidden ones. A registry's descriptor holds them where its clients count them;
    a text does not show them, so whoever counted by the text has left them out, and protoc puts them in between.
    """

    def __init__(self, pool: DescriptorPool, file: FileDescriptorProto, *, from_text: bool) -> None:
        self._pool = pool
        self._file = file
        self._orders = (_entries_last, list[DescriptorProto]) if from_text else (list[DescriptorProto], _entries_last)
        self._found: dict[tuple[int, ...], Any] = {}

    def at(self, path: tuple[int, ...]) -> Any:
        """The generated class of the message there. Raises Unreadable."""
        if path not in self._found:
            name = next((name for order in self._orders if (name := self._name(path, order))), None)
            if name is None:
                raise Unreadable("malformed", f"the Protobuf schema has no message at {list(path)}")
            self._found[path] = GetMessageClass(self._pool.FindMessageTypeByName(name))
        return self._found[path]

    def _name(self, path: tuple[int, ...], order: Callable[[Iterable[DescriptorProto]], list[DescriptorProto]]) -> str:
        """Full name of the message at a path counted in this order; empty where that leads nowhere."""
        parts = [self._file.package] if self._file.package else []
        types = list(self._file.message_type)
        for step in path:
            if not 0 <= step < len(types) or types[step].options.map_entry:
                return ""
            parts.append(types[step].name)
            types = order(types[step].nested_type)
        return ".".join(parts)


def _entries_last(types: Iterable[DescriptorProto]) -> list[DescriptorProto]:
    return sorted(types, key=lambda each: each.options.map_entry)


def _file(name: str, source: str, known: Mapping[str, FileDescriptorProto]) -> FileDescriptorProto:
    """One file's descriptor under the name by which it is imported."""
    try:
        file = FileDescriptorProto.FromString(base64.b64decode(source, validate=True))
    except (binascii.Error, ValueError, DecodeError):
        return _compiled(name, source, known)
    file.name = name
    return file


def _compiled(name: str, source: str, known: Mapping[str, FileDescriptorProto]) -> FileDescriptorProto:
    """A .proto text compiled by protoc in a folder of its own."""
    if name.startswith("/") or ".." in Path(name).parts or "\\" in name:
        raise Unreadable("unsupported", f"a Protobuf import named {name!r}")
    with tempfile.TemporaryDirectory(prefix="plastream-proto-") as folder:
        at = Path(folder)
        (at / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (at / "src" / name).write_text(source, encoding="utf-8")
        built_in = [_built_in(each) for each in (_DECIMAL,) if each not in known]
        (at / "known.pb").write_bytes(FileDescriptorSet(file=[*known.values(), *built_in]).SerializeToString())
        command = [
            *(sys.executable, "-P", "-m", "grpc_tools.protoc", "--proto_path=src"),
            f"--proto_path={Path(grpc_tools.__file__).parent / '_proto'}",
            *("--descriptor_set_in=known.pb", "--descriptor_set_out=out.pb", name),
        ]
        try:
            done = subprocess.run(  # noqa: S603 -- our own interpreter
                command, cwd=folder, capture_output=True, text=True, timeout=COMPILING_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Unreadable("unsupported", f"the Protobuf schema took over {COMPILING_S:g} s to compile") from error
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.startswith(name)] or done.stderr.splitlines()
            raise Unreadable("unsupported", f"the Protobuf schema does not compile: {' '.join(said)}")
        return FileDescriptorSet.FromString((at / "out.pb").read_bytes()).file[0]


def _add(
    pool: DescriptorPool, file: FileDescriptorProto, files: Mapping[str, FileDescriptorProto], added: set[str]
) -> None:
    """Put a file into the pool, what it imports before it. Raises KeyError, TypeError."""
    if file.name in added or _holds(pool, file.name):
        return
    added.add(file.name)
    for name in file.dependency:
        _add(pool, files[name] if name in files else _built_in(name), files, added)
    pool.Add(file)


def _holds(pool: DescriptorPool, name: str) -> bool:
    try:
        pool.FindFileByName(name)
    except KeyError:
        return False
    return True


def _built_in(name: str) -> FileDescriptorProto:
    """A file that every registry knows without being told. Raises Unreadable."""
    file = FileDescriptorProto(name=name)
    if name.startswith(_WELL_KNOWN):
        try:
            import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
            Default().FindFileByName(name).CopyToProto(file)
        except (ImportError, KeyError) as error:
            raise Unreadable("unsupported", f"the Protobuf schema imports {name}, which nobody knows") from error
        return file
    if name == _DECIMAL:
        file.package, file.syntax = "confluent.type", "proto3"
        decimal = file.message_type.add(name="Decimal")
        for number, (field, kind) in enumerate(_DECIMAL_FIELDS, 1):
            decimal.field.add(name=field, number=number, type=kind, label=1)  # pyright: ignore[reportArgumentType]
        return file
    if name == "confluent/meta.proto":
        return file  # options alone, which change no value
    raise Unreadable("no-schema", f"the Protobuf schema imports {name}, which is not among its references")
