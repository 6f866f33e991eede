"""Logarithm and exponential to 1e-15 of themselves, by additions, multiplications and exact changes of the exponent.

numpy's own may differ in the last bit between the body and the end of a vector; see turn.py.

    log(2^e m) = e log 2 + 2 artanh((m - 1) / (m + 1)),   sqrt(1/2) <= m < sqrt(2)
    exp(k log 2 + r) = 2^k exp(r),                        |r| <= log(2) / 2
"""

from __future__ import annotations

import math

import numpy as np

from encoders.codes.polynomial import polynomial
from encoders.contract import Float64

_ARTANH = [1.0 / (2 * k + 1) for k in range(12)]
_GROWTH = [1.0 / math.factorial(k + 1) for k in range(15)]
_ROOT_HALF = math.sqrt(0.5)
_LN2_HIGH = math.ldexp(math.floor(math.ldexp(math.log(2.0), 32)), -32)
"""The first 32 bits of log 2: a product with an exponent is exact."""
_LN2_LOW = 1.9082149292705877e-10
"""The rest of it."""
_SMALL = math.sqrt(2.0) - 1.0
_DEEPEST, _HIGHEST = -746.0, 709.0


def log(x: Float64) -> Float64:
    """Natural logarithm of positive finite numbers.

    >>> abs(float(log(np.array([math.e]))[0]) - 1.0) < 1e-15
    True
    """
    mantissa, exponent = np.frexp(x)
    low = mantissa < _ROOT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    power = exponent.astype(np.float64) - low
    return power * _LN2_HIGH + (_twice_artanh((mantissa - 1.0) / (mantissa + 1.0)) + power * _LN2_LOW)


def log1p(x: Float64) -> Float64:
    """log(1 + x) of finite x >= 0, as exact where x is tiny."""
    small = np.minimum(x, _SMALL)
    return np.where(x <= _SMALL, _twice_artanh(small / (2.0 + small)), log(1.0 + x))


def exp(y: Float64) -> Float64:
    """The power e^y of finite y <= 709; above, its value there.

    >>> float(exp(np.array([0.0]))[0])
    1.0
    """
    within = np.clip(y, _DEEPEST, _HIGHEST)
    power, rest = _reduced(within)
    return np.ldexp(1.0 + rest * polynomial(_GROWTH, rest), power.astype(np.int32))


def expm1(y: Float64) -> Float64:
    """exp(y) - 1, as exact where y is near 0."""
    small = np.clip(y, -0.5, 0.5)
    return np.where(np.abs(y) <= 0.5, small * polynomial(_GROWTH, small), exp(y) - 1.0)


def _reduced(y: Float64) -> tuple[Float64, Float64]:
    """The power and the rest of y = power * log 2 + rest."""
    power = np.rint(y / math.log(2.0))
    return power, (y - power * _LN2_HIGH) - power * _LN2_LOW


def _twice_artanh(s: Float64) -> Float64:
    """2 artanh(s) = log((1 + s) / (1 - s)) for |s| <= 3 - sqrt(8)."""
    return 2.0 * s * polynomial(_ARTANH, s * s)
