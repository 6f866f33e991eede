"""What a window of samples sounds like: against a slow reference, and whatever its phase."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.checks import lived
from encoders.codes.periodogram import LEAKAGE
from encoders.codes.waveform import WaveformEncoder, band_edges
from encoders.contract import objects
from tests.contracts.encoder_examples.signals import known_features, tone

FLOOR = 1e-6


def bins_of(samples: Sequence[float]) -> list[float]:
    """Power by frequency, slowly: each sum written out."""
    count = len(samples)
    window = [math.sin(math.pi * t / count) ** 2 for t in range(count)]
    mean = math.fsum(w * x for w, x in zip(window, samples, strict=True)) / math.fsum(window)
    loud = math.fsum(w * w for w in window) / count
    power = []
    for k in range(count // 2 + 1):
        wave = sum(
            w * (x - mean) * cmath.exp(-2j * math.pi * k * t / count)
            for t, (w, x) in enumerate(zip(window, samples, strict=True))
        )
        twice = 1 if k == 0 or 2 * k == count else 2
        power.append(twice * abs(wave) ** 2 / (loud * count * count))
    return power


def reference(samples: Sequence[float], edges: Sequence[float]) -> list[float]:
    """Decibels of each band: bins shared out by how much of them lies in it."""
    count = len(samples)
    mean = math.fsum(samples) / count
    variance = math.fsum((x - mean) ** 2 for x in samples) / count
    levels = []
    for low, high in pairwise(edges):
        band = 0.0
        for k, power in enumerate(bins_of(samples)):
            start, stop = (max(0.0, (k - 0.5) * 2 / count), min(1.0, (k + 0.5) * 2 / count))
            band += power * max(0.0, min(high, stop) - max(low, start)) / (stop - start)
        levels.append(10.0 * math.log10(band + LEAKAGE * variance + FLOOR**2))
    return levels


@pytest.mark.parametrize("count", [8, 9, 31, 64])
@pytest.mark.parametrize("rate_hz", [None, 100.0, 16_000.0])
def test_bands_match_the_slow_reference(count: int, rate_hz: float | None) -> None:
    samples = np.random.default_rng(count).normal(3.0, 2.0, count).tolist()
    encoder = WaveformEncoder(rate_hz=rate_hz)
    told = encoder.told(known_features(encoder, samples))
    assert told["bands_db"] == pytest.approx(reference(samples, band_edges(8, rate_hz).tolist()), abs=1e-6)
    assert told["mean"] == pytest.approx(np.mean(samples), rel=1e-12)
    assert told["rms"] == pytest.approx(np.std(samples), rel=1e-9)


def test_power_is_shared_out_among_the_bands() -> None:
    samples = np.random.default_rng(5).normal(0.0, 1.0, 4096)
    told = WaveformEncoder().told(known_features(WaveformEncoder(), samples))
    assert sum(10.0 ** (level / 10.0) for level in told["bands_db"]) == pytest.approx(told["rms"] ** 2, rel=0.1)


@pytest.mark.parametrize("rate_hz", [None, 44_100.0])
@pytest.mark.parametrize("bands", [1, 8, 64])
def test_edges_rise_from_nothing_to_the_highest_frequency(rate_hz: float | None, bands: int) -> None:
    edges = band_edges(bands, rate_hz)
    assert edges[0] == 0.0
    assert edges[-1] == 1.0
    assert (np.diff(edges) > 0.0).all()


HEARD = lived(
    WaveformEncoder(),
    [[tone(cycles, amplitude, 0.1 * cycles) for cycles in (4.0, 9.0, 20.0) for amplitude in (0.2, 1.0, 5.0)]],
)


@settings(deadline=None, derandomize=True)
@given(st.floats(6.0, 22.0), st.floats(0.0, 1.0))
def test_the_phase_makes_no_difference(cycles: float, phase: float) -> None:
    waves = [tone(cycles), tone(cycles, phase=phase), tone(cycles + 6.0), tone(cycles, 4.0)]
    codes = WaveformEncoder().encode(objects(waves), np.repeat(HEARD, 4)).codes.astype(np.float64)
    shifted, higher, louder = (float(np.linalg.norm(code[:-1] - codes[0, :-1])) for code in codes[1:])
    assert shifted < 0.5 * higher
    assert shifted < 0.5 * louder


def test_windows_of_any_length_sound_alike() -> None:
    encoder = WaveformEncoder()
    short, long = (known_features(encoder, tone(count / 8.0, count=count)) for count in (256, 65_536))
    strong = short > short.max() - 20.0
    assert long[strong] == pytest.approx(short[strong], abs=3.0)


def test_silence_is_a_level_and_a_mean_of_rounding_is_none() -> None:
    encoder = WaveformEncoder()
    told = encoder.told(known_features(encoder, [0.1] * 100))
    assert told["rms"] == pytest.approx(FLOOR, rel=1e-6)
    assert told["mean"] == pytest.approx(0.1)
    assert encoder.told(known_features(encoder, tone(5.0)))["mean"] == 0.0
