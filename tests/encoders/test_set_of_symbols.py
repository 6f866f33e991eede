"""Sets as superpositions: what is read back beyond the last set seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from encoders.codes.set_of_symbols import SLOTS, SetEncoder
from encoders.contract import State, objects

ENCODER = SetEncoder()


def say(state: State, *sets: Any, encoder: SetEncoder = ENCODER) -> tuple[Any, State]:
    """The last code and state of one stream that sends these sets."""
    codes = np.zeros((1, encoder.width), dtype=np.float32)
    for value in sets:
        encoded = encoder.encode(objects([value]), state)
        codes, state = encoded.codes, encoded.state
    return codes, state


def code(value: Any) -> Any:
    return say(ENCODER.initial(1), value)[0]


def test_order_doubles_and_kind_of_collection_do_not_matter() -> None:
    told = [["a", "b", "c"], ("c", "a", "b"), {"b", "c", "a"}, ["a", "b", "c", "a"], frozenset("cab")]
    assert len({code(value).tobytes() for value in told}) == 1


def test_sets_that_share_members_are_near() -> None:
    rng = np.random.default_rng(1)
    shared, apart = [], []
    for _ in range(200):
        names = [f"{rng.random()}" for _ in range(8)]
        shared.append(float((code(names[:4]) * code(names[1:5])).sum()))
        apart.append(float((code(names[:4]) * code(names[4:])).sum()))
    assert np.mean(shared) == pytest.approx(0.75, abs=0.05)
    assert np.mean(apart) == pytest.approx(0.0, abs=0.05)


def test_a_code_is_known_before_its_members_are_seen() -> None:
    _, state = say(ENCODER.initial(1), *[[f"x{k}", f"y{k}"] for k in range(50)])
    assert say(state, ["a", "b"])[0].tobytes() == code(["a", "b"]).tobytes()


def test_the_empty_set_is_a_value() -> None:
    codes, state = say(ENCODER.initial(1), ["a"], [])
    assert np.linalg.norm(codes) == pytest.approx(1.0, abs=1e-6)
    assert ENCODER.decode(codes, state).values[0] == []
    assert ENCODER.decode(code(["a"]), state).values[0] == ["a"]


def test_sets_that_were_never_seen_as_a_whole_are_mostly_read() -> None:
    names = [f"tag-{k}" for k in range(SLOTS)]
    _, state = say(ENCODER.initial(1), *[[name] for name in names])
    rng = np.random.default_rng(2)
    sets = [sorted(rng.permutation(names)[: 2 + k % 3].tolist()) for k in range(150)]
    codes = ENCODER.encode(objects(sets), ENCODER.initial(150)).codes
    read = ENCODER.decode(codes, np.repeat(state, 150))
    right = np.array([value == told for value, told in zip(read.values.tolist(), sets, strict=True)])
    assert right.sum() >= 147
    assert (read.confidence[right] > 0.99).all()
    assert (read.confidence[~right] < 0.9).all()


def test_all_of_a_full_table_are_read_and_more_are_not_claimed() -> None:
    names = sorted(f"tag-{k}" for k in range(SLOTS + 8))
    codes, state = say(ENCODER.initial(1), ["old", "older"], names[:SLOTS])
    assert ENCODER.decode(codes, state).values[0] == names[:SLOTS]
    assert ENCODER.resolution(state).tolist() == [0.0]
    codes, state = say(state, names)
    read = ENCODER.decode(codes, state)
    assert read.values[0] != names
    assert float(read.confidence[0]) < 0.9
    assert ENCODER.resolution(state).tolist() == [1.0]


def test_a_remembered_set_that_has_lost_a_member_is_forgotten() -> None:
    codes, state = say(ENCODER.initial(1), ["a", "b"], [f"x{k}" for k in range(SLOTS - 1)])
    assert (state["set_used"] > 0).sum() == 1
    read = ENCODER.decode(codes, state)
    codes, state = say(state, ["a", "b"])
    assert ENCODER.decode(codes, state).values[0] == ["a", "b"] != read.values[0]


def test_long_members_are_shown_cut() -> None:
    codes, state = say(ENCODER.initial(1), ["x" * 40, "y"])
    assert ENCODER.decode(codes, state).values[0] == ["x" * 32, "y"]


def test_numbers_are_members_where_the_config_says_so() -> None:
    encoder = SetEncoder(numbers=True, channels=8)
    codes, state = say(encoder.initial(1), [7, 0.5, "a"], encoder=encoder)
    assert codes.shape == (1, 8)
    assert encoder.decode(codes, state).values[0] == ["0.5", "7", "a"]
    assert not encoder.encode(objects([[True], [float("nan")]]), encoder.initial(2)).sensed.any()


@pytest.mark.parametrize("settings", [{"channels": 3}, {"channels": 33}, {"colour": 1}])
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        SetEncoder(**settings)
