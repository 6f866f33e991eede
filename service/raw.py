"""How a value that was sent is shown in a percept: short values as they are, large ones by their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

LONGEST = 16
"""Numbers up to which an array or list is written out."""
_DEEPEST = 8
_HOLDERS = (list, tuple, dict, bytes, np.ndarray)
_PLAIN = frozenset({float, int, str, bool, type(None)})


def raw_forms(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a reading as they are shown; most are."""
    if _PLAIN.issuperset(map(type, fields.values())):
        return fields
    return {path: raw_form(value) for path, value in fields.items()}


def raw_form(value: Any) -> Any:
    """A JSON form of any value.

    >>> raw_form([1.0, 2.0]), raw_form([[0.5] * 3] * 100), raw_form(b"RIFF")
    ([1.0, 2.0], {'shape': [100, 3], 'dtype': 'list'}, {'shape': [4], 'dtype': 'bytes'})
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, np.ndarray):
        array = cast("npt.NDArray[Any]", value)
        return array.tolist() if array.size <= LONGEST else {"shape": list(array.shape), "dtype": str(array.dtype)}
    if isinstance(value, bytes):
        return {"shape": [len(value)], "dtype": "bytes"}
    if isinstance(value, list | tuple):
        return _list_form(cast("Sequence[Any]", value))
    return value


def _list_form(values: Sequence[Any]) -> Any:
    """A short list of single values as it is, any other by the lengths of the lists within each other."""
    if len(values) <= LONGEST and not any(isinstance(part, _HOLDERS) for part in values):
        return values
    shape = [len(values)]
    while values and len(shape) < _DEEPEST and all(_is_row(part, values[0]) for part in values):
        values = values[0]
        shape.append(len(values))
    return {"shape": shape, "dtype": "list"}


def _is_row(part: Any, first: Any) -> bool:
    return isinstance(part, list | tuple) and len(cast("Sequence[Any]", part)) == len(first)
