"""Windows on an endless row of random numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from encoders.codes.rdse import PLACES, RdseEncoder
from encoders.contract import State

ENCODER = RdseEncoder(resolution=0.5)


def codes_of(values: list[float], encoder: RdseEncoder = ENCODER) -> np.ndarray:
    return encoder.encode_numbers(np.array(values), encoder.initial(len(values))).codes


def after(values: list[float]) -> State:
    state = ENCODER.initial(1)
    for value in values:
        state = ENCODER.encode_numbers(np.array([value]), state).state
    return state


@settings(max_examples=60, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(0, 40))
def test_codes_of_values_some_buckets_apart_agree_in_all_the_other_channels(bucket: int, apart: int) -> None:
    first, second = codes_of([0.5 * bucket, 0.5 * (bucket + apart)])
    assert np.count_nonzero(first == second) == max(16 - apart, 0)


def test_the_equation_channel_by_channel() -> None:
    value, encoder = 3.3, RdseEncoder(resolution=1.0, channels=5)
    row = {j: codes_of([float(j)], encoder)[0][j % 5] for j in range(3, 9)}
    wanted = [row[5], row[6], row[7], row[3] + 0.3 * (row[8] - row[3]), row[4]]
    assert codes_of([value], encoder)[0].tolist() == pytest.approx(wanted, abs=1e-6)


def test_far_values_are_unrelated_and_codes_as_long_as_one() -> None:
    codes = codes_of([1000.0 * k for k in range(500)]).astype(np.float64)
    lengths = np.sqrt(np.square(codes).sum(axis=1))
    assert lengths.mean() == pytest.approx(1.0, abs=0.03)
    inner = codes[:-1] @ codes[-1] / (lengths[:-1] * lengths[-1])
    assert abs(inner.mean()) < 0.05
    assert inner.std() == pytest.approx(0.25, abs=0.05)  # 1 / sqrt(W)


def test_a_place_of_long_ago_is_still_read_back() -> None:
    levels = [100.0 * place for place in range(PLACES)]
    state = after([level + step for level in levels for step in (0.0, 1.0, 2.0)])
    for level in levels:
        assert ENCODER.decode_numbers(codes_of([level + 1.2]), state)[0] == pytest.approx(level + 1.2, abs=1e-4)


def test_an_expectation_between_two_codes_lies_between_their_values() -> None:
    state = after([10.0])
    between = codes_of([9.0, 12.0]).mean(axis=0, keepdims=True)
    assert 9.0 <= ENCODER.decode_numbers(between, state)[0] <= 12.0


def test_unknown_codes_have_little_confidence() -> None:
    assert ENCODER.decode(codes_of([1e6]), after([10.0])).confidence[0] < 0.5


def test_seeds_have_codes_of_their_own() -> None:
    assert np.count_nonzero(codes_of([5.0]) == codes_of([5.0], RdseEncoder(resolution=0.5, seed=1))) == 0


def test_uncertainty_and_spread_are_inverse() -> None:
    state = after([10.0])
    noise = ENCODER.noise(np.array([2.0]), state)
    assert ENCODER.spread(noise, state)[0] == pytest.approx(2.0, rel=1e-5)


@pytest.mark.parametrize("config", [{"resolution": 0.0}, {"resolution": -1.0}, {"channels": 2}, {"seed": -1}])
def test_wrong_settings_are_refused(config: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        RdseEncoder(**config)
