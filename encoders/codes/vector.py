"""A fixed number of numbers: each as a scalar, or of long ones sixteen views from fixed directions.

    size <= 16:  features = value
    size > 16:   features = U value, U[16, size] with orthonormal rows, the same for all vectors of that size

Each feature is coded as a scalar by the stream's own range. U is drawn from a hash of the size and made orthonormal
(Gram and Schmidt), so near vectors have near codes: distances shrink by sqrt(16 / size) on average (W. Johnson,
J. Lindenstrauss, Contemp. Math. 26 (1984) 189-206), and no entry is left out.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from encoders.codes.arrays import array_of
from encoders.codes.features import ScaledFeatures, flat
from encoders.codes.scalar import ScalarEncoder
from encoders.contract import Float32, Float64, State

VIEWS = 16
"""Features of a vector too long to be coded number by number."""
_SCALAR = ScalarEncoder()


class VectorConfig(BaseModel):
    """How long vectors are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(default=3, ge=1, le=4096)


class VectorEncoder(ScaledFeatures):
    """See Encoder and Rescaled. Values: lists or arrays of exactly `size` numbers.

    Up to 16 numbers are read back, as a list; of longer vectors nothing is. `resolution` is of each number, `spread`
    the root mean square over them.
    """

    name = "vector"

    def __init__(self, **config: Any) -> None:
        self.config = VectorConfig(**config)
        super().__init__(min(self.config.size, VIEWS))
        self.decodes = "value" if self.config.size <= VIEWS else "nothing"
        self._directions = None if self.config.size <= VIEWS else directions(self.config.size)

    def measured(self, value: object) -> Float64 | None:
        """See ScaledFeatures."""
        numbers = array_of(value, 1, most=self.config.size)
        if numbers is None or len(numbers) != self.config.size:
            return None
        return numbers if self._directions is None else (self._directions * numbers).sum(axis=1)

    def told(self, features: Float64) -> Any:
        """See ScaledFeatures."""
        return features.tolist()

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder: root mean square over the numbers."""
        if self.decodes == "nothing":
            return np.full(len(state), np.nan)
        single = _SCALAR.spread(deviation.reshape(-1, 1), flat(state)).reshape(-1, self.width)
        square = np.zeros(len(state))
        for channel in range(self.width):
            square = square + single[:, channel] * single[:, channel]
        return np.sqrt(square / self.width)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder: sigma is that of each number; a direction of length 1 keeps it."""
        return _SCALAR.noise(np.repeat(sigma, self.width), flat(state)).reshape(-1, self.width)


@lru_cache(maxsize=8)
def directions(size: int) -> Float64:
    """float64[16, size], rows of length 1 at right angles; size >= 16."""
    data = hashlib.shake_128(f"plastream vector {size}".encode()).digest(2 * VIEWS * size)
    rows = np.frombuffer(data, dtype="<i2").reshape(VIEWS, size).astype(np.float64) + 0.5
    for row in range(VIEWS):
        for _ in range(2):  # what rounding left of the others goes in the second pass
            for other in rows[:row]:
                rows[row] -= (rows[row] * other).sum() * other
        rows[row] /= np.sqrt((rows[row] * rows[row]).sum())
    rows.flags.writeable = False
    return rows
