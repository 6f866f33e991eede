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
from plastic_core.state import Float32, Int64, Memory


def rescaled(
    memory: Memory, rows: Int64, gain: Float32, offset: Float32, settings: ReadoutSettings
) -> dict[str, Float32]:
    """The arrays of Memory that change, for `rows`, with codes gain * old + offset, [B, D].

    Levels move by gain and offset, changes by gain, variances by gain^2, readouts so that they say the same change.
    Channels never sensed stay as they are.
    """
    known = memory.sensed[rows] > 0
    gain = np.where(known, gain, np.float32(1))
    offset = np.where(known, offset, np.float32(0))
    square, limit = gain * gain, np.float32(LARGEST_CODE)
    short = memory.short[rows]
    told = short * gain[:, :, None]
    told[:, :, BIAS] = short[:, :, BIAS]
    told[:, :, LEVEL] = gain * short[:, :, LEVEL] + offset * short[:, :, BIAS]
    own, inverse, features = memory.own_readout[rows], memory.inverse[rows], settings.features
    flat = (gain.ravel(), offset.ravel())
    return {
        "readout": memory.readout[rows] * gain[:, :, None],
        "own_readout": read_in_new_codes(own.reshape(-1, features), *flat).reshape(own.shape),
        "inverse": capped(
            inverse_in_new_codes(inverse.reshape(-1, features, features), *flat), settings.ceiling
        ).reshape(inverse.shape),
        "short": told,
        "parts": memory.parts[rows] * gain[:, :, None],
        "losses": memory.losses[rows] * square[:, :, None],
        "reach": memory.reach[rows] * gain,
        "averages": memory.averages[rows] * gain[:, :, None] + offset[:, :, None],
        "level": memory.level[rows] * gain + offset,
        "expected": np.clip(memory.expected[rows] * gain + offset, -limit, limit),
        "variance": memory.variance[rows] * square,
        "alternation": memory.alternation[rows] * square,
        "last_change": memory.last_change[rows] * gain,
    }
