"""Ranks among the first values of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from encoders.codes.quantile import KNOTS, QuantileEncoder
from encoders.codes.scalar import ScalarEncoder
from encoders.contract import State, reading_state

ENCODER = QuantileEncoder()
WARM_UP = ENCODER.config.warm_up
SKEWED = np.random.default_rng(11).lognormal(0.0, 2.0, 5000)


def run(values: Sequence[float]) -> tuple[list[float], list[State]]:
    """Codes of one stream's values, and the state after each."""
    state, codes, states = ENCODER.initial(1), [], []
    for value in values:
        encoded = ENCODER.encode_numbers(np.array([value]), state)
        state = encoded.state
        codes.append(float(encoded.codes[0, 0]))
        states.append(state)
    return codes, states


def codes_of(values: Any, state: State) -> np.ndarray:
    numbers = np.asarray(values, dtype=np.float64)
    return ENCODER.encode_numbers(numbers, np.repeat(state, len(numbers))).codes[:, 0]


def test_until_ranks_are_set_it_is_a_scalar() -> None:
    scalar = ScalarEncoder()
    state, wanted = scalar.initial(1), []
    for value in SKEWED[:WARM_UP].tolist():
        encoded = scalar.encode_numbers(np.array([value]), state)
        state = encoded.state
        wanted.append(float(encoded.codes[0, 0]))
    codes, states = run(SKEWED[:WARM_UP].tolist())
    assert codes == wanted
    assert [int(state["ranked"][0]) for state in states] == [0] * (WARM_UP - 1) + [1]
    assert int(states[-1]["version"][0]) == int(states[-2]["version"][0]) + 1


def test_afterwards_codes_are_the_same_for_life() -> None:
    _, states = run(SKEWED[:1000].tolist())
    probes = np.linspace(-5.0, 50.0, 300)
    assert codes_of(probes, states[WARM_UP - 1]).tobytes() == codes_of(probes, states[-1]).tobytes()


def test_each_part_of_the_code_holds_equally_many_values() -> None:
    encoder = QuantileEncoder(warm_up=1024)
    state = encoder.initial(1)
    for value in SKEWED[:1024].tolist():
        state = encoder.encode_numbers(np.array([value]), state).state
    later = SKEWED[1024:]
    codes = encoder.encode_numbers(later, np.repeat(state, len(later))).codes[:, 0].astype(np.float64)
    shares, _ = np.histogram(codes, bins=np.linspace(-(3.0**0.5), 3.0**0.5, 9))
    assert shares / len(later) == pytest.approx(np.full(8, 0.125), abs=0.03)
    assert codes.mean() == pytest.approx(0.0, abs=0.1)
    assert codes.std() == pytest.approx(1.0, abs=0.1)


def test_knots_are_the_quantiles_of_the_first_values() -> None:
    _, states = run(SKEWED[:200].tolist())
    wanted = np.quantile(SKEWED[:WARM_UP], np.arange(KNOTS) / (KNOTS - 1))
    assert states[-1]["knots"][0] == pytest.approx(wanted, rel=1e-12)


numbers = st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float) | st.floats(-1e36, 1e36)


@settings(max_examples=100, deadline=None)
@given(st.lists(numbers, min_size=8, max_size=8), st.lists(numbers, min_size=1, max_size=30))
def test_values_come_back_by_rank(seen: list[float], values: list[float]) -> None:
    _, states = run(seen * (WARM_UP // 8))
    state = np.repeat(states[-1], len(values))
    encoded = ENCODER.encode_numbers(np.array(values), state)
    back = ENCODER.decode_numbers(encoded.codes, state)
    within = np.abs(encoded.codes[:, 0]) < 8.0
    assert (np.abs(back - values)[within] <= ENCODER.resolution(state)[within]).all()
    for row in range(len(values)):  # the same bits alone as in a batch
        alone = ENCODER.encode_numbers(np.array(values[row : row + 1]), states[-1])
        assert alone.codes.tobytes() == encoded.codes[row : row + 1].tobytes()
    order = np.argsort(values, kind="stable")
    assert (np.diff(encoded.codes[order, 0]) >= 0.0).all()


def test_what_came_often_comes_back_exactly() -> None:
    _, states = run([5.0, 5.0, 5.0, 7.0] * (WARM_UP // 4))
    codes = codes_of([5.0, 7.0, 6.0], states[-1])
    assert codes[0] < codes[2] < codes[1]
    assert ENCODER.decode_numbers(codes[:2, None], np.repeat(states[-1], 2)).tolist() == [5.0, 7.0]


def test_a_stream_that_never_varies_keeps_code_zero() -> None:
    codes, states = run([101325.0] * 200)
    assert codes == [0.0] * 200
    assert np.isfinite(codes_of([101326.0, -1e36, 1e36, 0.0], states[-1])).all()


def test_the_translation_is_right_for_the_middle_of_the_values() -> None:
    _, states = run(SKEWED[:WARM_UP].tolist())
    old, new = states[-2], states[-1]
    gain, offset = ENCODER.translation(old, new)
    quartiles = np.quantile(SKEWED[:WARM_UP], [0.25, 0.75])
    told = gain[0, 0] * codes_of(quartiles, old) + offset[0, 0]
    assert told == pytest.approx(codes_of(quartiles, new), abs=1e-3)
    assert reading_state(old, new).tobytes() == old.tobytes()


def test_uncertainty_and_spread_are_inverse() -> None:
    _, states = run(SKEWED[:WARM_UP].tolist())
    noise = ENCODER.noise(np.array([0.1]), states[-1])
    assert ENCODER.spread(noise, states[-1])[0] == pytest.approx(0.1, rel=1e-5)


def test_a_warm_up_below_the_number_of_knots_is_refused() -> None:
    with pytest.raises(ValidationError):
        QuantileEncoder(warm_up=10)
