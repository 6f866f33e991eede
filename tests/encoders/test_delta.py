"""Changes from one value to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from encoders.codes.changes import raised
from encoders.codes.delta import DeltaEncoder
from encoders.codes.scalar import ScalarEncoder
from encoders.contract import State, reading_state

ENCODER = DeltaEncoder()


def run(values: Sequence[float]) -> tuple[list[float], State]:
    """Codes of one stream's values, and its state at the end."""
    state, codes = ENCODER.initial(1), []
    for value in values:
        encoded = ENCODER.encode_numbers(np.array([value]), state)
        state = encoded.state
        codes.append(float(encoded.codes[0, 0]))
    return codes, state


def walk(count: int) -> list[float]:
    return (1e6 + np.random.default_rng(3).normal(0.5, 2.0, count).cumsum()).tolist()


def test_its_codes_are_those_of_a_scalar_on_the_differences() -> None:
    values = walk(300)
    codes, _ = run(values)
    scalar = ScalarEncoder()
    state, wanted = scalar.initial(1), []
    for change in [0.0, *np.diff(values).tolist()]:
        encoded = scalar.encode_numbers(np.array([change]), state)
        state = encoded.state
        wanted.append(float(encoded.codes[0, 0]))
    assert codes == wanted


def test_a_walk_without_a_level_stays_within_the_codes() -> None:
    codes, _ = run(walk(2000))
    assert max(abs(code) for code in codes[20:]) < 8.0
    assert np.std(codes[300:]) == pytest.approx(1.0, abs=0.25)


def test_the_next_value_is_expected_from_the_newest() -> None:
    values = [10.0 + 3.0 * k + (k % 2) for k in range(60)]
    codes, state = run(values)
    same_change_again = np.array([[codes[-1]]], dtype=np.float32)
    expected = ENCODER.decode_numbers(same_change_again, state)[0]
    assert expected == pytest.approx(values[-1] + (values[-1] - values[-2]), abs=1e-4)


def test_a_missing_value_is_filled_in_from_the_newest() -> None:
    _, state = run([10.0 + 3.0 * k for k in range(60)])
    missing = ENCODER.encode_numbers(np.array([np.nan]), state)
    coding = reading_state(state, missing.state)
    assert ENCODER.decode_numbers(missing.codes, coding)[0] == pytest.approx(
        190.0, abs=0.3
    )  # the first change, of zero, counts too


def test_versions_begin_anew_behind_the_last_number() -> None:
    state = ENCODER.initial(3)
    state["version"] = [2**31 - 1, 2**31 - 2, 5]
    assert raised(state, np.array([True, True, False])).tolist() == [1, 2**31 - 1, 5]
