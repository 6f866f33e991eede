"""A few numbers of one value, as a list or by name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.codes.coordinates import coordinates

NAMES = (("x", "easting"), ("y",), ("z",))
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyzw"), inner),
    max_leaves=9,
)


def row(value: Any) -> list[float]:
    return coordinates([value], NAMES, 2, 100.0)[0].tolist()


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5, 3],
        (1.0, 2.5, 3.0),
        np.array([1.0, 2.5, 3.0]),
        [np.float32(1.0), np.float64(2.5), np.int8(3)],
        {"z": 3, "y": 2.5, "x": 1, "covariance": [0.1]},
        {"easting": 1, "y": 2.5, "z": 3},
    ],
)
def test_lists_arrays_and_names_mean_the_same(value: Any) -> None:
    assert row(value) == [1.0, 2.5, 3.0]


@pytest.mark.parametrize("value", [[1, 2], [1, 2, None], {"x": 1, "y": 2}, {"x": 1, "y": 2, "z": None}])
def test_what_may_be_missing_is_nan(value: Any) -> None:
    assert row(value)[:2] == [1.0, 2.0]
    assert math.isnan(row(value)[2])


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "1,2",
        b"\1\2\3",
        [],
        [1],
        [1, None, 3],
        [None, 2],
        [1, 2, 3, 4],
        [1, True],
        [1, "2"],
        [1, 2, math.nan],
        [1, math.inf],
        [1, 101],
        [1, 2, -101],
        [10**400, 1],
        [[1, 2]],
        {},
        {"x": 1},
        {"x": "1", "y": 2},
        np.zeros((2, 2)),
        np.zeros(10_000_000),
        np.array(["1", "2"]),
        np.array(3.0),
    ],
)
def test_anything_else_is_a_row_of_nan(value: Any) -> None:
    assert all(math.isnan(number) for number in row(value))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(GARBAGE, max_size=6))
def test_no_value_raises_or_depends_on_others(values: list[Any]) -> None:
    together = coordinates(values, NAMES, 2, 1e9)
    assert together.shape == (len(values), 3)
    assert not (np.abs(together) > 1e9).any()
    for place, value in enumerate(values):
        assert coordinates([value], NAMES, 2, 1e9).tobytes() == together[place : place + 1].tobytes()
