"""Where the power of a window of samples lies: its periodogram, shares of it by band, and levels.

    P[k] = c |sum_t w[t] (x[t] - m) exp(-2 pi i k t / n)|^2,  k = 0 .. n / 2,  w the periodic Hann window,
    m = sum_t w[t] x[t] / sum_t w[t]

c makes the sum of P the mean square of w (x - m), as a share of that of w: for a steady signal its variance. Source:
P. Welch, IEEE Trans. Audio Electroacoust. 15 (1967) 70-73, for one segment.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from encoders.contract import Float64

SHORTEST, LONGEST = 8, 65_536
"""Samples of a window."""
LEAKAGE = 1e-6
"""Power beneath this share of the whole is the window's own leakage: it changes with the phase and says nothing."""
LOUDEST_DB = 1000.0
"""Decibels told are held within this."""
ZERO_DB = 10.0
"""Where silence stands; `level` says why."""


@lru_cache(maxsize=16)
def hann(count: int) -> Float64:
    """The periodic Hann window of so many samples, scaled to a mean square of 1."""
    window: Float64 = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(count) / count)
    window /= np.sqrt(np.mean(window * window))
    window.flags.writeable = False
    return window


def periodogram(deviations: Float64) -> Float64:
    """float64[n // 2 + 1] power by frequency of n samples about their mean."""
    count = len(deviations)
    window = hann(count)
    mean = (window * deviations).sum() / window.sum()  # as the window sees it: else the phase moves the lowest bands
    spectrum = np.fft.rfft((deviations - mean) * window)
    power: Float64 = (spectrum.real * spectrum.real + spectrum.imag * spectrum.imag) / (float(count) * count)
    power[1 : (count + 1) // 2] *= 2.0  # all but the constant and, of an even count, the last: their mirror images
    return power


@lru_cache(maxsize=16)
def borders(count: int) -> Float64:
    """Where the bins of `periodogram` end, as shares of half the sampling rate: float64[n // 2 + 2], 0 to 1."""
    edges: Float64 = (np.arange(count // 2 + 2, dtype=np.float64) - 0.5) * (2.0 / count)
    edges[0], edges[-1] = 0.0, 1.0
    edges.flags.writeable = False
    return edges


def pooled(power: Float64, ends: Float64, edges: Float64) -> Float64:
    """The power within each band [edges[b], edges[b + 1]); within a bin, which ends at `ends`, it lies evenly."""
    total = np.concatenate(([0.0], np.cumsum(power)))
    return np.maximum(np.diff(np.interp(edges, ends, total)), 0.0)


def level(power: Float64, silence: float) -> Float64:
    """Decibels above a silence of this power, which itself stands at ZERO_DB; silence > 0.

    ScalarEncoder takes a tenth of its first value for the range of a field. Counted so, that is always a decibel or
    more; counted from a power of 1 it might be nothing at all.
    """
    return 10.0 * np.log10(1.0 + power / silence) + ZERO_DB


def decibels(levels: Float64, silence: float) -> Float64:
    """10 log10 power of what `level` gave, silence added to it."""
    return np.clip(levels - ZERO_DB + 10.0 * math.log10(silence), -LOUDEST_DB, LOUDEST_DB)


def amplitude(level_db: float, silence: float = 1.0) -> float:
    """The amplitude whose square, over that of silence, has this level."""
    return 10.0 ** (min(max(level_db - ZERO_DB + 10.0 * math.log10(silence), -LOUDEST_DB), LOUDEST_DB) / 20.0)
