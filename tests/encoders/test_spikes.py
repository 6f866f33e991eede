"""Spikes by other codes and forms than the first, and delta modulation against a slow reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.checks import CHECKS, Example
from encoders.codes.spikes import SpikesEncoder
from tests.contracts.encoder_examples.signals import NO_ROWS, is_list, known_features

LATENCY: dict[str, Any] = {"code": "latency", "window_s": 2.0, "bins": 4}
DELTA: dict[str, Any] = {"code": "delta", "threshold": 0.5, "bins": 4}
TRAIN: dict[str, Any] = {"form": "train", "bins": 4}


def first_error(given: Any, back: Any) -> float:
    """Seconds; at least 1 where one has a spike and the other none."""
    away = 0.0
    for place, told in enumerate(back["first_s"]):
        known = min((time for time in given if min(int(time * 2.0), 3) == place), default=None)
        away = max(away, float((known is None) != (told is None)))
        away = max(away, 0.0 if known is None or told is None else abs(known - told))
    return away


def followed(samples: Any, threshold: float, bins: int) -> list[float]:
    """Delta modulation spike by spike: the net change of each bin."""
    reference, changes = samples[0], [0.0] * bins
    steps = len(samples) - 1
    ends = [place * steps // bins for place in range(bins + 1)]
    spikes = 0
    for place in range(bins):
        for step in range(ends[place] + 1, ends[place + 1] + 1):
            while abs(samples[step] - samples[0] - spikes * threshold) >= threshold:
                up = 1 if samples[step] > samples[0] + spikes * threshold else -1
                spikes += up
                changes[place] += up * threshold
    assert reference == samples[0]
    return changes


def changes_error(given: Any, back: Any) -> float:
    return 0.0 if back["changes"] == followed(given, 0.5, 4) else 1.0


def train_error(given: Any, back: Any) -> float:
    counts = [0] * 4
    for step, spike in enumerate(given):
        counts[int((step + 0.5) * 4 / len(given))] += int(spike)
    return 0.0 if back == {"counts": counts} else 1.0


EXAMPLES = {
    "latency": (
        LATENCY,
        Example(
            values=st.lists(st.floats(0.0, 2.0), max_size=12),
            edges=([], [0], [2.0], [0.5, 0.49999], [0.0, 0.5, 1.0, 1.5], np.array([1.25])),
            wrong=(*NO_ROWS, [2.1], [-0.1]),
            error=first_error,
            ramp=[[0.02 * k] for k in range(20)],
            understood=is_list([], [1.0]),
            hoard=lambda step: [0.02 * step],
        ),
    ),
    "delta": (
        DELTA,
        Example(
            values=st.lists(st.integers(-40, 40).map(lambda k: 0.25 * k), min_size=5, max_size=40),
            edges=([0, 0, 0, 0, 0], (1, -1, 1, -1, 1, -1), np.arange(9)),
            wrong=(*NO_ROWS, [1.0] * 4, [], ["1"] * 8),
            error=changes_error,
            ramp=[[0.0, 0.0, 0.0, 0.5 * k, 0.5 * k] for k in range(20)],
            hoard=lambda step: [0.0] * 5 + [float(step)],
        ),
    ),
    "train": (
        TRAIN,
        Example(
            values=st.lists(st.integers(0, 1), min_size=4, max_size=40),
            edges=([0] * 4, [1] * 4000, (1.0, 0.0, 1.0, 0.0, 1.0), np.ones(7, dtype=np.uint8)),
            wrong=([True] * 8, [0, 1, 2, 0], [0, 1, 0], [0.5] * 8, [], np.zeros(8, dtype=np.bool_)),
            error=train_error,
            hoard=lambda step: [1] * step + [0] * 100,
        ),
    ),
}


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("check", CHECKS)
def test_other_codes_keep_all_promises(kind: str, check: str) -> None:
    config, example = EXAMPLES[kind]
    CHECKS[check](SpikesEncoder(**config), example)


@given(st.lists(st.floats(-1e3, 1e3), min_size=9, max_size=60), st.floats(0.5, 100.0))
def test_the_reference_stays_within_a_threshold(samples: list[float], threshold: float) -> None:
    encoder = SpikesEncoder(code="delta", threshold=threshold)
    changes = encoder.told(known_features(encoder, samples))["changes"]
    assert abs(samples[0] + sum(changes) - samples[-1]) < threshold * (1.0 + 1e-9) + 1e-9


def test_an_absurd_signal_ends_at_the_coded_range() -> None:
    encoder = SpikesEncoder(code="delta", threshold=1e-30)
    features = known_features(encoder, [1e36, -1e36] * 8)
    assert np.isfinite(features).all()
    assert encoder.encode(np.array([[0.0, 1e36] * 8, None], dtype=object)[:1], encoder.initial(1)).codes.max() == 8.0


def test_a_single_spike_is_counted_in_one_bin_whatever_the_form() -> None:
    train = SpikesEncoder(form="train", bins=4)
    times = SpikesEncoder(form="times", bins=4, window_s=8.0)
    by_train = train.told(known_features(train, [0, 0, 0, 0, 0, 1, 0, 0]))
    assert by_train == times.told(known_features(times, [5.5])) == {"counts": [0, 0, 1, 0]}
