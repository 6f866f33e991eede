"""The logarithm and exponential that beliefs need, compiled, from + * / alone: the same bits on every machine."""

from __future__ import annotations

import numpy as np

from plastic_core.compiled import inlined


@inlined
def logarithm(value: np.float32) -> np.float32:
    """Natural logarithm of a normal positive float32, to 1e-6 of its size or better than 2e-7.

    value = m 2^e with m within [0.71, 1.42); log m = 2 artanh s, s = (m - 1) / (m + 1), by its series.
    """
    one = np.float32(1)
    bits = np.float32(value).view(np.int32)
    exponent = (bits >> np.int32(23)) - np.int32(127)
    mantissa = np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F800000)).view(np.float32)
    if mantissa > np.float32(1.4142135):
        mantissa *= np.float32(0.5)
        exponent += np.int32(1)
    s = (mantissa - one) / (mantissa + one)
    z = s * s
    series = np.float32(1 / 3) + z * (np.float32(1 / 5) + z * (np.float32(1 / 7) + z * np.float32(1 / 9)))
    return np.float32(exponent) * np.float32(0.6931472) + np.float32(2) * s * (one + z * series)


@inlined
def exponential(value: np.float32) -> np.float32:
    """E to the power of a value within [-4, 0], to 1e-6 of its size: Pade's fraction of an eighth, squared thrice."""
    y = value * np.float32(0.125)
    even = np.float32(120) + np.float32(12) * y * y
    odd = y * (np.float32(60) + y * y)
    power = (even + odd) / (even - odd)
    power *= power
    power *= power
    return power * power
