"""Joints on the circle or on a range, with velocities or without."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from encoders.checks import CHECKS, Example, lived
from encoders.codes.joints import JointsEncoder
from encoders.contract import objects
from tests.contracts.encoder_examples.signals import NO_ROWS, furthest

ON_RANGE = JointsEncoder(count=2, code="range", half_range_rad=2.0)
MOVING = JointsEncoder(count=2, velocities=True, speed_rad_s=0.5)


def moving_error(given: Any, back: Any) -> float:
    position, velocity = (given["position"], given["velocity"]) if isinstance(given, dict) else (given[:2], given[2:])
    turned = [math.remainder(a - b, 2.0 * math.pi) for a, b in zip(position, back["position"], strict=True)]
    return max(*map(abs, turned), furthest(velocity, back["velocity"]))


ANGLES = st.floats(-3.0, 3.0)
EXAMPLES = {
    "range": (
        ON_RANGE,
        Example(
            values=st.lists(st.floats(-7.9, 7.9), min_size=2, max_size=2),
            edges=([0, 0], (7.99, -7.99), [1e6, 0.0]),
            wrong=(*NO_ROWS, [1.0] * 3, {"velocity": [1.0, 1.0]}),
            error=furthest,
            ramp=[[0.1 * k, 1.0] for k in range(20)],
        ),
    ),
    "moving": (
        MOVING,
        Example(
            values=st.tuples(ANGLES, ANGLES, ANGLES, ANGLES)
            | st.fixed_dictionaries({"position": st.tuples(ANGLES, ANGLES), "velocity": st.tuples(ANGLES, ANGLES)}),
            edges=([0.0] * 4, {"position": [3.0, -3.0], "velocity": [3.9, 0.0], "effort": []}),
            wrong=(*NO_ROWS, [1.0, 1.0], {"position": [1.0, 1.0]}, {"position": [1.0] * 2, "velocity": [1.0]}),
            error=moving_error,
            ramp=[[0.1 * k, 1.0, 0.05 * k, 0.0] for k in range(20)],
        ),
    ),
}


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("check", CHECKS)
def test_other_codes_keep_all_promises(kind: str, check: str) -> None:
    encoder, example = EXAMPLES[kind]
    CHECKS[check](encoder, example)


def test_a_full_turn_changes_nothing_on_the_circle() -> None:
    encoder = JointsEncoder(count=1)
    codes = encoder.encode(objects([[math.pi - 0.01], [-math.pi - 0.01]]), encoder.initial(2)).codes
    assert codes[0] == pytest.approx(codes[1], abs=1e-6)


@pytest.mark.parametrize("encoder", [ON_RANGE, JointsEncoder(count=2)])
def test_uncertainty_of_positions_and_back(encoder: JointsEncoder) -> None:
    state = lived(encoder, [[[0.3, -1.0]]])
    noise = encoder.noise(np.array([0.01]), state)
    assert encoder.spread(noise, state)[0] == pytest.approx(0.01)
    assert MOVING.noise(np.array([0.01]), lived(MOVING, [[[0.0] * 4]]))[0, 4:].tolist() == [0.0, 0.0]
