"""`plastream bench reward`: worlds in which some events matter later."""

import json

import numpy as np
import pytest

from service.bench.reward import measure
from service.bench.reward.world import GAP, PAIRS, REPEATS, SHOCKS, world
from service.errors import UsageError
from tests.service.command import plastream


def test_rewards_come_late_and_once_for_each_rewarded_pair() -> None:
    life = world(seed=3, delay=20).taught
    assert life.reward.sum() == PAIRS * REPEATS
    assert (life.surprise > 6).sum() == PAIRS * SHOCKS
    rewarded = np.flatnonzero(life.reward) - 20
    assert (rewarded % GAP == 0).all()
    assert (np.linalg.norm(life.cues[rewarded], axis=1) > 0.5).all()
    again = world(seed=3, delay=20).taught
    np.testing.assert_array_equal(life.cues, again.cues)


def test_what_interferes_has_similar_cues_and_other_outcomes() -> None:
    first, second = world(seed=0, delay=20), world(seed=1, delay=20)
    cue = first.pairs["rewarded"].cues[0]
    likeness = np.sort(first.interfering.cues @ cue)[-REPEATS:]
    np.testing.assert_allclose(likeness, 0.5, atol=0.25)
    assert (second.interfering.cues @ cue).max() < 0.6


@pytest.mark.slow
def test_rewarded_is_learned_late_and_each_part_is_needed() -> None:
    found = measure.run(seeds=3, delay=20)["learners"]
    hits = {name: own["taught"]["rewarded"]["hits"] for name, own in found.items()}
    kept = {name: own["after"]["rewarded"]["hits"] for name, own in found.items()}
    assert hits["plastream"] > 0.9
    assert kept["plastream"] > 0.8
    assert found["plastream"]["taught"]["unrewarded"]["hits"] < 0.2
    assert kept["no consolidation"] < 0.3 < hits["no consolidation"]
    for control in ("no eligibility", "no reward", "M = 0"):
        assert hits[control] < 0.2, control
    assert found["no surprise"]["taught"]["surprising"]["hits"] < 0.1
    always = found["M constant"]["taught"]
    assert always["rewarded"]["strength"] < 2 * always["unrewarded"]["strength"], "told apart without a signal"
    assert found["plastream"]["written"] < 0.05


def test_a_delay_into_the_next_pair_is_an_error_of_usage() -> None:
    with pytest.raises(UsageError, match=r"rewards come within \[0, 59\] ticks"):
        measure.run(seeds=1, delay=60)


@pytest.mark.slow
def test_command_prints_every_control() -> None:
    process = plastream("bench", "reward", "--seeds", "1", "--output", "json")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    assert found["delay_ticks"] == 20
    assert found["learners"]["M = 0"]["written"] == 0.0
    assert found["events_per_s"] > 0
