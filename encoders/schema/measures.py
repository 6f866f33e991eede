"""The unit in which a field's values are sent: as its message notes, as a field beside it says, or by its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from encoders.schema.columns import Observed
from encoders.schema.names import last_part, parent, words
from encoders.schema.topic import NUMERIC, FieldType
from encoders.schema.unit_names import unit_named
from encoders.schema.units import spelled

_UNIT_WORDS = {"unit", "units", "uom", "einheit", "unite", "unidad"}
_VALUE_WORDS = {"value", "val", "v", "reading", "measurement", "data", "wert", "messwert", "valeur", "result", "level"}
_MEASURED = NUMERIC | {"vector", "waveform"}


def unit_path_of(path: str, kind: FieldType, observed: Observed, numeric: int) -> str | None:
    """The field that names this one's unit, None without one. numeric: how many number fields the object has."""
    if kind not in _MEASURED:
        return None
    own = words(last_part(path))
    for other in observed.columns:
        said = words(last_part(other))
        if parent(other) != parent(path) or other == path or not _UNIT_WORDS.intersection(said):
            continue
        if len(said) > 1 and tuple(word for word in said if word not in _UNIT_WORDS) == own:
            return other
        if len(said) == 1 and (numeric == 1 or _VALUE_WORDS.intersection(own)):
            return other
    return None


def unit_of_field(path: str, kind: FieldType, observed: Observed, unit_path: str | None) -> str | None:
    """The unit in pint's spelling, None where nothing tells one."""
    if kind not in _MEASURED or kind == "constant":
        return None
    noted = _most(notes.units[path] for notes in observed.notes.values() if path in notes.units)
    if noted is None and unit_path is not None:
        noted = _most(value for value in observed.columns[unit_path].values if isinstance(value, str))
    if noted is None and kind == "angle_deg":
        return "degree"
    if noted is None and kind == "angle_rad":
        return "radian"
    return noted if noted is not None else unit_named(path)


def _most(texts: Iterable[str]) -> str | None:
    """The unit that most of these texts name; None where it is none, or a plain number."""
    named = Counter(unit for unit in map(spelled, texts) if unit)
    return max(named, key=lambda unit: named[unit]) if named else None
