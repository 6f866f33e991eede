"""What counts as a number."""

from __future__ import annotations

from typing import cast

import numpy as np


def as_number(value: object) -> float:
    """float64 of an int or float, Python's or numpy's; NaN for all else, True and False, and ints beyond float64."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return np.nan
    try:
        return float(cast("float", value))
    except OverflowError:
        return np.nan
