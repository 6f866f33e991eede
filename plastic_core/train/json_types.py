"""Whether JSON values are of the types that the fields of a dataclass have: a card may be forged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, cast

REAL = (int, float)
PLAIN: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "bool": (bool,),
        "int": (int,),
        "int | None": (int, type(None)),
        "float": REAL,
        "float | None": (*REAL, type(None)),
        "str": (str,),
        "Mapping[str, float]": (dict,),
    }
)
"""A field's type as its source says it -> what may be there; fields of other types check themselves."""


def check_types(kind: type[Any], values: Any) -> None:
    """Raise TypeError, in one line, where values, names to JSON values, hold something of another type than the field.

    Names that are no field's pass: whoever makes a `kind` of them is told.
    """
    if not isinstance(values, dict):
        raise TypeError(f"no names and values but {values!r:.40}")
    held = cast("Mapping[str, Any]", values)
    for field in fields(kind):
        wanted, value = PLAIN.get(str(field.type)), cast("Any", held.get(field.name))
        if wanted is None or field.name not in held:
            continue
        if not _is(value, wanted) or (wanted == (dict,) and not all(_is(number, REAL) for number in value.values())):
            raise TypeError(f"{field.name} is {field.type}, not {value!r:.40}")


def _is(value: object, wanted: tuple[type, ...]) -> bool:
    """Where a number is wanted, True and False are none."""
    return isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))
