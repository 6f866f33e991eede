"""`plastream bench ablation`: arms are minds that differ, and each measure sees what a part is for."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plastic_core.core import Core, CoreConfig
from service.bench.ablation.arms import ARMS, WHOLE
from service.bench.ablation.measures import Sizes, coupled, motifs, one_shot, regimes
from service.bench.ablation.run import heads, run, table_rows
from service.bench.forecast.splits import Split
from service.errors import UsageError
from tests.service.command import plastream

SMALL = CoreConfig(neurons=8)
BRIEF = Sizes(ticks=24, gap=10)
FIGURES = ["new", "return", "switch mse", "events_per_s", "motif", "missing", "rank start", "rank middle", "rank end"]


def no_progress(_share: float) -> None:
    """Nobody looks."""


def ett(folder: Path, rows: int) -> Path:
    """A folder of data with one table of two columns."""
    (folder / "ett").mkdir()
    drawn = coupled(rows)
    lines = [f"2020-01-01 00:{row // 60:02}:{row % 60:02},{drawn[row, 0]},{drawn[row, 1]}" for row in range(rows)]
    (folder / "ett" / "small.csv").write_text("\n".join(["date,one,two", *lines]))
    return folder


def test_every_arm_is_another_core_and_the_whole_is_the_config() -> None:
    versions = {name: make(SMALL).version for name, make in ARMS.items()}
    assert len(set(versions.values())) == len(ARMS)
    assert versions[WHOLE] == Core.build(SMALL).version


def test_a_frozen_trace_stays_empty() -> None:
    core = ARMS["trace frozen"](SMALL)
    memory, rows, used = core.initial(1), np.zeros(1, np.int64), np.full(1, 2)
    for tick in range(5):
        x = np.full((1, core.config.width), np.sin(tick), np.float32)
        mixture = core.mix(memory, rows, x, np.ones_like(x, np.bool_), used)
        core.step(memory, rows, mixture, used)
        core.expect(memory, rows, mixture, used)
    assert not memory.trace.any()
    assert memory.hidden.any()


def test_motifs_return_to_the_last_digit_after_other_noise() -> None:
    values, scored = motifs(gap=30)
    assert len(values) == len(scored)
    returns = np.flatnonzero(scored)
    assert 0 < len(returns) < len(values) / 6
    np.testing.assert_array_equal(values[returns], values[returns - 50])
    assert abs(np.corrcoef(values[returns].ravel(), values[returns - 49].ravel())[0, 1]) < 0.1


@pytest.mark.slow
def test_the_table_has_every_arm_and_measure(tmp_path: Path) -> None:
    found = run(SMALL, ett(tmp_path, 120), sizes=BRIEF, rows=Split(40, 20, 60))
    assert list(found["arms"]) == list(ARMS)
    for own in found["arms"].values():
        assert list(own) == ["small mse", *FIGURES]
        assert np.isfinite(list(own.values())).all()
    assert set(found["relative"][WHOLE].values()) == {1.0}
    assert heads(found) == ("arm", "small mse", *FIGURES, "state")
    assert [row[0] for row in table_rows(found)] == list(ARMS)


@pytest.mark.slow
def test_a_state_that_has_died_is_told() -> None:
    found = run(replace(SMALL, neurons=1), arms=[WHOLE], sizes=BRIEF)
    assert found["warnings"][0].startswith("whole: rank start is 1, ")
    assert table_rows(found)[0][-1] == "died"


@pytest.mark.slow
def test_episodes_are_needed_for_what_was_seen_once() -> None:
    with_them, without = (one_shot(ARMS[name](SMALL), Sizes(), no_progress) for name in (WHOLE, "no episodes"))
    assert with_them["motif"] < 0.9 < 0.95 < without["motif"]


@pytest.mark.slow
def test_regimes_are_needed_for_what_returns() -> None:
    with_them, without = (regimes(ARMS[name](SMALL), Sizes(), no_progress) for name in (WHOLE, "no regimes"))
    assert with_them["return"] < 30
    assert without["return"] > 3 * with_them["return"]


def test_what_is_not_there_is_an_error_of_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no arm 'soul'"):
        run(SMALL, arms=["soul"])
    with pytest.raises(UsageError, match="no CSV files in"):
        run(SMALL, tmp_path)


@pytest.mark.slow
def test_command_prints_the_arms_asked_for() -> None:
    told = ["--arm", "no clock", "--ticks", "100", "--neurons", "8", "--output", "json"]
    said, complaints = (process := plastream("bench", "ablation", *told)).communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    assert list(json.loads(said)["arms"]) == [WHOLE, "no clock"]
