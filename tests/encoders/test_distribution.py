"""Bundles of samples by their shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from encoders.codes.distribution import RANKS, DistributionEncoder
from encoders.contract import Objects

ENCODER = DistributionEncoder()


def objects(value: Any) -> Objects:
    values = np.empty(1, dtype=np.object_)
    values[0] = value
    return values


def test_the_summary_is_that_of_the_samples() -> None:
    samples = np.random.default_rng(4).gamma(2.0, 3.0, 1000)
    encoded = ENCODER.encode(objects(samples.tolist()), ENCODER.initial(1))
    summary = ENCODER.decode(encoded.codes, encoded.state).values[0]
    scores = (samples - samples.mean()) / samples.std()
    assert summary["mean"] == pytest.approx(samples.mean(), rel=1e-6)
    assert summary["std"] == pytest.approx(samples.std(), rel=1e-6)
    assert summary["skew"] == pytest.approx((scores**3).mean(), rel=1e-6)
    assert summary["quantiles"] == pytest.approx(np.quantile(samples, RANKS), rel=1e-6)


def test_the_order_of_the_samples_does_not_matter() -> None:
    samples = np.random.default_rng(4).normal(0.0, 1.0, 50)
    first = ENCODER.measured(samples.tolist())
    assert first is not None
    assert first.tobytes() == ENCODER.measured(samples[::-1]).tobytes()  # type: ignore[union-attr]


@pytest.mark.parametrize("level", [0.1, 0.0, -1e35, 5e-324])
@pytest.mark.parametrize("count", [1, 3, 4096])
def test_equal_samples_have_no_deviation_and_no_skew(level: float, count: int) -> None:
    features = ENCODER.measured([level] * count)
    assert features is not None
    assert features.tolist() == [level, 0.0, 0.0] + [level] * 5


def test_expectations_are_told_as_a_shape_that_can_be() -> None:
    encoded = ENCODER.encode(objects([1.0, 2.0, 3.0]), ENCODER.initial(1))
    summary = ENCODER.decode(np.array([[0.0, -8.0, 0.0, 8.0, 0.0, -8.0, 3.0, -3.0]], np.float32), encoded.state).values[
        0
    ]
    assert summary["std"] >= 0.0
    assert summary["quantiles"] == sorted(summary["quantiles"])
