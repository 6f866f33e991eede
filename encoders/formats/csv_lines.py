"""CSV: lines of cells between commas, semicolons or tabs; each line is a reading with the paths "0", "1", ...

The separator is found for each message: the one by which all lines have the same number of cells, at least two; of
several that do, the one by which most cells are numbers. A message of several lines whose first is all text, while
none of the others is, has a header: its names are the paths, or the place where a name is empty or stands twice.

Cells may be quoted, as RFC 4180 has it. What is written as a number becomes one, with a decimal comma where cells
stand between semicolons; one with leading zeros stays text, for it is a code. An empty cell and "NaN" are None.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from encoders.formats.bare_number import CODE, NUMERAL, number_of
from encoders.formats.content_type import CSV, media_type
from encoders.formats.contract import LARGEST_BYTES, MOST_READINGS, FormatMemory, Message, Parsed, Unreadable
from encoders.formats.decoding import escaped
from encoders.instant import is_iso
from encoders.schema.topic import TimeKey

SEPARATORS = (",", ";", "\t")
_LINES_TO_TELL = 8
Cell = int | float | str | None


@dataclass(frozen=True)
class CsvLines:
    """See Format."""

    largest_bytes: int = LARGEST_BYTES

    name: str = field(default="csv", init=False)
    time: TimeKey | None = field(default=None, init=False)
    id_path: str | None = field(default=None, init=False)
    many: bool = field(default=True, init=False)

    def sniff(self, message: Message) -> float:
        """See Format: any text with a comma looks like this, so hardly where no cell is a number or a time."""
        if media_type(message) in CSV:
            return 1.0
        try:
            text = _text(message.value or b"")
            if text.lstrip()[:1] in ("", "{", "[", "<") or not text.translate(_BREAKS).isprintable():
                return 0.0
            rows, separator = _rows(text)
        except Unreadable:
            return 0.0
        return 0.1 + 0.5 * min(1.0, 2.0 * _share(rows, separator))

    def parse(self, message: Message, memory: FormatMemory) -> Sequence[Parsed]:  # noqa: ARG002 -- it needs none
        """See Format."""
        rows, separator = _rows(_text(message.value or b""))
        cells = [[_cell(text, separator) for text in row] for row in rows]
        paths = [str(place) for place in range(len(cells[0]))]
        if len(cells) > 1 and _all_text(cells[0]) and not any(map(_all_text, cells[1:])):
            paths = _named(rows[0])
            del cells[0]
        return [Parsed(dict(zip(paths, row, strict=True))) for row in cells]


_BREAKS = {ord("\n"): None, ord("\r"): None, ord("\t"): None}


def _text(value: bytes) -> str:
    try:
        text = value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("malformed", f"not text in UTF-8: byte {error.start}") from None
    if "\0" in text:
        raise Unreadable("malformed", "not text: it holds a zero byte")
    return text


def _rows(text: str) -> tuple[list[list[str]], str]:
    """The cells of each line that has any, and their separator. Raises Unreadable."""
    found: dict[str, list[list[str]]] = {}
    for separator in SEPARATORS:
        rows = _split(text, separator) if separator in text else []
        if rows and len(rows[0]) > 1 and len(set(map(len, rows))) == 1:
            found[separator] = rows
    if not found:
        raise Unreadable(
            "malformed", "no comma, semicolon or tab by which every line has the same number of cells, at least two"
        )
    best = (
        next(iter(found))
        if len(found) == 1
        else max(found, key=lambda one: (_share(found[one], one), len(found[one][0])))
    )
    return found[best], best


def _split(text: str, separator: str) -> list[list[str]]:
    """The cells by this separator; nothing where quotes do not allow it. Raises Unreadable where there are too many."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            if row and (len(row) > 1 or row[0].strip()):
                rows.append(row)
            if len(rows) > MOST_READINGS:
                raise Unreadable("too-many-readings", f"more than {MOST_READINGS} lines")
    except csv.Error:
        return []
    return rows


def _share(rows: Sequence[Sequence[str]], separator: str) -> float:
    """Share of the cells of the first lines that are a number or a time."""
    cells = [_cell(text, separator) for row in rows[:_LINES_TO_TELL] for text in row]
    told = sum(1 for cell in cells if isinstance(cell, int | float) or (isinstance(cell, str) and is_iso(cell)))
    return told / len(cells)


def _cell(text: str, separator: str) -> Cell:
    text = text.strip()
    if not text or text.lower() == "nan":
        return None
    if CODE.match(text):
        return text
    numeral = text.replace(",", ".") if separator == ";" and "." not in text else text
    return number_of(numeral) if NUMERAL.fullmatch(numeral) else text


def _all_text(cells: Sequence[Cell]) -> bool:
    return all(isinstance(cell, str) and not is_iso(cell) for cell in cells)


def _named(header: Sequence[str]) -> list[str]:
    """Paths of columns, each only once."""
    paths: list[str] = []
    for place, name in enumerate(header):
        path = escaped(name.strip())
        paths.append(str(place) if not path or path in paths else path)
    return paths
