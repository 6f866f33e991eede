"""Distances by their logarithm, from far to near: what is close matters most.

code = 4 ln(far / d) / ln(far / near) - 2, from -2 at `far` and beyond, or where nothing is seen, to 2 at `near`
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from encoders.contract import Float64

REACH = 2.0
"""Codes end here."""
_ROUNDING = 1e-7
"""What float32 loses of a code up to 2."""


@dataclass(frozen=True)
class Nearness:
    """The code of distances between two."""

    near: float
    far: float

    def __post_init__(self) -> None:
        if not self.far > self.near:
            raise ValueError(f"far_m is {self.far}, it must be more than near_m, {self.near}")

    @property
    def precision(self) -> float:
        """Largest error of the logarithm of a distance read back."""
        return _ROUNDING * math.log(self.far / self.near)

    def codes(self, inverse: Float64) -> Float64:
        """Codes of inverse distances; 0 where nothing is seen."""
        held = np.clip(inverse, 1.0 / self.far, 1.0 / self.near)
        return np.clip(np.log(held * self.far) * (4.0 / math.log(self.far / self.near)) - 2.0, -REACH, REACH)

    def distances(self, codes: Float64) -> Float64:
        """Distances of codes in [-2, 2]."""
        return self.far * np.exp((codes + 2.0) * (-0.25 * math.log(self.far / self.near)))


def inverse_of(distances: Float64, near: float) -> Float64:
    """1 / distance, of `near` where it is less; 0 where there is no echo: not finite, negative or 0."""
    echoes = distances > 0.0
    return np.where(echoes, 1.0 / np.maximum(np.where(echoes, distances, 1.0), near), 0.0)
