"""Inertial measurement: sizes, directions and units."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from encoders.codes.imu import ImuEncoder
from encoders.contract import objects

ENCODER = ImuEncoder()


def codes_of(encoder: ImuEncoder, *values: Any) -> Any:
    return encoder.encode(objects(values), encoder.initial(len(values))).codes


def test_the_end_of_each_range_has_size_two() -> None:
    encoder = ImuEncoder(magnetometer=True, accel_unit="g", gyro_unit="deg/s", gyro_range_rad_s=math.pi)
    codes = codes_of(encoder, [16.0, 0.0, 0.0, 180.0, -180.0, 0.0, 0.0, 0.0, -1000.0])[0]
    assert codes.tolist() == pytest.approx([2.0, 1.0, 0.0, 0.0, 2.0, -2.0, 0.0, 2.0, 0.0, 0.0, -1.0], abs=2e-3)


def test_units_mean_the_same() -> None:
    rest = [0.0, 0.0, 9.80665, math.pi, 0.0, 0.0, 50.0, 0.0, 0.0]
    told = {
        ("g", "deg/s", "G"): [0.0, 0.0, 1.0, 180.0, 0.0, 0.0, 0.5, 0.0, 0.0],
        ("mg", "mdeg/s", "mT"): [0.0, 0.0, 1000.0, 180_000.0, 0.0, 0.0, 0.05, 0.0, 0.0],
        ("m/s2", "rad/s", "T"): [0.0, 0.0, 9.80665, math.pi, 0.0, 0.0, 5e-5, 0.0, 0.0],
        ("m/s2", "rad/s", "mG"): [0.0, 0.0, 9.80665, math.pi, 0.0, 0.0, 500.0, 0.0, 0.0],
    }
    expected = codes_of(ImuEncoder(magnetometer=True), rest)
    for (accel, gyro, magnet), value in told.items():
        encoder = ImuEncoder(magnetometer=True, accel_unit=accel, gyro_unit=gyro, magnet_unit=magnet)
        encoded = encoder.encode(objects([value]), encoder.initial(1))
        assert np.abs(encoded.codes - expected).max() < 1e-6
        assert encoder.decode(encoded.codes, encoded.state).values[0] == pytest.approx(value, rel=1e-5, abs=1e-12)


def test_a_shock_along_gravity_leaves_the_direction() -> None:
    codes = codes_of(ENCODER, [0.0, 3.0, 9.0, 0.0, 0.0, 0.0], [0.0, 30.0, 90.0, 0.0, 0.0, 0.0])
    assert codes[0, 1:4] == pytest.approx(codes[1, 1:4], abs=0.02)
    assert codes[1, 0] - codes[0, 0] > 0.5


def test_next_to_nothing_points_nowhere() -> None:
    codes = codes_of(ENCODER, [1e-6, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -1e-6, 0.0, 0.0, 0.0, 0.0])
    assert np.linalg.norm(codes[0] - codes[1]) < 1e-4


def test_a_code_that_is_off_is_read_near_by() -> None:
    value = [1.0, -2.0, 9.0, 0.3, -0.1, 2.0]
    encoded = ENCODER.encode(objects([value]), ENCODER.initial(1))
    noise = 0.02 * np.random.default_rng(1).normal(size=(200, 7))
    read = ENCODER.decode((encoded.codes + noise).astype(np.float32), np.repeat(encoded.state, 200))
    away = np.array(read.values.tolist()) - value
    assert np.abs(away[:, :3]).max() < 0.35 * np.linalg.norm(value[:3])
    assert np.abs(away[:, 3:]).max() < 0.35 * 2.0
    assert (read.confidence > 0.85).all()


def test_names_and_arrays_are_taken() -> None:
    told = [
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        np.arange(1, 7),
        dict(zip(("ax", "ay", "az", "gx", "gy", "gz"), range(1, 7), strict=True)),
    ]
    codes = codes_of(ENCODER, *told)
    assert codes[0].tobytes() == codes[1].tobytes() == codes[2].tobytes() != bytes(28)


@pytest.mark.parametrize("wrong", [{"accel_unit": "ft/s2"}, {"gyro_range_rad_s": 0.0}, {"magnet_range_ut": -1.0}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ImuEncoder(**wrong)
