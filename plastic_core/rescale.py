"""Memories told in new codes, after an encoder changed what its codes mean.

Letters: B streams, D channels.
"""

from __future__ import annotations

import numpy as np

from plastic_core.readout import (
    BIAS,
    LARGEST_CODE,
    LEVEL,
    ReadoutSettings,
    capped,
    inverse_in_new_codes,
    read_in_new_codes,
)
from plastic_core.state import Float32, Float64, Int64, Memory

NARROWEST, WIDEST, FURTHEST = 1e-9, 1e9, 1e6
"""Gains and offsets beyond these say that old and new codes have nothing in common; they are held to them."""
LARGEST_WEIGHT = 1e6


def rescaled(
    memory: Memory, rows: Int64, gain: Float64, offset: Float64, settings: ReadoutSettings
) -> dict[str, Float32]:
    """The arrays of Memory that change, for `rows`, with codes gain * old + offset, [B, D].

    Levels move by gain and offset, changes by gain, variances by gain^2, readouts so that they say the same change;
    what leaves the range of codes is held to it, as the encoder would. Channels never sensed stay as they are.
    """
    known = memory.sensed[rows] > 0
    gain = np.where(known, np.clip(gain, NARROWEST, WIDEST), 1.0)
    offset = np.where(known, np.clip(offset, -FURTHEST, FURTHEST), 0.0)
    scale, shift = gain[:, :, None], offset[:, :, None]
    short = memory.short[rows]
    told = short * scale
    told[:, :, BIAS] = short[:, :, BIAS]
    told[:, :, LEVEL] = gain * short[:, :, LEVEL] + offset * short[:, :, BIAS]
    own, inverse, features = memory.own_readout[rows], memory.inverse[rows], settings.features
    flat = (gain.ravel(), offset.ravel())
    weights = read_in_new_codes(own.reshape(-1, features), *flat)
    correlation = capped(inverse_in_new_codes(inverse.reshape(-1, features, features), *flat), settings.ceiling)
    change, square = 2 * LARGEST_CODE, 4 * LARGEST_CODE**2
    return {
        "readout": held(memory.readout[rows] * scale, LARGEST_WEIGHT),
        "own_readout": held(weights.reshape(own.shape), LARGEST_WEIGHT),
        "inverse": held(correlation.reshape(inverse.shape), settings.ceiling),
        "short": held(told, change),
        "parts": held(memory.parts[rows] * scale, change),
        "losses": held(memory.losses[rows] * scale**2, square),
        "reach": held(memory.reach[rows] * gain, change),
        "averages": held(memory.averages[rows] * scale + shift, LARGEST_CODE),
        "level": held(memory.level[rows] * gain + offset, LARGEST_CODE),
        "expected": held(memory.expected[rows] * gain + offset, LARGEST_CODE),
        "variance": held(memory.variance[rows] * gain**2, square),
        "alternation": held(memory.alternation[rows] * gain**2, square),
        "last_change": held(memory.last_change[rows] * gain, change),
    }


def held(values: Float64, limit: float) -> Float32:
    """Values within [-limit, limit], as the memory keeps them."""
    return np.clip(values, -limit, limit).astype(np.float32)
