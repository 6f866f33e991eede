"""What every memory does alike when it is told in new codes, new = gain * old + offset: how far it goes at most."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from plastic_core.arrays import Bool, Float32, Float64

NARROWEST, WIDEST, FURTHEST = 1e-9, 1e9, 1e6
"""Gains and offsets beyond these say that old and new codes have nothing in common; they are held to them."""
LARGEST_WEIGHT = 1e6
"""No weight of a readout is larger."""


def bounded(gain: Float64, offset: Float64, known: Bool) -> tuple[Float64, Float64]:
    """Gains and offsets, held to their bounds; 1 and 0 where a channel is not known."""
    return (
        np.where(known, np.clip(gain, NARROWEST, WIDEST), 1.0),
        np.where(known, np.clip(offset, -FURTHEST, FURTHEST), 0.0),
    )


def held(values: npt.NDArray[np.floating], limit: float) -> Float32:
    """Values within [-limit, limit], as memories keep them."""
    return np.clip(values, -limit, limit).astype(np.float32)
