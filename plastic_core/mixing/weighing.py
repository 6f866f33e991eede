"""Input against expectation: the mixture.

Letters: B streams, D channels.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.clock import Hands
from plastic_core.mixing.errors import SMALLEST_VARIANCE, Errors, noise, root_mean_square, stated_noise
from plastic_core.mixing.gains import GAINS, Weighing
from plastic_core.mixing.mixture import Doubts, Mixture
from plastic_core.mixing.settings import MixingSettings


def spreads(errors: Errors, stated: Float32 | None = None) -> tuple[Float32, Float32]:
    """Standard deviation of the error and variance of the sensor's noise, [B, D].

    stated: standard deviations that the sensors themselves state for this tick, code units; 0 where one does not.
    """
    variance, sensor = errors.variance, noise(errors.variance, errors.alternation)
    if stated is not None:
        variance, sensor = stated_noise(variance, sensor, stated)
    return np.sqrt(variance + SMALLEST_VARIANCE), sensor


def mixture(
    x: Float32,
    sensed: Bool,
    expected: Float32,
    doubts: Doubts,
    deviation: Float32,
    sensor: Float32,
    moments: Float32,
    seen: Int64,
    imagined: Int64,
    settings: MixingSettings,
    *,
    foretold: Float32,
    hands: Hands,
    given: Int64,
) -> Mixture:
    """Weigh input [B, D] against expectation [B, D].

    sensed: True only where x is finite and the channel in use; x is 0 elsewhere. deviation, sensor: see `spreads`.
    seen: how often each channel was sensed before. imagined: ticks since then. The rest: see Mixture.
    """
    zero, one = np.float32(0), np.float32(1)
    on = settings.strategy != "off"
    error = np.where(sensed, x - expected, zero)
    judged = seen > 1  # before the second error there is no variance to judge by
    fault = sensed & judged & doubts.fault & on
    apart = np.where(sensed, x - doubts.foreseen, zero)
    noisy = np.minimum(sensor, doubts.doubt)
    believed = GAINS[settings.strategy](Weighing(apart, doubts.doubt, noisy, moments), settings)
    gain = np.where(sensed & ~fault, np.where(judged, believed, one), zero)
    mixed = np.where(gain == one, x, doubts.foreseen + gain * apart)
    imputed = (seen > 0) & ~sensed
    sigmas = np.where(sensed & judged, error / deviation, zero)
    far = np.abs(mixed - x) > np.float32(settings.override_sigmas) * np.sqrt(doubts.doubt)
    return Mixture(
        input=x,
        sensed=sensed,
        believed=sensed & ~fault,
        expected=expected,
        foretold=foretold,
        foreseen=doubts.foreseen,
        gain=gain,
        mixed=mixed,
        error=error,
        deviation=deviation,
        surprise=root_mean_square(sigmas, sensed),
        imputed=imputed,
        overridden=fault | (sensed & far),
        stale=imputed & (imagined + 1 > settings.longest_imagined),
        doubts=doubts,
        hands=hands,
        given=given,
    )
