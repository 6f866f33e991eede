"""Texts that share n-grams lie near each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from encoders.codes.text import COUNTED, SLOTS, TextEncoder
from encoders.contract import objects

ENCODER = TextEncoder()


def codes_of(*texts: str) -> Any:
    return ENCODER.encode(objects(texts), ENCODER.initial(len(texts))).codes.astype(np.float64)


def likeness(left: str, right: str) -> float:
    codes = codes_of(left, right)
    return float(codes[0] @ codes[1])


def test_a_direction_is_the_sum_of_those_of_all_n_grams() -> None:
    one = codes_of("ab")[0]  # " ab", "ab ", " ab "
    parts = TextEncoder(shortest=4, longest=4)
    whole = parts.encode(objects(["ab"]), parts.initial(1)).codes[0].astype(np.float64)
    thirds = TextEncoder(shortest=3, longest=3)
    rest = thirds.encode(objects(["ab"]), thirds.initial(1)).codes[0].astype(np.float64)
    plane, *_ = np.linalg.lstsq(np.stack([whole, rest], axis=1), one, rcond=None)
    assert np.stack([whole, rest], axis=1) @ plane == pytest.approx(one, abs=1e-3)
    assert (plane > 0.0).all()


def test_a_typing_error_moves_the_code_a_little() -> None:
    line = "valve three does not close, pressure rises slowly in the second tank"
    assert likeness(line, line.replace("pressure", "presure")) > 0.9
    assert likeness(line, line.replace("three", "four")) > 0.8
    assert abs(likeness(line, "all quiet; handed over at six")) < 0.6


def test_unrelated_texts_are_as_far_apart_as_chance_has_it() -> None:
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz "), size=40).tolist()) for _ in range(200)]
    codes = codes_of(*texts)
    alike = (codes @ codes.T)[np.triu_indices(200, 1)]
    assert alike.mean() == pytest.approx(0.0, abs=0.02)
    assert alike.std() == pytest.approx(0.25, abs=0.03)  # 1 / sqrt(16)


def test_case_and_blanks_make_no_difference() -> None:
    codes = codes_of("Pump  ON", " pump on\n", "PUMP\ton", "pump of")
    assert codes[0].tobytes() == codes[1].tobytes() == codes[2].tobytes() != codes[3].tobytes()


def test_of_texts_with_one_code_the_last_is_shown() -> None:
    state = ENCODER.initial(1)
    for told in ("Pump on", "PUMP  on"):
        encoded = ENCODER.encode(objects([told]), state)
        state = encoded.state
        assert ENCODER.decode(encoded.codes, state).values[0] == told
    assert (state["used"] > 0).sum() == 1


def test_what_follows_the_counted_characters_changes_nothing() -> None:
    codes = codes_of("x" * COUNTED, "x" * COUNTED + "different", "different" + "x" * COUNTED)
    assert codes[0].tobytes() == codes[1].tobytes() != codes[2].tobytes()


def test_the_last_texts_are_read_back_from_codes_near_them() -> None:
    told = [f"report {k}: {word}" for k, word in enumerate(["calm", "storm", "fog", "rain"] * (SLOTS // 4))]
    state = ENCODER.initial(1)
    for line in told:
        state = ENCODER.encode(objects([line]), state).state
    rng = np.random.default_rng(5)
    noisy = codes_of(*told) + 0.02 * rng.normal(size=(len(told), ENCODER.width))
    read = ENCODER.decode(noisy.astype(np.float32), np.repeat(state, len(told)))
    assert read.values.tolist() == told
    assert (read.confidence > 0.7).all()


@pytest.mark.parametrize("settings", [{"shortest": 5}, {"longest": 9}, {"shortest": 0}, {"channels": 40}])
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        TextEncoder(**settings)
