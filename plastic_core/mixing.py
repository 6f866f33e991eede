"""The precision gain: how much of each channel's input is believed, how much of the expectation.

See README.md for the derivations. All functions are pure, work on rows, and give a row the same bytes in any batch.

Letters: B streams, D channels.
"""

from __future__ import annotations

from dataclasses import dataclass

from plastic_core.state import Bool, Float32


@dataclass(frozen=True)
class MixingSettings:
    """How expectation and input are weighed."""

    memory_ticks: float = 128.0
    """Time constant of the variance and noise estimates, sensed ticks."""
    surprise_sigmas: float = 3.0
    """Errors beyond this many standard deviations raise the gain at once, by their excess."""
    override_sigmas: float = 2.0
    """`overridden` is said where what is perceived lies further than this from the input."""
    longest_imagined: int = 600
    """Ticks after which a silent channel is stale: from then on its expectation holds still."""


@dataclass(frozen=True)
class Mixture:
    """What is perceived: expectation and input, weighed per channel. In code units where not said otherwise."""

    input: Float32
    """x, float32[B, D]: the input, zero where nothing was sensed."""
    sensed: Bool
    """bool[B, D]: a finite value came, in a channel in use."""
    expected: Float32
    """float32[B, D]: what was expected of this tick; the input itself where nothing was expected yet."""
    gain: Float32
    """K, float32[B, D] in [0, 1]: share of the error that is believed; 0 where nothing was sensed."""
    mixed: Float32
    """m, float32[B, D]: expected + K * (input - expected)."""
    error: Float32
    """float32[B, D]: input - expected; 0 where nothing was sensed or expected."""
    deviation: Float32
    """float32[B, D]: standard deviation of the error, of late."""
    surprise: Float32
    """float32[B]: root mean square of error / deviation over the sensed channels, in sigmas; 0 without any."""
    imputed: Bool
    """bool[B, D]: known channel, nothing sensed: mixed is imagined."""
    overridden: Bool
    """bool[B, D]: sensed, but perceived more than `override_sigmas` away from the input."""
    stale: Bool
    """bool[B, D]: imagined for more than `longest_imagined` ticks: do not rely on it."""
