"""What counts as an array of numbers, and what does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.codes.arrays import LARGEST, array_of, is_empty

KNOTTED: list[Any] = []
KNOTTED.append(KNOTTED)

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3), st.just(10**400)
)
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
DTYPES = ["?", "u1", "i8", "f2", "f4", ">f8", "g", "c8", "U2", "S2", "O", "M8[s]", "m8[s]", [("a", "f8")]]


@given(GARBAGE, st.sampled_from([(1,), (2,), (2, 3)]), st.booleans())
def test_anything_is_read_or_refused(value: Any, dimensions: tuple[int, ...], gaps: bool) -> None:
    found = array_of(value, *dimensions, gaps=gaps)
    if found is not None:
        assert found.dtype == np.float64
        assert found.ndim in dimensions
        assert found.size > 0
        assert gaps or (np.abs(found) <= LARGEST).all()


@given(st.lists(st.floats(-1e36, 1e36) | st.integers(-(10**36), 10**36), min_size=1))
def test_numbers_are_read_as_they_are(numbers: list[float]) -> None:
    for sent in (
        numbers,
        tuple(numbers),
        np.array(numbers, dtype=np.float64),
        list(np.array(numbers, dtype=np.float64)),
    ):
        found = array_of(sent, 1)
        assert found is not None
        assert found.tolist() == [float(number) for number in numbers]


@pytest.mark.parametrize("dtype", DTYPES)
def test_kinds_of_numpy_arrays(dtype: Any) -> None:
    understood = np.dtype(dtype).kind in "iuf"
    assert (array_of(np.zeros(3, dtype=dtype), 1) is not None) == understood


def test_what_is_read_is_a_copy() -> None:
    sent = np.arange(4.0)
    found = array_of(sent, 1)
    assert found is not None
    found[:] = 7.0
    assert sent.tolist() == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "value",
    [
        KNOTTED,
        [KNOTTED] * 3,
        [[1.0], [1.0, 2.0]],
        [[1.0, 2.0], 3.0],
        [1.0, [2.0]],
        [[], []],
        np.zeros((2, 0)),
        np.ma.masked_array([1.0, 2.0], [False, True]),
        np.array(1.0),
        range(3),
        {1.0, 2.0},
        memoryview(b"12"),
        "12",
        [1.0, 1e37],
        [1j],
        [np.array(1.0), 2.0],
        np.array([np.finfo(np.longdouble).max]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_array_of_numbers(value: Any) -> None:
    assert array_of(value, 1, 2) is None


def test_too_many_numbers_are_refused_before_they_are_visited() -> None:
    row = [0.0] * 2048
    assert array_of([0.0] * (2**20 + 1), 1) is None
    assert array_of([row] * 2048, 2) is None
    assert array_of(np.broadcast_to(np.float64(0.0), (2**40,)), 1) is None
    assert array_of([0] * 2**20, 1) is not None


def test_gaps_become_nan_and_nothing_else_does() -> None:
    found = array_of([1, None, np.inf, 1e300, -np.inf, np.nan], 1, gaps=True)
    assert found is not None
    assert np.isnan(found).tolist() == [False, True, True, True, True, True]
    for wrong in ("1", True, 10**400, [1.0]):
        assert array_of([1, wrong], 1, gaps=True) is None


def test_empty_is_nothing_but_lists_and_arrays() -> None:
    assert all(is_empty(value) for value in ([], (), np.zeros(0), np.zeros((0, 4))))
    assert not any(is_empty(value) for value in (None, "", {}, [[]], 0, np.zeros(1)))
