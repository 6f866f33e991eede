"""Long vectors keep their distances in sixteen views."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from encoders.checks import CHECKS, Example, lived
from encoders.codes.vector import VIEWS, VectorEncoder, directions
from encoders.contract import objects
from tests.contracts.encoder_examples.signals import LEVELS, NO_ROWS


def drawn(seed: int, size: int) -> Any:
    return np.random.default_rng(seed).normal(size=size)


@pytest.mark.parametrize("size", [17, 64, 768, 4096])
def test_directions_are_at_right_angles(size: int) -> None:
    rows = directions(size)
    assert rows @ rows.T == pytest.approx(np.eye(VIEWS), abs=1e-12)
    assert float(np.abs(rows).max()) < 8.0 / np.sqrt(size)  # no entry of the vector stands alone


def test_directions_are_the_same_for_all_time() -> None:
    assert directions(20)[0, :3] == pytest.approx(
        [0.34461603713894057, -0.28085025873156266, 0.30092711780525006], abs=1e-12
    )


def test_near_vectors_have_near_codes() -> None:
    encoder = VectorEncoder(size=384)
    state = lived(encoder, [[drawn(seed, 384) for seed in range(20)]])
    base = drawn(99, 384)
    codes = encoder.encode(objects([base, base + 0.1 * drawn(98, 384), drawn(97, 384)]), np.repeat(state, 3)).codes
    assert np.linalg.norm(codes[1] - codes[0]) < 0.25 * np.linalg.norm(codes[2] - codes[0])
    assert 0.3 < float(np.sqrt(np.mean(codes[0] ** 2))) < 3.0


@pytest.mark.parametrize("check", CHECKS)
def test_a_long_vector_keeps_all_promises(check: str) -> None:
    example = Example(
        values=st.lists(LEVELS, min_size=20, max_size=20),
        edges=([0.0] * 20, np.ones(20), tuple(range(20))),
        wrong=(*NO_ROWS, [1.0] * 19, [1.0] * 21),
        ramp=[[0.1 * k] * 20 for k in range(20)],
        history=[[0.0] * 20, [2.0] * 20, [1.0] * 20],
        hoard=lambda step: [float(step)] * 20,
    )
    CHECKS[check](VectorEncoder(size=20), example)


def test_uncertainty_of_the_numbers_and_back() -> None:
    encoder = VectorEncoder(size=3)
    state = lived(encoder, [[[0.0, 10.0, 1.0], [4.0, 30.0, 1.5], [1.0, 20.0, 2.0]]])
    noise = encoder.noise(np.array([0.5]), state)
    assert noise[0].tolist() == pytest.approx((0.5 / state["features"]["scale"][0]).tolist())
    assert encoder.spread(noise, state)[0] == pytest.approx(0.5)
