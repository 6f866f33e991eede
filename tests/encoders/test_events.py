"""Packets of an event camera."""

from __future__ import annotations

import numpy as np
import pytest

from encoders.codes.events import EventsEncoder, counts_of, signed_log
from tests.contracts.encoder_examples.signals import known_features, net_of


def test_cells_match_the_slow_reference() -> None:
    random = np.random.default_rng(4)
    count = 5000
    packet = np.stack(
        [
            random.integers(0, 640, count),
            random.integers(0, 480, count),
            np.arange(count),
            random.integers(0, 2, count),
        ],
        axis=1,
    )
    encoder = EventsEncoder()
    assert encoder.told(known_features(encoder, packet))["net"] == net_of(packet.tolist())


def test_the_last_place_before_the_edge_lies_on_the_picture() -> None:
    encoder = EventsEncoder(width_px=10, height_px=10, cells=3)
    edge = float(np.nextafter(10.0, 0.0))
    assert encoder.told(known_features(encoder, [[edge, edge, 0.0, 1]]))["net"][2] == [0, 0, 1]
    assert encoder.measured([[10.0, 0.0, 0.0, 1]]) is None


@pytest.mark.parametrize("count", [0, 1, -1, 7, -500, 2979, -2979])
def test_counts_come_back_exactly_from_float32(count: int) -> None:
    codes = signed_log(np.array([float(count)])).astype(np.float32)
    assert counts_of(codes.astype(np.float64)).tolist() == [count]
