"""Places on a plane: the reach of reading back, and the shape of the lattice."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.codes.grid_cell import GridEncoder
from encoders.contract import objects

ENCODER = GridEncoder()


@pytest.mark.parametrize("lattice", ["hexagonal", "square"])
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)),
    st.floats(0.0, 15.99),
    st.floats(0.0, 2.0 * math.pi),
)
def test_a_place_within_half_the_largest_spacing_is_read(
    lattice: str, last: tuple[float, float], away: float, bearing: float
) -> None:
    encoder = GridEncoder(lattice=lattice)
    place = [last[0] + away * math.cos(bearing), last[1] + away * math.sin(bearing)]
    state = encoder.encode(objects([last]), encoder.initial(1)).state
    codes = encoder.encode(objects([place]), state).codes
    assert encoder.decode(codes, state).values[0] == pytest.approx(place, abs=1e-5)


def test_width_follows_from_scales_and_lattice() -> None:
    assert ENCODER.width == 18
    assert GridEncoder(lattice="square", scales_m=[1.0, 5.0]).width == 8
    shuffled = GridEncoder(scales_m=[32.0, 2.0, 8.0])
    told = objects([[3.0, 4.0]])
    assert shuffled.encode(told, shuffled.initial(1)).codes.tobytes() == (
        ENCODER.encode(told, ENCODER.initial(1)).codes.tobytes()
    )


def test_a_hexagonal_grid_repeats_at_its_spacing_in_six_directions() -> None:
    encoder = GridEncoder(scales_m=[2.0])
    angles = np.radians(30.0 + 60.0 * np.arange(6))
    around = [[2.0 * math.cos(angle), 2.0 * math.sin(angle)] for angle in angles]
    codes = encoder.encode(objects([[0.0, 0.0], *around, [2.0, 0.0]]), encoder.initial(8)).codes
    assert np.abs(codes[1:7] - codes[0]).max() < 1e-6
    assert np.abs(codes[7] - codes[0]).max() > 0.5


def test_a_code_that_is_a_little_off_is_a_place_near_by() -> None:
    encoded = ENCODER.encode(objects([[5.0, -3.0]]), ENCODER.initial(1))
    noise = 0.02 * np.random.default_rng(1).normal(size=(300, ENCODER.width))
    read = ENCODER.decode((encoded.codes + noise).astype(np.float32), np.repeat(encoded.state, 300))
    away = np.array([math.dist(value, [5.0, -3.0]) for value in read.values.tolist()])
    assert away.max() < 0.03
    assert np.sqrt(np.square(away).mean()) == pytest.approx(
        float(ENCODER.spread(np.full((1, 18), 0.02, dtype=np.float32), encoded.state)[0]), rel=0.5
    )


def test_noise_and_spread_are_metres() -> None:
    state = ENCODER.encode(objects([[5.0, -3.0]]), ENCODER.initial(1)).state
    for sigma in (0.01, 0.2, 1.5):
        wide = ENCODER.spread(ENCODER.noise(np.array([sigma]), state), state)[0]
        assert wide == pytest.approx(sigma, rel=0.01)


@pytest.mark.parametrize(
    "wrong",
    [{"scales_m": []}, {"scales_m": [0.0]}, {"lattice": "triangle"}, {"scales_m": [1e9]}, {"scales_m": [0.1, 1e5]}],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        GridEncoder(**wrong)
