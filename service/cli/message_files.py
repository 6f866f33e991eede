"""Messages out of files: one a line, one a binary file, one for each file of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.records import read_lines
from service.errors import UsageError

if TYPE_CHECKING:
    from encoders.formats.contract import Message

WHOLE = {".mcap", ".arrow", ".arrows", ".feather", ".png", ".jpg", ".jpeg", ".wav", ".cbor", ".msgpack", ".bin", ".pb"}
"""Endings of files that are one message, whatever their bytes."""
_LOOKED_AT = 4096


def read_messages(path: Path, limit: int) -> list[Message]:
    """The first messages of a file (- is stdin, .gz is unpacked) or folder. Raises UsageError."""
    from encoders.formats.contract import Message

    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        if not files:
            raise UsageError(f"the folder {path} holds no files: give one with a message in each")
        return [Message(None, _content(file), headers=()) for file in files[:limit]]
    if str(path) != "-" and path.suffix.lower() != ".gz" and _is_whole(path):
        return [Message(None, _content(path))]
    return [Message(None, line) for line in read_lines(path)[:limit]]


def _is_whole(path: Path) -> bool:
    """Whether a file is one message: by its ending, by bytes that no line of text has, or as JSON over many lines."""
    if path.suffix.lower() in WHOLE:
        return True
    if not path.is_file():
        return False
    begun = _content(path)[:_LOOKED_AT]
    if b"\0" in begun or not _is_text(begun):
        return True
    first, _, rest = begun.lstrip().partition(b"\n")
    return first.strip() in (b"{", b"[") and bool(rest.strip())


def _is_text(begun: bytes) -> bool:
    """Whether these bytes are UTF-8, but perhaps for a character that is cut off at the end."""
    try:
        begun.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(begun) - 3 and len(begun) == _LOOKED_AT
    return True


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"file {path} cannot be read: {error.strerror}") from None
