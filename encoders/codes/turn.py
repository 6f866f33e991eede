"""Sine, cosine and angle in turns, to 1e-9, by additions and multiplications alone.

numpy's own may differ in the last bit between the body and the end of a vector; a stream's codes must not depend on how
many others share its batch.
"""

from __future__ import annotations

import math

import numpy as np

from encoders.codes.polynomial import polynomial
from encoders.contract import Float64

_SINE = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(8)]
_COSINE = [(-1.0) ** k / math.factorial(2 * k) for k in range(9)]
_ARC = [(-1.0) ** k / (2 * k + 1) for k in range(12)]
_EIGHTH = math.tan(math.pi / 8.0)


def sine_cosine(turns: Float64) -> tuple[Float64, Float64]:
    """Sine and cosine of finite angles, 1 being a full turn.

    >>> sine, cosine = sine_cosine(np.array([0.25]))
    >>> float(sine[0]), abs(float(cosine[0])) < 1e-9
    (1.0, True)
    """
    quarter = np.rint(4.0 * turns)
    angle = (turns - 0.25 * quarter) * (2.0 * math.pi)
    square = angle * angle
    sine, cosine = angle * polynomial(_SINE, square), polynomial(_COSINE, square)
    quadrant = np.mod(quarter, 4.0)
    odd = (quadrant == 1.0) | (quadrant == 3.0)
    sine, cosine = np.where(odd, cosine, sine), np.where(odd, sine, cosine)
    return (
        np.where(quadrant >= 2.0, -sine, sine),
        np.where((quadrant == 1.0) | (quadrant == 2.0), -cosine, cosine),
    )


def angle_turns(sine: Float64, cosine: Float64) -> Float64:
    """The angle in [-0.5, 0.5] turns; 0 where both are 0."""
    high = np.maximum(np.abs(sine), np.abs(cosine))
    low = np.minimum(np.abs(sine), np.abs(cosine))
    ratio = low / np.where(high == 0.0, 1.0, high)
    steep = ratio > _EIGHTH
    reduced = np.where(steep, (ratio - 1.0) / (ratio + 1.0), ratio)  # arctan(r) = pi/4 + arctan((r - 1) / (r + 1))
    angle = reduced * polynomial(_ARC, reduced * reduced) / (2.0 * math.pi) + np.where(steep, 0.125, 0.0)
    angle = np.where(np.abs(sine) > np.abs(cosine), 0.25 - angle, angle)
    angle = np.where(cosine < 0.0, 0.5 - angle, angle)
    return np.where(sine < 0.0, -angle, angle)
