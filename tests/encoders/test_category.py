"""The open vocabulary: directions, the table, and what it shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from encoders.codes.category import SLOTS, CategoryEncoder
from encoders.contract import State, objects

ENCODER = CategoryEncoder()


def say(state: State, *symbols: Any, encoder: CategoryEncoder = ENCODER) -> tuple[Any, State]:
    """The last code and state of one stream that says these symbols."""
    codes = np.zeros((1, encoder.width), dtype=np.float32)
    for symbol in symbols:
        encoded = encoder.encode(objects([symbol]), state)
        codes, state = encoded.codes, encoded.state
    return codes, state


def test_a_code_is_known_before_the_symbol_is_seen() -> None:
    fresh, _ = say(ENCODER.initial(1), "pump")
    later, _ = say(ENCODER.initial(1), *[f"s{k}" for k in range(100)], "pump")
    assert fresh.tobytes() == later.tobytes()


def test_directions_are_unit_and_mostly_far_apart() -> None:
    symbols = objects([*[f"state-{k}" for k in range(300)]])
    codes = ENCODER.encode(symbols, ENCODER.initial(300)).codes
    assert np.linalg.norm(codes, axis=1) == pytest.approx(np.ones(300), abs=1e-5)
    likeness = codes @ codes.T - np.eye(300)
    assert abs(likeness).mean() < 0.4
    assert likeness.max() < 0.99


def test_a_table_that_is_full_drops_what_was_unused_for_longest() -> None:
    names = [f"s{k}" for k in range(SLOTS)]
    _, state = say(ENCODER.initial(1), *names, "s0", "new")
    for name, known in (("s0", True), ("s1", False), ("s2", True), ("new", True)):
        codes = ENCODER.encode(objects([name]), ENCODER.initial(1)).codes
        assert (ENCODER.decode(codes, state).values[0] == name) is known


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        ("x" * 40, "x" * 32),
        ("\u00e9" * 20, "\u00e9" * 16),
        ("a" + "\u00e9" * 20, "a" + "\u00e9" * 15),
        ("\U0001f321" * 9, "\U0001f321" * 8),
        ("a" * 30 + "\U0001f321", "a" * 30),
        ("\ud800", "?"),
    ],
)
def test_long_symbols_are_shown_cut_between_characters(symbol: str, shown: str) -> None:
    codes, state = say(ENCODER.initial(1), symbol)
    assert ENCODER.decode(codes, state).values[0] == shown


def test_long_symbols_with_one_beginning_are_told_apart() -> None:
    left, state = say(ENCODER.initial(1), "x" * 40 + "1")
    right, state = say(state, "x" * 40 + "2")
    assert left.tobytes() != right.tobytes()
    assert (state["used"] > 0).sum() == 2


def test_numbers_are_symbols_where_the_config_says_so() -> None:
    encoder = CategoryEncoder(numbers=True)
    for value, shown in ((7, "7"), (7.0, "7"), (-0.5, "-0.5"), (2**63, str(2**63)), ("7", "7")):
        codes, state = say(encoder.initial(1), value, encoder=encoder)
        assert encoder.decode(codes, state).values[0] == shown
    refused = encoder.encode(objects([True, float("nan"), float("inf"), [7]]), encoder.initial(4))
    assert not refused.sensed.any()
    assert not ENCODER.encode(objects([7]), ENCODER.initial(1)).sensed.any()
