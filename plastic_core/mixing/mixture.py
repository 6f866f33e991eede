"""What is perceived, and why.

Letters: B streams, D channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Bool, Float32, Int64
from plastic_core.clock import Hands

FURTHEST_SIGMAS = np.float32(4.0)
"""What neurons are told of an error ends here."""


class Doubts(NamedTuple):
    """What each channel should read by the others, and what is out of line; see judging.judged."""

    measured: Bool
    """bool[D]: channels that were judged at all."""
    foreseen: Float32
    """float32[B, D], code: what was expected, given what the other channels read at this tick."""
    doubt: Float32
    """float32[B, D], code^2: variance of the input around it."""
    fault: Bool
    """bool[B, D]: a spike, or stuck: not to be believed."""
    odds: Float32
    """float32[B, D]: of the sensor being stuck; 0 where it reads anew."""
    grade: Float32
    """float32[B, D]: 0 in line, else how far out of line, 1 to 4: judging_kernel.GRADES."""


@dataclass(frozen=True)
class Mixture:
    """What is perceived: expectation and input, weighed per channel. In code units where not said otherwise."""

    input: Float32
    """x, float32[B, D]: the input, zero where nothing was sensed."""
    sensed: Bool
    """bool[B, D]: a finite value came, in a channel in use."""
    believed: Bool
    """bool[B, D]: sensed, and not overridden as a fault: what the readout may learn from."""
    expected: Float32
    """float32[B, D]: what was expected of this tick; the input itself where nothing was expected yet."""
    foretold: Float32
    """float32[B, D]: what the sensor was to say: the same, but drawn to its last reading where it may be stuck."""
    foreseen: Float32
    """c, float32[B, D]: what was expected, given what the other channels read at this tick."""
    gain: Float32
    """K, float32[B, D] in [0, 1]: share of input - foreseen that is believed; 0 where nothing was sensed."""
    mixed: Float32
    """m, float32[B, D]: foreseen + K * (input - foreseen)."""
    error: Float32
    """float32[B, D]: input - expected; 0 where nothing was sensed or expected."""
    deviation: Float32
    """float32[B, D]: standard deviation of the error: of late, and by what the sensor states of this tick."""
    surprise: Float32
    """float32[B]: root mean square of error / deviation over the channels sensed, in sigmas; 0 without any."""
    imputed: Bool
    """bool[B, D]: known channel, nothing sensed: mixed is imagined."""
    overridden: Bool
    """bool[B, D]: sensed, but not believed: a fault, or perceived more than `override_sigmas` away from the input."""
    stale: Bool
    """bool[B, D]: imagined for more than `longest_imagined` ticks: do not rely on it."""
    doubts: Doubts
    """Why."""
    hands: Hands
    """What the clock says."""
    given: Int64
    """int64[B]: so many first channels come with the message and are not foretold."""

    @cached_property
    def sigmas(self) -> Float32:
        """What neurons are told of the error: error / deviation [B, D], held to FURTHEST_SIGMAS; 0 where that is 0."""
        sigmas = np.divide(self.error, self.deviation, out=np.zeros_like(self.error), where=self.deviation > 0)
        return np.clip(sigmas, -FURTHEST_SIGMAS, FURTHEST_SIGMAS)
