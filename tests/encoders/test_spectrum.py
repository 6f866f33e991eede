"""Bands of a spectrum that was made elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from encoders.codes.spectrum import SpectrumEncoder
from encoders.contract import objects
from tests.contracts.encoder_examples.signals import known_features

POWER = [1.0, 3.0, 100.0, 100.0, 0.0, 0.0, 10.0, 30.0]


def bands_db(encoder: SpectrumEncoder, entries: object) -> list[float]:
    levels: list[float] = encoder.told(known_features(encoder, entries))["bands_db"]
    return levels


def test_bands_are_means_of_power() -> None:
    levels = bands_db(SpectrumEncoder(bands=4), POWER)
    assert levels[:2] == pytest.approx([10.0 * np.log10(2.0), 20.0])
    assert levels[2] < -90.0
    assert levels[3] == pytest.approx(10.0 * np.log10(20.0))


def test_powers_amplitudes_and_decibels_are_one_spectrum() -> None:
    power = np.array([1.0, 4.0, 9.0, 100.0])
    kinds = {"power": power, "amplitude": np.sqrt(power), "decibel": 10.0 * np.log10(power)}
    levels = [bands_db(SpectrumEncoder(bands=2, entries=kind), entries) for kind, entries in kinds.items()]
    assert levels[1] == pytest.approx(levels[0], abs=1e-9)
    assert levels[2] == pytest.approx(levels[0], abs=1e-9)


def test_more_bands_than_entries_share_them() -> None:
    assert bands_db(SpectrumEncoder(bands=4), [1.0, 100.0]) == pytest.approx([0.0, 0.0, 20.0, 20.0], abs=1e-6)


def test_logarithmic_bands_are_narrow_below() -> None:
    levels = bands_db(SpectrumEncoder(bands=3, spacing="log"), [100.0] + [1.0] * 62)
    assert levels[0] == pytest.approx(10.0 * np.log10((100.0 + 2.0) / 3.0), abs=1e-6)
    assert levels[1:] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_no_level_is_negative_power() -> None:
    encoder = SpectrumEncoder(entries="decibel")
    values = objects([[-200.0, 100.0], [361.0, 0.0], [0.0, -361.0]])
    assert encoder.encode(values, encoder.initial(3)).sensed.tolist() == [True, False, False]
