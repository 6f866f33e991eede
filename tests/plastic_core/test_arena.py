"""Arrays side by side in large pages."""

import gc
from typing import NamedTuple

import numpy as np
import pytest

from plastic_core.engines.arena import ALIGNMENT, LARGE_PAGE, together
from plastic_core.state import Float32, Int64


class One(NamedTuple):
    values: Float32
    number: float


class Other(NamedTuple):
    counts: Int64
    empty: Float32


@pytest.mark.parametrize("size", [3, LARGE_PAGE // 4 + 1])
def test_holds_copies_that_do_not_touch(size: int) -> None:
    given = One(np.arange(size, dtype=np.float32), 2.5), Other(np.arange(4), np.zeros((0, 7), np.float32))
    one, other = together(*given)
    assert one.number == 2.5
    assert other.empty.shape == (0, 7)
    other.counts[:] = -1
    one.values[-1] = -1
    assert given[0].values[-1] == size - 1
    assert one.values[:-1].tolist() == given[0].values[:-1].tolist()
    assert other.counts.tolist() == [-1] * 4
    assert all(values.ctypes.data % ALIGNMENT == 0 for values in (one.values, other.counts))


def test_lives_as_long_as_an_array_of_it() -> None:
    values = together(One(np.ones(LARGE_PAGE, np.float32), 0), Other(np.arange(4), np.ones(3, np.float32)))[0].values
    gc.collect()
    assert values.sum() == LARGE_PAGE
