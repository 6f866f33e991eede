"""How much of an ordinary reading is believed: strategies behind one contract.

Every strategy takes a `Weighing` and gives K, float32[B, D] in [0, 1]; it sees one channel at a time, so rows never
touch each other. Held for each of them by tests/plastic_core/test_mixing_contract.py.

Letters: B streams, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.mixing.errors import SMALLEST_VARIANCE
from plastic_core.mixing.settings import MixingSettings

SMALLEST_DOUBT = np.float32(1e-3)
"""Least share of the error variance that is laid to the expectation, so that the gain never quite reaches zero."""
TIMIDITY = np.float32(0.02)
"""Of the learned gate: how strongly it holds to believing everything, as a share of what it has seen."""


@dataclass(frozen=True)
class Weighing:
    """What a strategy may look at, [B, D] each."""

    error: Float32
    """Input minus what was foreseen, code."""
    doubt: Float32
    """Variance of that error, code^2."""
    noise: Float32
    """How much of it is the sensor's own noise, in [0, doubt]."""
    moments: Float32
    """float32[B, D, 5]: see `learned`."""


Gain = Callable[[Weighing, MixingSettings], Float32]


def precision_gain(variance: Float32, sensor: Float32, error: Float32, surprise_sigmas: float) -> Float32:
    """K = var_expected / (var_expected + var_sensor), in (0, 1]; surprise widens var_expected by its excess."""
    doubt: Float32 = np.maximum(variance - sensor, SMALLEST_DOUBT * variance + SMALLEST_VARIANCE)
    excess: Float32 = np.maximum(error * error - np.float32(surprise_sigmas**2) * variance, np.float32(0))
    doubt += excess
    gain: Float32 = np.divide(doubt, doubt + sensor)
    return gain


def precision(weighing: Weighing, settings: MixingSettings) -> Float32:
    """By the share of the error that is not the sensor's noise."""
    return precision_gain(weighing.doubt, weighing.noise, weighing.error, settings.surprise_sigmas)


def fixed(weighing: Weighing, settings: MixingSettings) -> Float32:
    """Always the same."""
    return np.full_like(weighing.error, settings.fixed_gain)


def learned(weighing: Weighing, settings: MixingSettings) -> Float32:
    """By what the next reading has followed so far: K = b / a of the regression x_{t+1} = a c_t + b (x_t - c_t).

    Where readings carry noise, the next one repeats less of x_t - c_t than of c_t. The regression is kept as mean
    products of (c c, c e, e e, c y, e y), each around the channel's running mean. Surprise raises K as in `precision`.
    """
    cc, ce, ee, cy, ey = (weighing.moments[:, :, k] for k in range(5))
    firm = TIMIDITY * cc * ee + np.float32(1e-12)
    above = np.maximum(ey * cc - cy * ce, 0) + firm
    below = np.maximum(cy * ee - ey * ce, 0) + firm
    gain = np.minimum(above / below, np.float32(1))
    gain = np.maximum(gain, 1 - np.float32(settings.largest_noise) / weighing.doubt)
    # more noise than any sensor is taken to have was stated by the sensor itself
    stated = weighing.noise > np.float32(settings.largest_noise)
    gain = np.where(stated, np.minimum(gain, 1 - weighing.noise / weighing.doubt), gain)
    excess = np.maximum(weighing.error**2 / (np.float32(settings.surprise_sigmas**2) * weighing.doubt) - 1, 0)
    return ((gain + excess) / (1 + excess)).astype(np.float32)


def off(weighing: Weighing, _settings: MixingSettings) -> Float32:
    """Everything is believed."""
    return np.ones_like(weighing.error)


GAINS: Mapping[str, Gain] = MappingProxyType({"precision": precision, "fixed": fixed, "gate": learned, "off": off})
"""Strategies by name."""
