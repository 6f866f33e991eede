"""Counters: growth, new beginnings, wraps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from encoders.codes.counter import CounterEncoder
from encoders.contract import State, reading_state


def run(encoder: CounterEncoder, values: Sequence[float]) -> tuple[Any, list[float], State]:
    """Codes [n, 2] of one stream's counts, what is read back from each, and the state at the end."""
    state, codes, back = encoder.initial(1), [], []
    for value in values:
        encoded = encoder.encode_numbers(np.array([value]), state)
        back.append(float(encoder.decode_numbers(encoded.codes, reading_state(state, encoded.state))[0]))
        state = encoded.state
        codes.append(encoded.codes[0])
    return np.array(codes), back, state


def test_the_first_count_has_no_increment() -> None:
    codes, back, state = run(CounterEncoder(), [5000.0])
    assert codes.tolist() == [[0.0, 0.0]]
    assert back == [5000.0]
    assert state["resets"][0] == 0


def test_a_smaller_count_is_a_new_beginning_and_counts_as_growth() -> None:
    growing = [100.0 * k + (k % 3) for k in range(50)]
    codes, back, state = run(CounterEncoder(), [*growing, 40.0, 140.0])
    assert codes[:, 1].tolist() == [0.0] * 50 + [1.0, 0.0]
    assert state["resets"][0] == 1
    assert back[2:] == pytest.approx([*growing[2:], 40.0, 140.0], abs=1e-2)  # the second is out of range: no range yet
    usual = run(CounterEncoder(), [*growing, growing[-1] + 40.0])[0]
    assert codes[50, 0] == usual[50, 0]


@pytest.mark.parametrize("bits", [16, 32])
def test_a_register_that_wraps_goes_on_growing(bits: int) -> None:
    counts = [(2**bits - 5000 + 100 * k + k % 7) % 2**bits for k in range(80)]
    codes, back, state = run(CounterEncoder(wrap_bits=bits), counts)
    assert min(counts) < 5000 < max(counts)
    assert not codes[:, 1].any()
    assert state["resets"][0] == 0
    assert np.abs(codes[40:, 0]).max() < 8.0
    assert back[20:] == pytest.approx(counts[20:], abs=1e-2)


def test_a_fall_by_less_than_half_the_register_is_no_wrap() -> None:
    codes, _, state = run(CounterEncoder(wrap_bits=32), [1e6, 2e6, 10.0])
    assert codes[2, 1] == 1.0
    assert state["resets"][0] == 1


def test_64_bits_wrap_as_float64_knows_them() -> None:
    counts = [2**64 - 2**20, 2**64 - 2**19, 0, 2**19, 2**20]
    encoder = CounterEncoder(wrap_bits=64)
    codes, _, state = run(encoder, [float(count) for count in counts])
    assert not codes[:, 1].any()
    assert state["resets"][0] == 0


def test_more_than_the_register_holds_is_not_sensed() -> None:
    encoder = CounterEncoder(wrap_bits=16)
    assert encoder.encode_numbers(np.array([65_535.0, 65_537.0, -1.0]), encoder.initial(3)).sensed.tolist() == [
        True,
        False,
        False,
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=30))
def test_the_growth_that_it_codes_is_what_was_counted(counts: list[int]) -> None:
    _, _, state = run(CounterEncoder(), [float(count) for count in counts])
    pairs = list(zip([0, *counts], counts, strict=False))[1:]
    growth = [0, *(now - last if now >= last else now for last, now in pairs)]
    if len(growth) <= 16:
        assert state["changes"]["mean"][0] == pytest.approx(np.mean(growth), rel=1e-6, abs=1e-6)
    assert state["resets"][0] == sum(now < last for last, now in pairs)


def test_other_registers_are_refused() -> None:
    with pytest.raises(ValidationError):
        CounterEncoder(wrap_bits=12)
