"""Scans of ranges by sector."""

from __future__ import annotations

import math

import pytest

from encoders.checks import CHECKS, Example
from encoders.codes.laser import LaserEncoder
from tests.contracts.encoder_examples.signals import known_features
from tests.contracts.encoder_examples.structured import STRUCTURED

MEDIAN = LaserEncoder(sectors=4, pick="median")
SCAN = [1.0, 5.0, 9.0, math.inf, 3.0, None, math.nan, 0.0, 7.0, 7.0, 0.01]


def test_the_nearest_of_each_sector() -> None:
    encoder = LaserEncoder(sectors=4)
    told = encoder.told(known_features(encoder, SCAN))["ranges_m"]  # sectors of 2, 3, 3 and 3 beams
    assert told == pytest.approx([1.0, 3.0, 50.0, 0.05])


def test_the_median_of_each_sector_counts_silence_as_far() -> None:
    told = MEDIAN.told(known_features(MEDIAN, SCAN))["ranges_m"]
    assert told == pytest.approx([1.0 / 0.6, 9.0, 50.0, 7.0])


def median_error(given: list[float], back: dict[str, list[float]]) -> float:
    known = MEDIAN.told(known_features(MEDIAN, given))["ranges_m"]
    return max(abs(math.log(a / b)) for a, b in zip(known, back["ranges_m"], strict=True))


@pytest.mark.parametrize("check", CHECKS)
def test_the_median_keeps_all_promises(check: str) -> None:
    like = STRUCTURED["laser"]
    CHECKS[check](MEDIAN, Example(like.values, like.edges, like.wrong, median_error, like.ramp, hoard=like.hoard))
