"""What counts as a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from encoders.contract import Float64

_PLAIN = {float, int, type(None)}
_LONGEST_TEXT = 64


def as_number(value: object) -> float:
    """float64 of an int or float, Python's or numpy's; NaN for all else, True and False, and ints beyond float64."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return np.nan
    try:
        return float(cast("float", value))
    except OverflowError:
        return np.nan


def read_number(value: object) -> float:
    """One value of any kind as a number, as text too; NaN where it is none. True and False are no numbers."""
    if not isinstance(value, str):
        return as_number(value)
    try:
        return float(value) if len(value) <= _LONGEST_TEXT and "_" not in value else np.nan
    except ValueError:
        return np.nan


def read_numbers(values: Sequence[object]) -> Float64:
    """float64[B] of B values of any kind, NaN for each that is missing or no number: `NumberEncoder.parse`."""
    plain = plain_numbers(values)
    return np.array([read_number(value) for value in values], dtype=np.float64) if plain is None else plain


def plain_numbers(values: Sequence[object]) -> Float64 | None:
    """float64[B] where all B values are Python's own numbers or None, as most are; None where they are not."""
    if not set(map(type, values)) <= _PLAIN:
        return None
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        return None
