"""Figures of machine monitoring, where they are known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoders.codes.vibration import VibrationEncoder
from tests.contracts.encoder_examples.signals import known_features, tone

RATE_HZ = 1000.0


def told(samples: Any, **config: Any) -> Any:
    encoder = VibrationEncoder(rate_hz=RATE_HZ, **config)
    return encoder.told(known_features(encoder, samples))


@pytest.mark.parametrize("amplitude", [0.01, 1.0, 300.0])
def test_a_sine(amplitude: float) -> None:
    figures = told([5.0 + x for x in tone(16.0, amplitude, count=256)])
    assert figures["rms"] == pytest.approx(amplitude / math.sqrt(2.0), rel=1e-6)
    assert figures["peak"] == pytest.approx(amplitude, rel=1e-6)
    assert figures["crest"] == pytest.approx(math.sqrt(2.0), rel=1e-6)
    assert figures["kurtosis"] == pytest.approx(1.5, rel=1e-6)
    assert figures["dominant_hz"] == pytest.approx(16.0 / 256.0 * RATE_HZ, rel=0.01)


@pytest.mark.parametrize("cycles", [3.0, 10.3, 17.5, 40.8, 100.1])
def test_the_dominant_frequency_lies_between_bins(cycles: float) -> None:
    assert told(tone(cycles, count=256))["dominant_hz"] == pytest.approx(cycles / 256.0 * RATE_HZ, rel=0.01)


def test_octaves_count_down_from_half_the_rate() -> None:
    for place, hertz in enumerate((375.0, 190.0, 95.0, 47.0, 23.0, 5.0)):
        octaves = told(tone(hertz / RATE_HZ * 2048, count=2048))["octaves_db"]
        assert int(np.argmax(octaves)) == place
        assert octaves[place] == pytest.approx(10.0 * math.log10(0.5), abs=0.2)


def test_knocks_are_sharp_and_noise_is_not() -> None:
    noise = np.random.default_rng(3).normal(size=8192)
    knocking = noise.copy()
    knocking[::512] += 30.0
    assert told(noise)["kurtosis"] == pytest.approx(3.0, abs=0.3)
    assert told(knocking)["kurtosis"] > 30.0
    assert told(knocking)["crest"] > 2.0 * told(noise)["crest"]


def test_silence_has_crest_and_kurtosis_1() -> None:
    figures = told([2.5] * 64)
    assert figures["crest"] == figures["kurtosis"] == 1.0
    assert figures["rms"] == pytest.approx(1e-6)
    assert 0.0 < figures["dominant_hz"] <= RATE_HZ
