"""`plastream bench noise`: faults as stated, baselines as defined, figures against the truth."""

import json
from pathlib import Path

import numpy as np
import pytest

from plastic_core.core import Core, CoreConfig
from plastic_core.state import Float64
from service.bench.noise import baselines, local_level, run
from service.bench.noise.faults import DROPPED, HELD_TICKS, KINDS, SOUND, SPIKE_SIZES, SPIKING, STUCK, Faulty, spoilt
from service.bench.noise.scoring import override_figures, squared_error
from service.errors import UsageError
from tests.service.command import plastream


def waves(ticks: int) -> Float64:
    generator = np.random.Generator(np.random.PCG64(0))
    common = np.sin(np.arange(ticks) / 20)[:, None] * np.array([1.0, 5.0, -2.0])
    return common + generator.normal(0, 0.02, common.shape)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [0.02, 0.2])
def test_faults_have_their_stated_rate_and_hide_nothing_else(kind: str, rate: float) -> None:
    clean = waves(3000)
    spread = clean.std(axis=0)
    faulty = spoilt(clean, spread, kind, rate, seed=3)
    again = spoilt(clean, spread, kind, rate, seed=3)
    np.testing.assert_array_equal(faulty.values, again.values)
    share = np.count_nonzero(faulty.kinds) / faulty.kinds.size
    wanted: float = {"noise": 0.0, "together": 0.75 * rate}.get(kind, rate)
    assert share == pytest.approx(wanted, abs=0.01)
    assert (np.isnan(faulty.values) == (faulty.kinds == DROPPED)).all()
    if kind in ("noise", "together"):
        apart = ((faulty.values - clean) / spread)[faulty.kinds == SOUND]
        assert np.var(apart) == pytest.approx(rate if kind == "noise" else rate / 4, rel=0.1)
    else:
        np.testing.assert_array_equal(faulty.values[faulty.kinds == SOUND], clean[faulty.kinds == SOUND])


def test_a_stuck_sensor_repeats_its_last_reading_and_a_spike_is_as_large_as_stated() -> None:
    clean = waves(2000)
    spread = clean.std(axis=0)
    stuck = spoilt(clean, spread, "stuck", 0.1, seed=0)
    places = np.argwhere(stuck.kinds == STUCK)
    assert all(stuck.values[t, c] == stuck.values[t - 1, c] for t, c in places)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], (stuck.kinds[:, 0] == STUCK).astype(int), [0]]))))[::2]
    assert runs.max() <= HELD_TICKS[1]
    spiking = spoilt(clean, spread, "spikes", 0.1, seed=0)
    heights = np.abs((spiking.values - clean) / spread)[spiking.kinds == SPIKING]
    assert heights.min() >= SPIKE_SIZES[0]
    assert heights.max() <= SPIKE_SIZES[1]


def test_kinds_and_rates_that_are_not_there_are_refused() -> None:
    for kind, rate in (("rust", 0.1), ("noise", 0.9)):
        with pytest.raises(ValueError, match="faults are of"):
            spoilt(waves(200), np.ones(3), kind, rate, 0)


def test_baselines_by_hand() -> None:
    readings = np.array([np.nan, 2.0, 4.0, np.nan, 8.0])
    np.testing.assert_allclose(baselines.smoothed(readings, 0.5), [np.nan, 2, 3, 3, 5.5])
    np.testing.assert_allclose(baselines.smoothed(readings, 1.0), [np.nan, 2, 4, 4, 8])
    np.testing.assert_allclose(baselines.running_median(readings, 3), [np.nan, 2, 3, 3, 4])
    doubt = 1.0 + 1.0  # after the first reading its noise, then one step of wandering
    gain = doubt / (doubt + 1.0)
    np.testing.assert_allclose(baselines.local_level(readings, 1.0, 1.0)[:3], [np.nan, 2, 2 + 2 * gain])


def test_smoothing_is_tuned_on_the_first_ticks_alone() -> None:
    truth = np.zeros(200)
    readings = np.concatenate([np.random.default_rng(0).normal(0, 1, 100), np.zeros(100)])
    tuned = baselines.tuned_smoothing(readings, truth, 100)
    np.testing.assert_array_equal(tuned, baselines.smoothed(readings, baselines.ALPHAS[0]))


