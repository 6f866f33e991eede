"""Values on a circle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from encoders.codes.periodic import PeriodicEncoder


def codes_of(encoder: PeriodicEncoder, values: list[float]) -> np.ndarray:
    return encoder.encode_numbers(np.array(values), encoder.initial(len(values))).codes


def back(encoder: PeriodicEncoder, codes: np.ndarray) -> list[float]:
    seen = encoder.encode_numbers(np.zeros(len(codes)), encoder.initial(len(codes))).state
    return encoder.decode_numbers(codes, seen).tolist()


def test_the_equation() -> None:
    encoder = PeriodicEncoder(period=24.0, origin=6.0, harmonics=(1, 3))
    angles = [2.0 * math.pi * h * (9.5 - 6.0) / 24.0 for h in (1, 3)]
    wanted = [wave for angle in angles for wave in (math.sin(angle), math.cos(angle))]
    assert codes_of(encoder, [9.5])[0].tolist() == pytest.approx(wanted, abs=1e-6)


def test_both_ends_of_the_circle_are_neighbours() -> None:
    codes = codes_of(PeriodicEncoder(), [0.1, 359.9, 180.0]).astype(np.float64)
    assert np.abs(codes[0] - codes[1]).max() < 0.06
    assert np.abs(codes[0] - codes[2]).max() > 1.0


@settings(max_examples=200, deadline=None)
@given(
    st.floats(-1e9, 1e9),
    st.sampled_from([360.0, 2.0 * math.pi, 24.0, 1.0]),
    st.sampled_from([0.0, -0.5]),
    st.floats(-100.0, 100.0),
)
def test_values_come_back_within_their_turn(value: float, period: float, start: float, origin: float) -> None:
    encoder = PeriodicEncoder(period=period, low=start * period, origin=origin)
    encoded = encoder.encode_numbers(np.array([value]), encoder.initial(1))
    decoded = float(encoder.decode_numbers(encoded.codes, encoded.state)[0])
    assert start * period <= decoded < (start + 1.0) * period
    away = math.remainder(math.remainder(value, period) - decoded, period)
    assert abs(away) <= encoder.resolution(encoded.state)[0]


@pytest.mark.parametrize("error", [0.0, 0.05, -0.05, 0.1])
def test_the_coarse_pair_may_be_off_where_the_fine_one_is_right(error: float) -> None:
    encoder = PeriodicEncoder()
    codes = codes_of(encoder, [123.4])
    angle = math.atan2(codes[0, 0], codes[0, 1]) + error
    codes[0, :2] = math.sin(angle), math.cos(angle)
    assert back(encoder, codes)[0] == pytest.approx(123.4, abs=1e-3)


def test_uncertainty_and_spread_are_inverse() -> None:
    encoder = PeriodicEncoder()
    state = encoder.encode_numbers(np.array([1.0]), encoder.initial(1)).state
    assert encoder.spread(encoder.noise(np.array([0.5]), state), state)[0] == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize(
    "config",
    [
        {"period": 0.0},
        {"period": -360.0},
        {"harmonics": ()},
        {"harmonics": (2, 4)},
        {"harmonics": (1, 1)},
        {"harmonics": (1, 64)},
        {"harmonics": (4, 1)},
        {"low": float("nan")},
    ],
)
def test_wrong_settings_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PeriodicEncoder(**config)
