"""The bank of regimes told in new codes, after an encoder changed what its codes mean.

A channel's change is g times what it was, and the features are q' = T q, where T is diagonal (1, g_0, g_0, ...) but
for the offsets that join levels through the bias. So weights become g_k W_k T^-1, and a root S of the inverse
correlation T^-T S. What is told in floors, and who is believed, stays.

Letters: B streams, D channels, R channels of the bank, Q features, M slots.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Float32, Float64, Int64
from plastic_core.new_codes import LARGEST_WEIGHT, bounded, held
from plastic_core.readout import LARGEST_CODE, capped
from plastic_core.regimes import BIAS, RegimeMemory

SMALLEST_FLOOR = 1e-6


def regimes_in_new_codes(
    memory: RegimeMemory, rows: Int64, gain: Float64, offset: Float64, ceiling: float
) -> dict[str, Float32]:
    """The arrays of RegimeMemory that change, for `rows`, with codes gain * old + offset, [B, D]; names are its fields.

    Channels never sensed stay as they are; what leaves the range of codes is held to it. ceiling: see RegimeSettings.
    """
    gain, offset = _of_the_bank(memory, rows, gain, offset)
    size = memory.features.shape[1]
    scale, shift = _by_feature(gain, 1.0, size), _by_feature(offset, 0.0, size)
    by_slot, change = gain[:, None, :], 2 * LARGEST_CODE
    root = _root(memory.root[rows], scale, shift, ceiling)
    wider = _squares(root) / _squares(memory.root[rows].astype(np.float64))
    most = ceiling * root.shape[1]
    return {
        "weights": held(_weights(memory.weights[rows], by_slot, scale, shift), LARGEST_WEIGHT),
        "young": held(_weights(memory.young[rows][:, None], by_slot, scale, shift)[:, 0], LARGEST_WEIGHT),
        "old": held(_weights(memory.old[rows][:, None], by_slot, scale, shift)[:, 0], LARGEST_WEIGHT),
        "root": held(root, ceiling**0.5),
        "scout_root": held(_root(memory.scout_root[rows], scale, shift, ceiling), ceiling**0.5),
        "scale": held(memory.scale[rows] * wider[:, None], most),
        "milestones": held(memory.milestones[rows] * wider[:, None], most),
        "features": held(memory.features[rows] * scale + shift, LARGEST_CODE),
        "foretold": held(memory.foretold[rows] * by_slot, change),
        "part": held(memory.part[rows] * gain, change),
        "floor": np.clip(memory.floor[rows] * gain**2, SMALLEST_FLOOR, change**2).astype(np.float32),
    }


def _of_the_bank(memory: RegimeMemory, rows: Int64, gain: Float64, offset: Float64) -> tuple[Float64, Float64]:
    """Gains and offsets [B, R] of the channels that the bank has sensed; 1 and 0 for the others."""
    seen: int = memory.part.shape[1]
    places = memory.first[rows][:, None] + np.arange(seen)
    known = (memory.known[rows] > 0) & (places < gain.shape[1])
    channels = np.minimum(places, gain.shape[1] - 1)
    gain, offset = np.take_along_axis(gain, channels, axis=1), np.take_along_axis(offset, channels, axis=1)
    return bounded(gain, offset, known)


def _by_feature(channels: Float64, otherwise: float, size: int) -> Float64:
    """[B, Q] from [B, R]: each channel's number for its level and for its level before, `otherwise` for the rest."""
    told = np.full((len(channels), size), otherwise)
    told[:, 1 : 1 + 2 * channels.shape[1]] = np.repeat(channels, 2, axis=1)
    return told


def _weights(weights: Float32, gain: Float64, scale: Float64, shift: Float64) -> Float64:
    """[B, K, R, Q] for gain [B, 1, R], scale and shift [B, Q]."""
    told = weights / scale[:, None, None, :]
    told[..., BIAS] -= (told * shift[:, None, None, :]).sum(axis=3)
    return told * gain[..., None]


def _root(root: Float32, scale: Float64, shift: Float64, ceiling: float) -> Float64:
    """[B, Q, Q], no diagonal entry of S S^T above the ceiling."""
    told = root / scale[:, :, None]
    told[:, BIAS] -= (told * shift[:, :, None]).sum(axis=1)
    return capped(told, ceiling)


def _squares(root: Float64) -> Float64:
    """[B]: trace of S S^T."""
    return (root * root).sum(axis=2).sum(axis=1)
