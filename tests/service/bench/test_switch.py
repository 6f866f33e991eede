"""`plastream bench switch`: streams with returning regimes, and when a learner is as good as the oracle."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from service.bench.baselines.cross_lags import CrossLags
from service.bench.baselines.last_value import LastValue
from service.bench.baselines.river_models import installed
from service.bench.switch import measure
from service.bench.switch.families import CHANNELS, FAMILIES
from service.bench.switch.learners import RIVER, lived
from service.bench.switch.recording import Recording, Visit, recorded
from service.bench.switch.recovery import WINDOW, figures, stay
from service.errors import UsageError
from tests.service.command import plastream


def drawn(family: str = "oscillators", ticks: int = 600, cycles: int = 2) -> Recording:
    return recorded(FAMILIES[family], seed=1, cycles=cycles, ticks=ticks)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_oracle_leaves_is_the_noise_and_nothing_else(family: str) -> None:
    recording = drawn(family)
    left = (recording.values - recording.oracle) / recording.noise
    np.testing.assert_allclose(left.std(axis=0), 1.0, atol=0.06)
    np.testing.assert_allclose(left.mean(axis=0), 0.0, atol=0.08)
    neighbours = [np.corrcoef(left[1:, c], left[:-1, c])[0, 1] for c in range(CHANNELS)]
    np.testing.assert_allclose(neighbours, 0.0, atol=0.08)
    spread = (recording.values / recording.noise).std(axis=0)
    assert (spread > 1.1).all(), "a channel in which nothing can be foreseen"
    assert (spread < 30).all(), "a law that blows up"


def test_regimes_come_in_turn_and_return() -> None:
    recording = drawn()
    assert [visit.regime for visit in recording.visits] == [0, 1, 2, 0, 1, 2, 0]
    assert [visit.returned for visit in recording.visits] == [False] * 3 + [True] * 4
    assert [visit.stop for visit in recording.visits[:-1]] == [visit.start for visit in recording.visits[1:]]
    assert recording.visits[-1].stop == len(recording.values)
    again = drawn()
    np.testing.assert_array_equal(recording.values, again.values)


def test_excess_is_the_distance_from_the_oracle_in_its_own_errors() -> None:
    recording = drawn()
    np.testing.assert_array_equal(recording.excess(recording.oracle), 0.0)
    np.testing.assert_allclose(recording.excess(recording.oracle + 3 * recording.noise), 9.0, rtol=1e-9)
    missing = recording.oracle.copy()
    missing[0] = np.nan
    assert np.isfinite(recording.excess(missing)).all()


def test_a_stay_is_counted_from_the_change_on() -> None:
    excess = np.concatenate([np.zeros(100), np.full(70, 5.0), np.full(130, 0.05), np.full(200, 9.0)])
    told = stay(excess, Visit(100, 300, regime=0, returned=True))
    assert told.recovered
    assert 70 - WINDOW // 20 <= told.recover <= 70
    never = stay(np.full(500, 2.0), Visit(100, 300, regime=0, returned=True))
    assert (never.recover, never.recovered, never.settle) == (200, False, 0)


def test_least_squares_that_forgets_reaches_the_oracle_and_does_not_remember() -> None:
    recordings = [recorded(FAMILIES["oscillators"], seed=seed, cycles=2, ticks=500) for seed in range(2)]
    told = {
        name: figures(recordings, [each.excess(lived(maker, each)) for each in recordings])
        for name, maker in (("rls", partial(CrossLags, lags=2, forgetting=0.98)), ("last", LastValue))
    }
    assert told["rls"]["recovered_new"] == 1.0
    assert 60 < told["rls"]["recover_new"] < 350
    assert told["rls"]["recover_return"] > told["rls"]["recover_new"] / 3
    assert told["last"]["recovered_return"] == 0.0
    assert told["last"]["mse"] > 2 * told["rls"]["mse"]


def test_river_models_learn_where_installed() -> None:
    if not installed():
        pytest.skip("the extra bench is not installed")
    recording = drawn("coupling", ticks=150)
    held = recording.excess(np.tile(recording.values.mean(axis=0), (len(recording.values), 1))).mean()
    for maker in RIVER.values():
        expected = lived(maker, recording)
        assert np.isnan(expected[0]).all()
        assert recording.excess(expected)[300:].mean() < held


def test_an_unknown_family_is_an_error_of_usage() -> None:
    with pytest.raises(UsageError, match="no family 'weather' of regimes"):
        measure.run(families=["weather"])


@pytest.mark.slow
def test_command_prints_every_learner_and_draws(tmp_path: Path) -> None:
    picture = tmp_path / "new" / "switch.png"
    told = ["--family", "coupling", "--seeds", "2", "--cycles", "2", "--ticks", "100", "--neurons", "16", "--no-river"]
    process = plastream("bench", "switch", *told, "--plot", str(picture), "--output", "json")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    learners = found["families"]["coupling"]
    assert {"plastream", "last value", "RLS 0.98", "oracle"} <= set(learners)
    assert learners["oracle"]["mse"] == 1.0
    assert learners["oracle"]["recover_return"] == 0.0
    assert learners["plastream"]["mse"] > 1.0
    assert found["events_per_s"] > 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
