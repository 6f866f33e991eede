"""Clouds of points."""

from __future__ import annotations

import numpy as np
import pytest

from encoders.codes.points import PointsEncoder
from tests.contracts.encoder_examples.signals import known_features

ENCODER = PointsEncoder(side_m=8.0, cells=2)


def test_centroid_extent_and_occupancy() -> None:
    cloud = [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0], [-3.0, 1.0, 1.0], [-100.0, -100.0, -100.0], [np.nan, 0.0, 0.0]]
    told = ENCODER.told(np.clip(known_features(ENCODER, cloud[:3]), -8.0, 8.0))
    assert told["centroid_m"] == pytest.approx([-1.0, 1.0, 1.0])
    assert told["extent_m"] == pytest.approx([4.0, 0.0, 0.0])
    occupancy = np.array(ENCODER.told(known_features(ENCODER, cloud))["occupancy"])
    assert occupancy[1, 1, 1] == pytest.approx(0.25)
    assert occupancy[0, 1, 1] == pytest.approx(0.5)
    assert occupancy[0, 0, 0] == pytest.approx(0.25)  # outside counts to the nearest voxel
    assert occupancy.sum() == pytest.approx(1.0)


def test_the_order_of_points_makes_no_difference() -> None:
    cloud = np.random.default_rng(2).normal(size=(1000, 3))
    features = known_features(ENCODER, cloud)
    assert known_features(ENCODER, cloud[::-1]) == pytest.approx(features, abs=1e-12)
