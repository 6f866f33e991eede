"""One record as one line for people: a percept in words, anything else as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from service.cli import records
from service.demo.figures import clock_time, figure

if TYPE_CHECKING:
    from service.log.contract import Record


def line(record: Record) -> str:
    """A line without line breaks."""
    where = f"{record.partition}:{record.offset}"
    value: object = records.value_of(record)
    if isinstance(value, dict) and {"surprise", "fields"} <= value.keys():
        return f"{where}  {in_words(cast('dict[str, Any]', value))}"
    key = f"{record.key.decode(errors='replace')}  " if record.key else ""
    text = (record.value or b"").decode(errors="replace")
    return f"{where}  {key}{' '.join(text.split())}"


def in_words(percept: dict[str, Any]) -> str:
    """Stream, time, surprise, and the field farthest from what was expected."""
    fields: dict[str, dict[str, Any]] = percept["fields"]
    text = f"{percept['stream']}  {clock_time(percept.get('time'))}  surprise {percept['surprise']:.2f} sigma"
    worst = max(fields, key=lambda name: _sigmas(fields[name]), default=None)
    if worst is None:
        return text
    cell = fields[worst]
    return (
        f"{text}  most: {worst} {figure(cell['raw'])}, expected {figure(cell['expected'])},"
        f" perceived {figure(cell['perceived'])}"
    )


def _sigmas(cell: dict[str, Any]) -> float:
    raw, expected, sigma = cell.get("raw"), cell.get("expected"), cell.get("sigma")
    if isinstance(raw, int | float) and isinstance(expected, int | float) and isinstance(sigma, int | float) and sigma:
        return abs(raw - expected) / sigma
    return 0.0
