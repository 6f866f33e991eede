"""Counts in buckets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from encoders.codes.histogram import HistogramEncoder
from encoders.contract import Objects

ENCODER = HistogramEncoder(bins=4)


def codes_of(*counts: Any) -> np.ndarray:
    values: Objects = np.empty(len(counts), dtype=np.object_)
    values[:] = counts
    return ENCODER.encode(values, ENCODER.initial(len(counts))).codes.astype(np.float64)


def test_distances_are_those_of_hellinger() -> None:
    first, second = np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 4.0, 1.0, 1.0])
    codes = codes_of(first.tolist(), second.tolist())
    affinity = np.sqrt(first / 10.0) @ np.sqrt(second / 10.0)
    assert np.square(codes[0, :4] - codes[1, :4]).sum() == pytest.approx(2.0 - 2.0 * affinity, abs=1e-6)
    assert codes[0, 4] == codes[1, 4]


def test_shares_do_not_depend_on_how_many_there_were() -> None:
    codes = codes_of([1, 2, 3, 4], [1000, 2000, 3000, 4000])
    assert codes[0, :4] == pytest.approx(codes[1, :4], abs=1e-7)
    assert codes[1, 4] - codes[0, 4] == pytest.approx(1.5, abs=0.05)  # three powers of ten, 0.5 each


def test_a_histogram_of_nothing_is_a_value() -> None:
    encoded = ENCODER.encode(np.array([[0, 0, 0, 0], None], dtype=np.object_)[:1], ENCODER.initial(1))
    assert encoded.sensed.all()
    assert ENCODER.decode(encoded.codes, encoded.state).values[0] == [0.0] * 4


def test_expected_counts_are_never_negative() -> None:
    seen = ENCODER.encode(np.array([[1, 1, 1, 1], None], dtype=np.object_)[:1], ENCODER.initial(1)).state
    back = ENCODER.decode(np.array([[-0.5, 0.5, 0.5, 0.1, -1.0]], dtype=np.float32), seen).values[0]
    assert min(back) >= 0.0


@pytest.mark.parametrize("bins", [1, 0, 1000])
def test_wrong_settings_are_refused(bins: int) -> None:
    with pytest.raises(ValidationError):
        HistogramEncoder(bins=bins)
