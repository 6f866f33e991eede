r"""InfluxDB line protocol: each line is a reading; blank lines and comments (#) are skipped.

    weather,site=s0 temperature=9.96,ok=t,mode="auto" 1790000000000000000

Tags and fields stand side by side as plain paths, the measurement at "measurement", the time in nanoseconds at "time".
A tag with the name of a field has the path "tag.<name>"; tags and fields that are called "measurement" or "time" have
"tag." or "field." before them. Text in quotes may go over several lines. Source: the line protocol reference at
docs.influxdata.com.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from line_protocol_parser import LineFormatError, parse_line  # pyright: ignore[reportUnknownVariableType, reportMissingTypeStubs]

from encoders.formats.contract import (
    LARGEST_BYTES,
    MOST_FIELDS,
    MOST_READINGS,
    FormatMemory,
    Message,
    Parsed,
    Unreadable,
)
from encoders.formats.decoding import escaped
from encoders.reading import Fields
from encoders.schema.topic import TimeKey

LONGEST_LINE = 1 << 17
"""Characters of a line: twice the longest text that InfluxDB keeps."""
_OWN = frozenset({"measurement", "time"})
_LINE = re.compile(r'(?P<head>(?:[^ \n\\]|\\.)++)(?P<rest>(?: ++(?:"(?:[^"\\]|\\[\s\S])*+"|[^"\n])*+)?)\r?(?:\n|$)')
"""Measurement and tags, in which a backslash guards a blank; then fields and time, in which quotes guard a new line."""
_SKIPPED = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)++")
"""Blanks before a line, blank lines and comments, from the start of a line on."""
_FORMAT_ERROR = cast("type[Exception]", LineFormatError)


@dataclass(frozen=True)
class LineProtocol:
    """See Format."""

    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="influx", init=False)
    time: TimeKey | None = field(default=TimeKey(path="time", unit="ns"), init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: its first line reads; less sure without tags and time, hardly where it might be key=value."""
        try:
            line = next(_lines(_text(message.value or b"")), None)
            found = _parsed(line) if line is not None else None
        except Unreadable:
            return 0.0
        if found is None or "=" in found["measurement"]:
            return 0.0 if found is None else 0.2
        return 0.95 if found["tags"] or found["time"] is not None else 0.65

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        parsed: list[Parsed] = []
        for line in _lines(_text(message.value or b"")):
            if len(parsed) >= MOST_READINGS:
                raise Unreadable("too-many-readings", f"more than {MOST_READINGS} lines")
            parsed.append(Parsed(_fields(_parsed(line))))
        return parsed


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("malformed", f"not text in UTF-8: byte {error.start}") from None


def _lines(text: str) -> Iterator[str]:
    """The lines that are neither blank nor comments. Raises Unreadable."""
    place = 0
    while place < len(text):
        if skipped := _SKIPPED.match(text, place):
            place = skipped.end()
        if place == len(text):
            return
        line = _LINE.match(text, place)
        if line is None:
            raise Unreadable("malformed", f"no line of line protocol at character {place}: {text[place : place + 60]}")
        _check_size(line["head"], line["rest"])
        yield line["head"] + line["rest"]
        place = line.end()


def _check_size(head: str, rest: str) -> None:
    """Before the parser of the library sees a line: it takes time by the square of the number of tags."""
    if len(head) + len(rest) > LONGEST_LINE:
        raise Unreadable("too-large", f"a line of {len(head) + len(rest)} characters, at most {LONGEST_LINE}")
    if head.count(",") > MOST_FIELDS:
        raise Unreadable("too-many-fields", f"more than {MOST_FIELDS} tags")


def _parsed(line: str) -> Mapping[str, Any]:
    """What the library reads: measurement, tags, fields, time. Raises Unreadable."""
    try:
        found = cast("Mapping[str, Any] | None", parse_line(line))
    except (_FORMAT_ERROR, ValueError, OverflowError, MemoryError) as error:
        raise Unreadable("malformed", f"{error} In: {line[:60]}") from None
    if found is None:
        raise Unreadable("malformed", f"no fields in: {line[:60]}")
    return found


def _fields(found: Mapping[str, Any]) -> Fields:
    """In the order of the line, which the library turns round."""
    tags, fields = found["tags"], found["fields"]
    into: Fields = {"time": found["time"]} if found["time"] is not None else {}
    into["measurement"] = found["measurement"]
    for name in reversed(tags):
        into[f"tag.{escaped(name)}" if name in fields or name in _OWN else escaped(name)] = tags[name]
    for name in reversed(fields):
        into[f"field.{escaped(name)}" if name in _OWN else escaped(name)] = fields[name]
    return into
