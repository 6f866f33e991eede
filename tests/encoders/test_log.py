"""Numbers over many orders of magnitude."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from encoders.codes.log import LogEncoder


def codes_of(encoder: LogEncoder, numbers: list[float]) -> list[float]:
    return encoder.encode_numbers(np.array(numbers), encoder.initial(len(numbers))).codes[:, 0].tolist()


def test_far_above_the_unit_each_power_of_ten_is_one_step() -> None:
    encoder = LogEncoder(unit=1e-3, decades=16.0)
    steps = np.diff(codes_of(encoder, [10.0**power for power in range(2, 10)]))
    assert steps == pytest.approx(np.full(7, 0.5), abs=1e-5)


def test_below_the_unit_it_is_linear_and_odd() -> None:
    encoder = LogEncoder(unit=1e6)
    small = codes_of(encoder, [-2.0, -1.0, 0.0, 1.0, 2.0])
    assert small == pytest.approx([k / 1e6 / encoder.per_code for k in (-2, -1, 0, 1, 2)], rel=1e-5)


def test_what_lies_beyond_comes_back_as_the_end() -> None:
    encoder = LogEncoder(unit=1.0, decades=6.0)
    encoded = encoder.encode_numbers(np.array([1e30, -1e30]), encoder.initial(2))
    assert encoded.sensed.all()
    assert encoded.codes[:, 0].tolist() == [8.0, -8.0]
    assert encoder.decode_numbers(encoded.codes, encoded.state) == pytest.approx([1e6, -1e6], rel=1e-5)


def test_uncertainty_is_told_around_the_last_value() -> None:
    encoder = LogEncoder()
    state = encoder.encode_numbers(np.array([1e6]), encoder.initial(1)).state
    noise = encoder.noise(np.array([1e3]), state)
    a_little_more = codes_of(encoder, [1e6, 1e6 + 1e3])
    assert noise[0, 0] == pytest.approx(a_little_more[1] - a_little_more[0], rel=0.01)
    assert encoder.spread(noise, state)[0] == pytest.approx(1e3, rel=1e-5)


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e12, 1e12), st.sampled_from([1e-9, 1.0, 1e5]), st.floats(5.0, 60.0))
def test_the_stated_share_holds_for_any_settings(value: float, unit: float, decades: float) -> None:
    encoder = LogEncoder(unit=unit, decades=decades)
    encoded = encoder.encode_numbers(np.array([value]), encoder.initial(1))
    if abs(float(encoded.codes[0, 0])) < 8.0:
        back = float(encoder.decode_numbers(encoded.codes, encoded.state)[0])
        assert abs(back - value) <= encoder.share * (abs(value) + unit)


@pytest.mark.parametrize("config", [{"unit": 0.0}, {"unit": -1.0}, {"decades": 0.0}, {"decades": 100.0}, {"base": 2}])
def test_wrong_settings_are_refused(config: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        LogEncoder(**config)
