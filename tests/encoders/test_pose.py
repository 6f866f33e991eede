"""Attitudes: one code for q and -q, continuous, and some attitude for any code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoders.codes.pose import PoseEncoder
from encoders.contract import objects

ENCODER = PoseEncoder()
RNG = np.random.default_rng(7)
TURNS = [(q / np.linalg.norm(q)).tolist() for q in RNG.normal(size=(300, 4))]


def matrix(q: Any) -> Any:
    """Slow reference: the rotation of each basis vector, v + 2 u x (u x v + w v)."""
    u, w = np.array(q[:3]), q[3]
    return np.stack([v + 2.0 * np.cross(u, np.cross(u, v) + w * v) for v in np.eye(3)], axis=1)


def angle(left: Any, right: Any) -> float:
    """Radians between two attitudes."""
    return 2.0 * math.acos(min(abs(float(np.dot(left, right))), 1.0))


def test_codes_are_two_columns_of_the_rotation_matrix() -> None:
    codes = ENCODER.encode(objects(TURNS), ENCODER.initial(len(TURNS))).codes
    expected = np.stack([matrix(q)[:, :2].T.reshape(-1) for q in TURNS])
    assert np.abs(codes - expected).max() < 1e-6


def test_q_and_minus_q_and_longer_ones_are_one() -> None:
    told = [TURNS[0], [-x for x in TURNS[0]], [1.9 * x for x in TURNS[0]], [0.6 * x for x in TURNS[0]]]
    codes = ENCODER.encode(objects(told), ENCODER.initial(4)).codes
    assert np.abs(codes - codes[0]).max() < 1e-6


def test_a_small_turn_moves_any_code_a_little_and_evenly() -> None:
    for q in TURNS[:50]:
        axis = RNG.normal(size=3)
        x, y, z = (0.005 * axis / np.linalg.norm(axis)).tolist()
        a, b, c, w = q  # q times a turn by 0.01 about the axis
        turned = [
            w * x + a + b * z - c * y,
            w * y + b + c * x - a * z,
            w * z + c + a * y - b * x,
            w - a * x - b * y - c * z,
        ]
        codes = ENCODER.encode(objects([q, turned]), ENCODER.initial(2)).codes
        assert 0.0099 < float(np.linalg.norm(codes[1] - codes[0])) < 0.0143


def test_a_code_that_is_off_is_read_as_an_attitude_near_by() -> None:
    encoded = ENCODER.encode(objects(TURNS), ENCODER.initial(len(TURNS)))
    noise = 0.05 * RNG.normal(size=encoded.codes.shape)
    read = ENCODER.decode((encoded.codes + noise).astype(np.float32), encoded.state)
    away = np.array([angle(q, back) for q, back in zip(TURNS, read.values.tolist(), strict=True)])
    told = ENCODER.spread(np.full((1, 6), 0.05, dtype=np.float32), encoded.state[:1])[0]
    assert away.max() < 0.3
    assert np.sqrt(np.square(away).mean()) == pytest.approx(told, rel=0.3)
    assert (read.confidence < 1.0).all()


@pytest.mark.parametrize(
    "code",
    [
        [0.0] * 6,
        [1.0, 0.0, 0.0, 2.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0, -1.0],
        [0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        [1e30, 0.0, 0.0, 0.0, 1e30, 0.0],
        [1e-30] * 6,
    ],
)
def test_codes_that_tell_no_attitude_are_read_as_some(code: list[float]) -> None:
    state = ENCODER.encode(objects([[0.0, 0.0, 0.0, 1.0]]), ENCODER.initial(1)).state
    read = ENCODER.decode(np.array([code], dtype=np.float32), state)
    assert math.hypot(*read.values[0]) == pytest.approx(1.0, abs=1e-9)
    assert read.values[0][3] >= 0.0


def test_order_is_that_of_the_list_and_names_need_none() -> None:
    other = PoseEncoder(order="wxyz")
    x, y, z, w = TURNS[3] if TURNS[3][3] > 0.0 else [-part for part in TURNS[3]]
    expected = ENCODER.encode(objects([[x, y, z, w]]), ENCODER.initial(1)).codes
    for value in ([w, x, y, z], {"x": x, "y": y, "z": z, "w": w}, np.array([w, x, y, z])):
        encoded = other.encode(objects([value]), other.initial(1))
        assert encoded.codes.tobytes() == expected.tobytes()
        assert other.decode(encoded.codes, encoded.state).values[0] == pytest.approx([w, x, y, z], abs=1e-6)


def test_positions_far_away_come_back_as_the_end_of_the_range() -> None:
    encoder = PoseEncoder(position=True, scale_m=0.1)
    assert encoder.width == 9
    value = {"position": {"x": 1.0, "y": -1e8, "z": 0.0}, "orientation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}}
    encoded = encoder.encode(objects([value]), encoder.initial(1))
    read = encoder.decode(encoded.codes, encoded.state).values[0]
    assert read == pytest.approx([1.0, -0.1 * math.expm1(8.0), 0.0, 0.0, 0.0, 0.0, 1.0], rel=1e-5)


def test_noise_and_spread_are_radians() -> None:
    state = ENCODER.encode(objects([[0.0, 0.0, 0.0, 1.0]]), ENCODER.initial(1)).state
    assert ENCODER.spread(ENCODER.noise(np.array([0.1]), state), state)[0] == pytest.approx(0.1, rel=1e-6)


@pytest.mark.parametrize("wrong", [{"order": "zyxw"}, {"scale_m": 0.0}, {"euler": True}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        PoseEncoder(**wrong)
