"""Parts of a composite live each by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from encoders.catalogue import CatalogueError, build
from encoders.checks import CHECKS, Example, lived
from encoders.codes.composite import CompositeEncoder
from encoders.contract import Encoder, objects, reading_state
from tests.contracts.encoder_examples.structured import PARTS

MIXED = CompositeEncoder(parts=PARTS)
TIMES = {"encoder": "scalar", "key": "t"}


def entries(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value.get(key) for key in ("t", "mode", "ok")]
    return value if isinstance(value, list) else [None] * 3


def test_each_part_is_coded_as_it_is_alone() -> None:
    values = [[20.0, "run", True], {"t": 21.0, "ok": False}, {"mode": "idle"}, [None, "run", True], 3.0]
    alone: list[Encoder] = [build(part["encoder"]) for part in PARTS]
    whole, states = MIXED.initial(1), [part.initial(1) for part in alone]
    for value in values:
        encoded = MIXED.encode(objects([value]), whole)
        given = entries(value)
        own = [part.encode(objects([entry]), state) for part, entry, state in zip(alone, given, states, strict=True)]
        assert encoded.codes.tobytes() == np.concatenate([one.codes for one in own], axis=1).tobytes()
        assert bool(encoded.sensed[0]) == any(one.sensed[0] for one in own)
        whole, states = encoded.state, [one.state for one in own]


def test_a_new_symbol_is_told_right_when_a_range_is_estimated_again() -> None:
    state = lived(MIXED, [[[20.0, "run", True]]])
    encoded = MIXED.encode(objects([[25.0, "burst", True]]), state)
    assert encoded.state["version"][0] == state["version"][0] + 1  # the second number sets the range anew
    decoded = MIXED.decode(encoded.codes, reading_state(state, encoded.state))
    assert decoded.values[0]["mode"] == "burst"
    assert decoded.values[0]["t"] == pytest.approx(25.0, abs=1e-5)


def test_old_codes_are_carried_to_the_new_range() -> None:
    old = lived(MIXED, [[[20.0, "run", True], [21.0, "run", True], [23.0, "run", True]]])
    new = MIXED.encode(objects([[22.0, "run", True]]), old).state
    assert new["version"][0] == old["version"][0] + 1
    gain, offset = MIXED.translation(old, new)
    probe = objects([[22.5, "run", True]])
    carried = gain * MIXED.encode(probe, old).codes + offset
    assert carried == pytest.approx(MIXED.encode(probe, new).codes, abs=1e-5)


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([TIMES], "value"),
        ([TIMES, {"encoder": "laser"}], "summary"),
        ([{"encoder": "vector", "settings": {"size": 20}}], "nothing"),
        ([{"encoder": "vector", "settings": {"size": 20}}, TIMES], "summary"),
    ],
)
def test_what_is_read_back_is_what_the_parts_give(parts: list[dict[str, Any]], kind: str) -> None:
    assert CompositeEncoder(parts=parts).decodes == kind


def test_parts_without_keys_come_back_as_a_list() -> None:
    encoder = CompositeEncoder(parts=[{"encoder": "boolean"}, {"encoder": "vector", "settings": {"size": 2}}])
    state = encoder.encode(objects([[True, [1.0, 2.0]]]), encoder.initial(1))
    assert encoder.decode(state.codes, state.state).values[0] == [True, [1.0, 2.0]]
    assert not encoder.encode(objects([{"a": True}]), encoder.initial(1)).sensed[0]


@pytest.mark.parametrize("check", CHECKS)
def test_a_composite_of_composites_keeps_all_promises(check: str) -> None:
    inner = {"encoder": "composite", "settings": {"parts": [TIMES]}, "key": "inner"}
    encoder = build("composite", {"parts": [inner, {"encoder": "category", "key": "mode"}]})
    lists = objects([[[1.0], "a"]])
    assert encoder.encode(lists, encoder.initial(1)).sensed[0]
    CHECKS[check](encoder, nested_example())


def nested_example() -> Example:
    return Example(
        values=st.tuples(st.tuples(st.floats(-1e3, 1e3)), st.text(max_size=4)),
        edges=([[0.0], ""], {"inner": {"t": 1.0}, "mode": "a"}),
        wrong=([[[1.0]], "a"][:1], [[], None], {"inner": 3.0}),
        error=nested_error,
        hoard=lambda step: [[float(step)], f"m{step}"],
    )


def nested_error(given: Any, back: Any) -> float:
    number, mode = ((given["inner"]["t"],), given["mode"]) if isinstance(given, dict) else given
    return abs(number[0] - back["inner"]["t"]) if mode == back["mode"] else 1e9


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([{"encoder": "nothing like it", "key": "x"}], "part 'x'"),
        ([{"encoder": "vector", "settings": {"size": 0}}], "size"),
        ([TIMES, TIMES], "same key"),
        ([], "at least 1"),
        ([{"encoder": "image", "settings": {"grid": 8}}] * 16, "1056 channels"),
    ],
)
def test_wrong_parts_are_refused_in_words(parts: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(CatalogueError, match=says):
        build("composite", {"parts": parts})
