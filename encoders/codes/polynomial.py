"""Polynomials by additions and multiplications alone, with the same bits in any batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from encoders.contract import Float64


def polynomial(coefficients: Sequence[float], x: Float64) -> Float64:
    """Horner's rule, constant term first.

    >>> polynomial([1.0, 0.0, 2.0], np.array([3.0])).tolist()
    [19.0]
    """
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total
