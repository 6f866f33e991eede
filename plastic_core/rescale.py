"""Memories told in new codes, after an encoder changed what its codes mean.

Letters: B streams, D channels.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Float32, Float64, Int64
from plastic_core.episodes import episodes_in_new_codes
from plastic_core.mixing.memory import errors_in_new_codes
from plastic_core.new_codes import LARGEST_WEIGHT, bounded, held
from plastic_core.readout import BIAS, LARGEST_CODE, LEVEL, capped, read_in_new_codes, root_in_new_codes
from plastic_core.regime_codes import regimes_in_new_codes
from plastic_core.state import Memory


def rescaled(
    memory: Memory, rows: Int64, gain: Float64, offset: Float64, ceiling: float, regimes_ceiling: float
) -> dict[str, Float32]:
    """The arrays of Memory that change, for `rows`, with codes gain * old + offset, [B, D]; names as in its `arrays`.

    Levels move by gain and offset, changes by gain, variances by gain^2, readouts so that they say the same change;
    what leaves the range of codes is held to it, as the encoder would. Channels never sensed stay as they are.
    ceilings: of the inverse correlations, see ReadoutSettings and RegimeSettings.
    """
    gain, offset = bounded(gain, offset, memory.sensed[rows] > 0)
    scale, shift = gain[:, :, None], offset[:, :, None]
    readout, profile = memory.readout, memory.clock.profile[rows]
    short = readout.short[rows]
    told = short * scale
    told[:, :, BIAS] = short[:, :, BIAS]
    told[:, :, LEVEL] = gain * short[:, :, LEVEL] + offset * short[:, :, BIAS]
    own, root = readout.own[rows], readout.own_root[rows]
    flat = (gain.ravel(), offset.ravel())
    weights = read_in_new_codes(own.reshape(-1, own.shape[2]), *flat)
    correlation = capped(root_in_new_codes(root.reshape(-1, *root.shape[2:]), *flat), ceiling)
    change, square = 2 * LARGEST_CODE, 4 * LARGEST_CODE**2
    visited = memory.clock.visits[rows] > 0
    parts = {
        "episodes": episodes_in_new_codes(memory.episodes, rows, gain, offset),
        "regimes": regimes_in_new_codes(memory.regimes, rows, gain, offset, regimes_ceiling),
        "errors": errors_in_new_codes(memory.errors, rows, gain, offset),
    }
    return {
        **{f"{part}.{name}": values for part, told in parts.items() for name, values in told.items()},
        "readout.own": held(weights.reshape(own.shape), LARGEST_WEIGHT),
        "readout.own_root": held(correlation.reshape(root.shape), ceiling**0.5),
        "readout.short": held(told, change),
        "readout.averages": held(readout.averages[rows] * scale + shift, LARGEST_CODE),
        "readout.joint": held(readout.joint[rows] * scale, LARGEST_WEIGHT),
        "readout.heed": held(readout.heed[rows] * scale**2, LARGEST_WEIGHT),
        "readout.parts": held(readout.parts[rows] * scale, change),
        "readout.losses": held(readout.losses[rows] * scale**2, square),
        "readout.reach": held(readout.reach[rows] * gain, change),
        "clock.profile": held(np.where(visited, profile * scale + shift, profile), LARGEST_CODE),
        "level": held(memory.level[rows] * gain + offset, LARGEST_CODE),
        "expected": held(memory.expected[rows] * gain + offset, LARGEST_CODE),
        "variance": held(memory.variance[rows] * gain**2, square),
        "alternation": held(memory.alternation[rows] * gain**2, square),
        "last_change": held(memory.last_change[rows] * gain, change),
    }
