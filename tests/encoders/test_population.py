"""Values as the activity of neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from encoders.codes.population import PopulationEncoder


def read(encoder: PopulationEncoder, codes: np.ndarray) -> np.ndarray:
    seen = encoder.encode_numbers(np.full(len(codes), encoder.config.low), encoder.initial(len(codes))).state
    return encoder.decode_numbers(codes.astype(np.float32), seen)


def test_the_equation() -> None:
    encoder = PopulationEncoder(low=-1.0, high=1.0, neurons=5, tuning=1.5)
    preferred = np.linspace(-1.0, 1.0, 5)
    wanted = np.exp(-0.5 * ((0.3 - preferred) / (1.5 * 0.5)) ** 2)
    codes = encoder.encode_numbers(np.array([0.3]), encoder.initial(1)).codes
    assert codes[0].tolist() == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.floats(0.0, 1.0), st.integers(3, 64), st.floats(0.5, 3.0), st.sampled_from([(0.0, 1.0), (-1e6, 3e6), (5, 6)]))
def test_values_come_back_for_any_settings(
    share: float, neurons: int, tuning: float, ends: tuple[float, float]
) -> None:
    encoder = PopulationEncoder(low=ends[0], high=ends[1], neurons=neurons, tuning=tuning)
    value = min(ends[0] + share * (ends[1] - ends[0]), ends[1])
    encoded = encoder.encode_numbers(np.array([value]), encoder.initial(1))
    back = encoder.decode_numbers(encoded.codes, encoded.state)
    assert abs(back[0] - value) <= encoder.resolution(encoded.state)[0]


def test_noisy_neurons_are_read_as_exactly_as_can_be() -> None:
    encoder = PopulationEncoder(low=0.0, high=7.0)
    noise = np.random.default_rng(5).normal(0.0, 0.03, (2000, 8))
    clean = encoder.encode_numbers(np.full(2000, 3.4), encoder.initial(2000))
    error = read(encoder, clean.codes + noise) - 3.4
    promised = encoder.spread(np.full((1, 8), 0.03, dtype=np.float32), clean.state[:1])[0]
    assert error.std() == pytest.approx(promised, rel=0.1)
    assert abs(error.mean()) < 0.2 * promised


def test_silence_and_uproar_are_read_as_values_within_the_range() -> None:
    encoder = PopulationEncoder(low=2.0, high=3.0)
    values = read(encoder, np.array([[0.0] * 8, [1.0] * 8, [-5.0] * 8, [1e6] * 8, [1e6, -1e6] * 4]))
    assert ((values >= 2.0) & (values <= 3.0)).all()


@pytest.mark.parametrize("config", [{"low": 1.0, "high": 1.0}, {"low": 2.0}, {"neurons": 2}, {"tuning": 0.1}])
def test_wrong_settings_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PopulationEncoder(**config)
