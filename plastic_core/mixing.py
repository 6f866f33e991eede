"""The precision gain: how much of each channel's input is believed, how much of the expectation.

Derivations: README.md. All functions are pure, take rows, and give a row the same bytes in any batch: elementwise
operations and sums along one row only.

Letters: B streams, D channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.arrays import Bool, Float32, Float64, Int64

SMALLEST_VARIANCE = np.float32(1e-6)
"""Code units squared: errors of a thousandth of a code unit are never a surprise."""
SMALLEST_DOUBT = np.float32(1e-3)
"""Least share of the error variance that is laid to the expectation, so that the gain never quite reaches zero."""

FURTHEST_SIGMAS = np.float32(4.0)
"""What neurons are told of an error ends here."""


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

    def __post_init__(self) -> None:
        if self.memory_ticks < 1 or self.surprise_sigmas <= 0 or self.override_sigmas <= 0 or self.longest_imagined < 1:
            raise ValueError("mixing settings: memory_ticks and longest_imagined >= 1, sigmas > 0")


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
    """float32[B, D]: standard deviation of the error: of late, and by what the sensor states of this tick."""
    surprise: Float32
    """float32[B]: root mean square of error / deviation over the channels sensed, in sigmas; 0 without any."""
    imputed: Bool
    """bool[B, D]: known channel, nothing sensed: mixed is imagined."""
    overridden: Bool
    """bool[B, D]: sensed, but perceived more than `override_sigmas` away from the input."""
    stale: Bool
    """bool[B, D]: imagined for more than `longest_imagined` ticks: do not rely on it."""
    times: Float64
    """float64[B]: seconds since 1970; NaN where unknown."""
    given: Int64
    """int64[B]: so many first channels come with the message and are not foretold."""


@dataclass(frozen=True)
class Errors:
    """What is remembered of each channel's errors, rows of a Memory. See there."""

    variance: Float32
    alternation: Float32
    last_change: Float32


def noise(variance: Float32, alternation: Float32) -> Float32:
    """Variance of the sensor's own noise: -cov(dx_t, dx_{t-1}) of the local level model (Harvey 1989), in [0, S]."""
    positive = np.where(alternation < 0, -alternation, np.float32(0))
    return np.where(positive < variance, positive, variance)


def precision_gain(variance: Float32, sensor: Float32, error: Float32, surprise_sigmas: float) -> Float32:
    """K = var_expected / (var_expected + var_sensor), in (0, 1]; surprise widens var_expected by its excess."""
    doubt: Float32 = np.maximum(variance - sensor, SMALLEST_DOUBT * variance + SMALLEST_VARIANCE)
    excess: Float32 = np.maximum(error * error - np.float32(surprise_sigmas**2) * variance, np.float32(0))
    doubt += excess
    gain: Float32 = np.divide(doubt, doubt + sensor)
    return gain


def in_sigmas(error: Float32, deviation: Float32) -> Float32:
    """Error / deviation [B, D], held to FURTHEST; 0 where the deviation is 0."""
    sigmas = np.divide(error, deviation, out=np.zeros_like(error), where=deviation > 0)
    return np.clip(sigmas, -FURTHEST_SIGMAS, FURTHEST_SIGMAS)


def root_mean_square(sigmas: Float32, sensed: Bool) -> Float32:
    """[B]: over the sensed channels of each row, 0 where there are none."""
    total = np.where(sensed, sigmas * sigmas, np.float32(0)).sum(axis=1, dtype=np.float32)
    return np.sqrt(total / np.maximum(sensed.sum(axis=1), 1).astype(np.float32))


def stated_noise(variance: Float32, sensor: Float32, stated: Float32) -> tuple[Float32, Float32]:
    """Error variance and sensor variance of this tick, where the sensor states its own standard deviation (> 0).

    The expectation's share of the usual error variance stays, the sensor's is what it states.
    """
    told: Bool = stated > 0
    own = stated * stated
    return np.where(told, np.maximum(variance - sensor, np.float32(0)) + own, variance), np.where(told, own, sensor)


def mixture(
    x: Float32,
    sensed: Bool,
    expected: Float32,
    errors: Errors,
    seen: Int64,
    imagined: Int64,
    settings: MixingSettings,
    stated: Float32 | None = None,
    given: Bool | None = None,
) -> Mixture:
    """Weigh input [B, D] against expectation [B, D].

    sensed: True only where x is finite and the channel in use. seen: how often each channel was sensed before.
    imagined: ticks since then. stated: standard deviations that the sensors themselves state for this tick, code
    units; 0 where one does not. given: bool[B, D], channels that a message brings and nobody foretells: believed as
    they come.
    """
    zero = np.float32(0)
    x = np.where(sensed, x, zero)
    known = seen > 0
    if given is not None:
        known &= ~(given & sensed)
    expected = np.where(sensed & ~known, x, expected)
    error = np.where(sensed, x - expected, zero)
    variance, sensor = errors.variance, noise(errors.variance, errors.alternation)
    if stated is not None:
        variance, sensor = stated_noise(variance, sensor, stated)
    deviation = np.sqrt(variance + SMALLEST_VARIANCE)
    judged = seen > 1  # before the second error there is no variance to judge by
    sigmas = np.where(sensed & judged, error / deviation, zero)
    believed = precision_gain(variance, sensor, error, settings.surprise_sigmas)
    gain = np.where(sensed, np.where(judged, believed, np.float32(1)), zero)
    mixed = expected + gain * error
    imputed = known & ~sensed
    return Mixture(
        input=x,
        sensed=sensed,
        expected=expected,
        gain=gain,
        mixed=mixed,
        error=error,
        deviation=deviation,
        surprise=root_mean_square(sigmas, sensed),
        imputed=imputed,
        overridden=sensed & (np.abs(mixed - x) > np.float32(settings.override_sigmas) * deviation),
        stale=imputed & (imagined + 1 > settings.longest_imagined),
        times=np.full(len(x), np.nan),
        given=np.zeros(len(x), np.int64),
    )


def tracked(
    errors: Errors, mixed: Mixture, level: Float32, seen: Int64, imagined: Int64, memory_ticks: float
) -> Errors:
    """The errors' statistics after this tick; unsensed channels keep theirs.

    level: the last input [B, D], or what was imagined in its place. seen, imagined: before this tick.
    """
    counted = mixed.sensed & (seen > 0)
    paired = counted & (imagined == 0)
    change = np.where(paired, mixed.input - level, np.float32(0))
    share = np.maximum(1.0 / np.maximum(seen, 1), 1.0 / memory_ticks).astype(np.float32)
    pair_share = np.maximum(1.0 / np.maximum(seen - 1, 1), 1.0 / memory_ticks).astype(np.float32)
    # an error counts by what it would have been at the usual noise; the ratio is 1 where no sensor stated its own
    usual = mixed.error * (np.sqrt(errors.variance + SMALLEST_VARIANCE) / mixed.deviation)
    variance = errors.variance + share * (usual * usual - errors.variance)
    alternation = errors.alternation + pair_share * (change * errors.last_change - errors.alternation)
    return Errors(
        variance=np.where(counted, variance, errors.variance),
        alternation=np.where(paired & (seen > 1), alternation, errors.alternation),
        last_change=np.where(mixed.sensed, change, errors.last_change),
    )
