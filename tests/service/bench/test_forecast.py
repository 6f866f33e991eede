"""`plastream bench forecast`: tables, parts, scores, what is known when, and the command as a whole."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from plastic_core.core import Core, CoreConfig
from service.bench.baselines import river_models
from service.bench.baselines.own_lags import OwnLagFeatures
from service.bench.forecast.delayed import LateLeastSquares
from service.bench.forecast.methods import methods
from service.bench.forecast.picture import draw
from service.bench.forecast.play import FreeRunning, dreamt, of_baseline, of_mind, played
from service.bench.forecast.run import Task, roomy, run, tasks, z_score
from service.bench.forecast.splits import Split
from service.bench.forecast.table import read, write
from service.cli.main import execute
from service.errors import UsageError
from tests.service.bench.tables import drawn, table_of

SMALL = CoreConfig(neurons=8, width=16)
PERIOD = 6


def silent(_stage: str, _share: float) -> None:
    """No progress is shown."""


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "drawn.csv"
    write(path, table_of(drawn()), 0, drawn())
    return path


# --- what is known when ---


def test_forecasts_are_gathered_where_they_were_made() -> None:
    def ahead() -> Iterator[np.ndarray]:
        for row in range(100):
            yield np.array([[row * 10.0 + step] for step in (1, 2, 3)])

    found = played(ahead(), Split(10, 5, 20), 3, 1, lambda _: None)
    assert found.rows == 32, "what is known later than three rows before the end foretells nothing scored"
    np.testing.assert_array_equal(found.forecasts[0, :, 0], [121.0, 122.0, 123.0])  # after row 12, of row 15 at last
    np.testing.assert_array_equal(found.forecasts[-1, :, 0], [311.0, 312.0, 313.0])


def causal(ahead: Callable[[np.ndarray], Iterator[np.ndarray]], cut: int = 90) -> None:
    """Rows from `cut` on, in another order and size, change nothing that was foretold after earlier rows."""
    rows = drawn()
    later = rows.copy()
    later[cut:] = np.random.default_rng(1).permutation(later[cut:]) * 2
    before, after = np.array(list(ahead(rows))), np.array(list(ahead(later)))
    np.testing.assert_array_equal(before[:cut], after[:cut])
    assert not np.array_equal(before[cut:], after[cut:])


NEXT, FAR = list(methods(2, PERIOD, 40, 1)), list(methods(2, PERIOD, 40, 5))


@pytest.mark.parametrize(
    ("name", "horizon"),
    [
        *(pytest.param(name, 1, marks=pytest.mark.slow if name.startswith("river") else ()) for name in NEXT),
        *((name, 5) for name in FAR),
    ],
)
def test_no_baseline_looks_ahead(name: str, horizon: int) -> None:
    def ahead(rows: np.ndarray) -> Iterator[np.ndarray]:
        found = list(of_baseline(methods(2, PERIOD, 40, horizon)[name](), rows))
        assert found[0].shape == (horizon, 2)
        return iter(found)

    causal(ahead)


def test_the_mind_does_not_look_ahead() -> None:
    core = Core.build(SMALL)

    def ahead(rows: np.ndarray) -> Iterator[np.ndarray]:
        found = list(of_mind(core, table_of(rows), 1))
        assert len(found) == len(rows) - 1
        return iter(found)

    causal(ahead)


class Dreamer:
    """A rig of one stream that dreams of its last row, growing by 1 each tick."""

    def __init__(self) -> None:
        self.last = np.zeros((1, 2))
        self.moments: list[float] = []

    def tick(self, values: np.ndarray, times: np.ndarray) -> None:
        self.last = values
        self.moments += times.tolist()

    def free_run(self, ticks: int) -> np.ndarray:
        return self.last[:, None] + np.arange(1, ticks + 1)[None, :, None]


def test_far_forecasts_of_the_mind_are_its_dreams_after_each_row() -> None:
    table, dreamer = table_of(drawn()), Dreamer()
    assert isinstance(dreamer, FreeRunning)
    found = played(dreamt(dreamer, table, 3), Split(80, 10, 60), 3, 2, lambda _: None)
    np.testing.assert_array_equal(dreamer.moments, table.times[: found.rows])
    for step in range(3):
        np.testing.assert_allclose(found.forecasts[:, step], table.values[87:147] + step + 1)


@pytest.mark.slow
def test_what_the_mind_foretells_stands_beside_the_row_it_is_of() -> None:
    rows = np.tile([[0.0], [1.0], [5.0]], (150, 1))
    task = Task("turns", table_of(rows), Split(300, 0, 150), 1)
    found = run(task, CoreConfig(neurons=16, width=16), silent).methods["mind"]
    assert found.mse < 0.2 < run(task, None, silent).methods["last value"].mse
    assert np.corrcoef(found.predictions[:, 0], rows[300:, 0])[0, 1] > 0.9


def test_late_labels_are_learned_when_the_last_of_them_has_come() -> None:
    """At each row the weights are those of ridge regression over all forecasts that are over by then."""
    rows, horizon = drawn(60), 4
    model = LateLeastSquares(OwnLagFeatures(2, 1, 3, others=False), 2, horizon, forgetting=1.0)
    expected = np.array([model.tick(row) for row in rows])
    features = np.array([[*rows[row - 2 : row + 1, 0][::-1], 1.0] for row in range(2, 60)])  # of rows 2 to 59
    for row in (20, 45):
        x = np.array([[rows[k - lag, 0] if k >= lag else 0.0 for lag in range(3)] + [1.0] for k in range(row - 3)])
        y = np.array([rows[k + 1 : k + 1 + horizon, 0] for k in range(row - 3)])
        prior = np.zeros((4, horizon))
        prior[0] = 1.0
        weights = np.linalg.solve(x.T @ x + np.eye(4), x.T @ y + prior)
        np.testing.assert_allclose(expected[row, :, 0], features[row - 2] @ weights, rtol=1e-8)


def test_late_regressions_find_what_an_autoregression_lets_one_know() -> None:
    rows = drawn(6000, 1)
    found = {name: np.array(list(of_baseline(make(), rows))) for name, make in methods(1, 1, 40, 5).items()}
    best = np.mean([sum(0.64**k for k in range(step)) for step in range(1, 6)])  # variance of what is still to come
    for name in ("rls own lags", "rls cross lags 1"):
        error = np.mean(
            [(rows[1000 + step : 5990 + step, 0] - found[name][1000:5990, step - 1, 0]) ** 2 for step in range(1, 6)]
        )
        assert error == pytest.approx(best, rel=0.06), name


# --- runs ---


@pytest.mark.slow
def test_missing_cells_are_not_scored_and_stop_nobody() -> None:
    values = drawn()
    values[np.random.default_rng(3).random(values.shape) < 0.2] = np.nan
    values[100:110] = np.nan
    task = Task("holes", table_of(values), Split(80, 10, 60), 1)
    outcome = run(task, SMALL, silent)
    assert set(outcome.methods) == {"mind", *NEXT}
    for name, found in outcome.methods.items():
        assert np.isfinite(found.predictions).all() or name == "river linear"
        assert found.mse < 10 or name.startswith("river")
    by_hand = values[90:150] - outcome.methods["mind"].predictions
    _, deviation = z_score(task)
    assert outcome.methods["mind"].mse == pytest.approx(np.nanmean((by_hand / deviation) ** 2), rel=1e-9)


@pytest.mark.slow
def test_last_value_by_hand() -> None:
    values = drawn()
    found = run(Task("drawn", table_of(values), Split(80, 10, 60), 1), None, silent).methods["last value"]
    scale = values[:80].std(axis=0)
    assert found.mse == pytest.approx(np.mean(((values[90:150] - values[89:149]) / scale) ** 2))
    assert found.scores.mae == pytest.approx(np.mean(np.abs((values[90:150] - values[89:149]) / scale)))
    np.testing.assert_allclose(found.predictions, values[89:149])


@pytest.mark.slow
def test_seasons_are_left_out_where_there_are_none() -> None:
    outcome = run(Task("untimed", table_of(drawn(), step_s=1.0), Split(80, 10, 60), 1), None, silent)
    assert "seasonal value" not in outcome.methods
    assert any("season" in note for note in outcome.figures()["notes"])


def test_a_channel_that_stands_still_keeps_its_unit_and_an_empty_one_is_refused() -> None:
    values = drawn()
    values[:, 0] = 7.0
    mean, deviation = z_score(Task("still", table_of(values), Split(80, 10, 60), 1))
    assert (mean[0], deviation[0]) == (7.0, 1.0)
    values[:80, 1] = np.nan
    with pytest.raises(UsageError, match="column c1 is empty"):
        z_score(Task("empty", table_of(values), Split(80, 10, 60), 1))


@pytest.mark.slow
def test_a_picture_of_channels_and_error(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    values = drawn()
    values[95:150, 1] = np.nan
    outcome = run(Task("drawn", table_of(values), Split(80, 10, 60), 1), SMALL, silent)
    assert draw(tmp_path / "seen.png", outcome).read_bytes().startswith(b"\x89PNG")


def test_given_sets_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "ett"
    folder.mkdir()
    values = drawn(100)
    write(folder / "WTH.csv", table_of(values), 0, values)
    (task,) = tasks(None, None, tmp_path, 1)
    assert (task.name, task.split) == ("WTH", Split(20, 5, 75))


# --- the command ---


@pytest.mark.slow
def test_the_command_says_it_all_and_writes_what_it_foretold(
    csv_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    asked = ["--csv", str(csv_file), "--rows", "80,10,60", "--write-predictions", str(out), "--neurons", "8"]
    assert execute(["bench", "forecast", *asked, "--output", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["sets"]["drawn"]
    assert found["events_per_s"] > 0
    assert set(found["channels"]) == {"c0", "c1"}
    assert found["mse"] == pytest.approx(np.mean([of["mse"] for of in found["channels"].values()]))
    assert set(found["baselines"]) == set(NEXT)
    assert found["best_baseline_mse"] == min(of["mse"] for of in found["baselines"].values())
    written, given = read(out), read(csv_file)
    assert written.stamps == given.stamps[90:150]
    scale = given.values[:80].std(axis=0)
    by_hand = np.mean(((written.values - given.values[90:150]) / scale) ** 2)
    assert found["mse"] == pytest.approx(by_hand, rel=1e-9)


def test_far_baselines_by_the_command(csv_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--csv", str(csv_file), "--rows", "80,10,60", "--horizon", "24", "--baselines-only"]
    assert execute(["bench", "forecast", *asked, "--output", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["sets"]["drawn"]
    assert "mse" not in found
    assert set(found["baselines"]) == set(FAR)
    assert execute(["bench", "forecast", *asked]) == 0
    assert "last value" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ([], "--csv"),
        (["--csv", "FILE"], "--rows"),
        (["--csv", "FILE", "--rows", "80,10"], "FIRST,SKIP,TEST"),
        (["--csv", "FILE", "--rows", "80,10,600"], "690 rows are asked for, the file has 160"),
        (["--csv", "FILE", "--rows", "1,10,60"], "at least 2"),
        (["--csv", "FILE", "--rows", "80,10,20", "--horizon", "24"], "at least the horizon"),
        (["--csv", "FILE", "--rows", "80,10,60", "--horizon", "7"], "horizon"),
        (["--csv", "nowhere.csv", "--rows", "80,10,60"], "no file"),
        (["--csv", "FILE", "--rows", "80,10,60", "--data", "DIR"], "--data DIR"),
        (["--data", "DIR"], "none of the given sets"),
        (["--data", "DIR", "--plot", "p.png"], "give it with --csv"),
        (["--csv", "FILE", "--rows", "80,10,60", "--write-predictions", "nowhere/out.csv"], "folder that is there"),
        (
            ["--csv", "FILE", "--rows", "80,10,60", "--write-predictions", "out.csv", "--baselines-only"],
            "leave --baselines-only out",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    csv_file: Path, asked: list[str], wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"FILE": str(csv_file), "DIR": str(csv_file.parent)}
    assert execute(["bench", "forecast", *(places.get(text, text) for text in asked)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert wanted in " ".join(said.err.split())


@pytest.mark.slow
def test_a_wide_table_gets_a_mind_as_wide() -> None:
    assert roomy(SMALL, 2) is SMALL
    task = Task("wide", table_of(drawn(40, 30)), Split(20, 5, 15), 1)
    assert np.isfinite(run(task, SMALL, silent).methods["mind"].predictions).all()
    with pytest.raises(UsageError, match="more than a mind can have"):
        roomy(SMALL, 5000)


def test_river_is_asked_where_it_is_installed() -> None:
    assert river_models.installed() == any(name.startswith("river") for name in NEXT)