@pytest.mark.skipif(not local_level.installed(), reason="statsmodels is not installed")
def test_variances_of_a_local_level_are_found() -> None:
    generator = np.random.default_rng(1)
    level = np.cumsum(generator.normal(0, 1.0, 3000))
    wander, noise = local_level.fitted(level + generator.normal(0, 2.0, 3000))
    assert wander == pytest.approx(1.0, rel=0.3)
    assert noise == pytest.approx(4.0, rel=0.2)


def test_errors_count_in_standard_deviations_and_only_where_counted() -> None:
    truth, spread = np.zeros((4, 2)), np.array([1.0, 2.0])
    believed = np.array([[9.0, 9.0], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
    assert squared_error(believed, truth, spread, np.array([False, True, True, True])) == 1.0


def test_precision_and_recall_by_hand() -> None:
    kinds = np.array([[SOUND, SPIKING, SOUND, STUCK, STUCK, SOUND, SOUND, DROPPED]], np.int8).T
    said = np.array([[False, True, False, False, True, True, True, False]]).T
    deviation = np.array([[0, 5.0, 0, 0.2, 2.0, 0, 0, 0]]).T
    found = override_figures(said, kinds, deviation, np.ones(8, bool))
    assert found["precision"] == pytest.approx(2 / 3)  # right after a fault nothing is counted against it
    assert (found["recall"], found["faults"]) == (1.0, 2)
    nothing = override_figures(said & False, kinds, deviation, np.ones(8, bool))
    assert (nothing["precision"], nothing["recall"]) == (None, 0.0)


def written(folder: Path, ticks: int = 500) -> Path:
    clean = waves(ticks)
    lines = [
        "date,a,b,c,idle",
        *(f"{1.7e9 + 60 * t:.0f},{','.join(map(repr, row.tolist()))},7" for t, row in enumerate(clean)),
    ]
    (folder / "waves.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.slow
def test_the_mind_beats_the_filters_where_sensors_fail(tmp_path: Path) -> None:
    core = Core.build(CoreConfig(neurons=16, width=16))
    shown: list[str] = []

    def draw(file: run.Clean, faulty: Faulty, seen: run.Perceived, stream: int) -> None:
        assert faulty.values.shape == seen.values[:, stream].shape
        shown.append(file.name)

    result = run.run(core, written(tmp_path, 1500), rates=(0.1,), draw=draw)
    file = result["files"]["waves"]
    assert shown == ["waves"]
    assert file["channels"] == ["a", "b", "c"]
    by_kind = {trial["kind"]: trial for trial in file["trials"]}
    assert by_kind["clean"]["errors"]["raw"] < 1e-20
    assert by_kind["clean"]["overrides"]["false_share"] < 0.02
    together = by_kind["together"]
    assert together["lower_than_best"] > 0.3
    assert together["overrides"]["precision"] > 0.9
    assert together["overrides"]["recall"] > 0.9
    assert by_kind["drop-outs"]["imputed"] == 1.0


def test_folders_and_files_that_do_not_fit_are_refused_in_one_line(tmp_path: Path) -> None:
    core = Core.build(CoreConfig(neurons=4, width=8))
    with pytest.raises(UsageError, match="no CSV files"):
        run.run(core, tmp_path)
    (tmp_path / "gaps.csv").write_text("date,a\n" + "\n".join(f"{t},{'' if t == 50 else t}" for t in range(200)) + "\n")
    with pytest.raises(UsageError, match="no gaps"):
        run.run(core, tmp_path)
    (tmp_path / "gaps.csv").write_text("date,a\n" + "\n".join(f"{t},1" for t in range(200)) + "\n")
    with pytest.raises(UsageError, match="no channel ever changes"):
        run.run(core, tmp_path)


@pytest.mark.slow
def test_the_command_says_json_and_draws(tmp_path: Path) -> None:
    data = written(tmp_path, 150)
    told = ["--data", str(data), "--rate", "0.1", "--neurons", "8", "--plot", str(tmp_path / "seen.png")]
    process = plastream("bench", "noise", *told, "--output", "json")
    said, complaints = process.communicate(timeout=240)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    assert found["files"]["waves"]["events_per_s"] > 0
    assert {trial["kind"] for trial in found["files"]["waves"]["trials"]} == {"clean", *KINDS}
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
    process = plastream("bench", "noise", "--data", str(tmp_path / "nowhere"))
    process.communicate(timeout=120)
    assert process.returncode == 2
