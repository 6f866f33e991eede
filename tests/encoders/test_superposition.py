"""The search for the members of a sum, against trying all of them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from encoders.codes.superposition import MOST, parted

RNG = np.random.default_rng(11)


def unit(*shape: int) -> Any:
    vectors = RNG.normal(size=shape)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def tried(code: Any, known: Any, most: int) -> set[int]:
    """Slow reference: of all sums of at most `most` directions the one that points along the code best."""
    sums = [set(members) for size in range(1, most + 1) for members in combinations(range(len(known)), size)]
    along = [float(known[sorted(s)].sum(axis=0) @ code / np.linalg.norm(known[sorted(s)].sum(axis=0))) for s in sums]
    return sums[int(np.argmax(along))]


def test_the_best_sum_is_found() -> None:
    known = unit(60, 8, 16)
    members = [RNG.permutation(8)[: 1 + row % 4] for row in range(60)]
    codes = np.stack([known[row, chosen].sum(axis=0) for row, chosen in enumerate(members)])
    codes += 0.05 * RNG.normal(size=codes.shape)
    found = parted(codes, known, np.ones((60, 8), dtype=np.bool_))
    for row in range(60):
        assert set(np.flatnonzero(found[row]).tolist()) == tried(codes[row], known[row], 8)


def test_only_used_directions_are_taken_and_none_where_there_are_none() -> None:
    known, used = unit(3, 32, 16), np.zeros((3, 32), dtype=np.bool_)
    used[1, [4, 9]], used[2, 31] = True, True
    codes = known[:, 4] + known[:, 9] + 0.5 * known[:, 20]
    found = parted(codes, known, used)
    assert [np.flatnonzero(row).tolist() for row in found] == [[], [4, 9], [31]]


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_a_row_does_not_depend_on_others(count: int) -> None:
    known, codes = unit(600, 32, 16)[:count], unit(600, 16)[:count]
    used = RNG.random((count, 32)) < 0.8
    whole = parted(codes, known, used)
    assert (whole.sum(axis=1) <= MOST).all()
    for row in {0, count // 2, count - 1}:
        alone = parted(codes[row : row + 1], known[row : row + 1], used[row : row + 1])
        assert alone.tobytes() == whole[row].tobytes()
