"""The parts of `plastream bench forecast`: times, tables, protocols, scores."""

from pathlib import Path

import numpy as np
import pytest

from service.bench.forecast.methods import season_rows
from service.bench.forecast.published import MSE, published
from service.bench.forecast.score import CAP, scores
from service.bench.forecast.splits import GIVEN, HOURLY, Split, fifth_and_three_quarters, split_of
from service.bench.forecast.table import read, write
from service.bench.forecast.times import rows_a_day, seconds_of
from service.errors import UsageError
from tests.service.bench.tables import HOUR_S, drawn, table_of

# --- tables ---


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["2016-07-01 00:00:00", "2016-07-01 01:00:00"], [1467331200.0, 1467334800.0]),
        (["2016-07-01T00:00:00+02:00"], [1467324000.0]),
        (["1/1/2010 0:00", "1/2/2010 1:00"], [1262304000.0, 1262394000.0]),
        (["1/2/2010 0:00", "31/12/2010 0:00"], [1264982400.0, 1293753600.0]),
        (["01.02.2010 00:10:00"], [1264983000.0]),
        (["2010/1/2 3:04:05.5", "2010-01-02"], [1262401445.5, 1262390400.0]),
        (["1262304000", "1262304000.25"], [1262304000.0, 1262304000.25]),
        (["1262304000000", "1262304001000"], [1262304000.0, 1262304001.0]),
        (["1262304000000000"], [1262304000.0]),
        (["", "2010-13-01 00:00:00", "soon"], [np.nan, np.nan, np.nan]),
        (["0", "1", "2"], [0.0, 1.0, 2.0]),
    ],
)
def test_times_in_the_forms_that_files_have(cells: list[str], wanted: list[float]) -> None:
    np.testing.assert_allclose(seconds_of(cells), wanted, atol=1e-5)


def test_rows_a_day() -> None:
    assert rows_a_day(HOUR_S * np.arange(50)) == 24
    assert rows_a_day(np.array([0.0, 900.0, 1800.0, np.nan, 90_000.0, 90_900.0])) == 96
    assert rows_a_day(np.array([5.0])) == rows_a_day(np.full(3, np.nan)) == 1
    assert season_rows(24, first=100) == 24
    assert season_rows(96, first=100) == 1, "one day is no season yet"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_with_holes(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "holes.csv"
    lines = ["date,a,b", "2010-01-01 00:00:00,1.5,", "2010-01-01 01:00:00,NaN,-2e3", "", "2010-01-01 02:00:00,inf,null"]
    path.write_text("\ufeff" + "\n".join(lines).replace(",", separator), encoding="utf-8")
    found = read(path)
    assert (found.time_name, found.channels, len(found)) == ("date", ["a", "b"], 3)
    np.testing.assert_array_equal(found.values, [[1.5, np.nan], [np.nan, -2000.0], [np.nan, np.nan]])
    assert found.times.tolist() == [1262304000.0, 1262307600.0, 1262311200.0]


def test_what_is_written_is_read_back_to_the_last_bit(tmp_path: Path) -> None:
    table, values = table_of(drawn(20)), drawn(5, seed=1)
    values[2, 1] = np.nan
    write(tmp_path / "out.csv", table, 3, values)
    found = read(tmp_path / "out.csv")
    assert (found.time_name, found.channels, found.stamps) == ("when", table.channels, table.stamps[3:8])
    np.testing.assert_array_equal(found.values, values)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "no CSV"),
        ("date\n1\n", "at least one channel"),
        ("date,a,a\n1,2,3\n", "name of its own"),
        ("date,a\n1,2,3\n", "line 2: 3 cells"),
        ("date,a\n1,2\n2,warm\n", "line 3, column a: 'warm' is no number"),
        ("date,a\nsoon,2\n", "line 2: 'soon' is no time"),
    ],
)
def test_what_is_no_table_is_refused_by_place(tmp_path: Path, text: str, wanted: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=wanted):
        read(path)


# --- parts ---


def test_parts_of_the_published_protocol() -> None:
    assert (HOURLY.start, HOURLY.end) == (3600, 14400)
    assert fifth_and_three_quarters(35064) == Split(7012, 1754, 26298)
    assert fifth_and_three_quarters(35064).end == 35064
    assert GIVEN["ETTm1"].split(57600) == Split(11520, 2880, 43200)
    assert GIVEN["ETTm1-14400"].split(57600) == GIVEN["ETTh2"].split(14400) == HOURLY


@pytest.mark.parametrize("told", ["", "1,2", "1,2,3,4", "a,b,c", "-1,2,3", "1.5,2,3"])
def test_parts_that_are_none(told: str) -> None:
    with pytest.raises(UsageError, match="FIRST,SKIP,TEST"):
        split_of(told)


def test_published_figures_hold_for_their_own_parts_only() -> None:
    assert published("ETTh2", HOURLY, 17420, 1)["OneNet"] == 0.380
    assert published("ETTh2", Split(2880, 720, 10000), 17420, 1) == {}
    assert published("mine", HOURLY, 17420, 1) == {}
    assert {name for name, _ in MSE} <= set(GIVEN)


# --- scores ---


def test_scores_are_means_over_what_came() -> None:
    actual = np.array([[1.0, 10.0], [2.0, np.nan], [3.0, 30.0]])
    found = scores(np.array([[[1.0, 11.0]], [[4.0, 5.0]], [[3.0, 33.0]]]), actual, ["a", "b"])
    assert found.mse == pytest.approx((0 + 4 + 0 + 1 + 9) / 5)
    assert found.mae == pytest.approx((0 + 2 + 0 + 1 + 3) / 5)
    assert found.channels == {
        "a": pytest.approx({"mse": 4 / 3, "mae": 2 / 3}),
        "b": pytest.approx({"mse": 5.0, "mae": 2.0}),
    }
    np.testing.assert_allclose(found.by_row, [0.5, 4.0, 4.5])


def test_scores_of_several_steps_are_over_whole_forecasts() -> None:
    actual = np.arange(6.0)[:, None]
    forecasts = np.zeros((6, 3, 1))
    forecasts[:2] = 1e9  # these began before the first scored row
    for row in range(2, 6):
        forecasts[row, :, 0] = actual[row - 2 : row + 1, 0] + [0.0, 1.0, 2.0]
    found = scores(forecasts, actual, ["a"])
    assert len(found.by_row) == 4
    assert found.mse == pytest.approx((0 + 1 + 4) / 3)


def test_what_diverged_is_capped_and_what_never_came_is_no_number() -> None:
    forecasts = np.array([[[np.inf, 0.0, 1e200]], [[np.nan, 0.0, 0.0]]])
    found = scores(forecasts, np.array([[1.0, np.nan, 0.0], [1.0, np.nan, 0.0]]), ["a", "b", "c"])
    assert found.mse == found.channels["a"]["mse"] == found.channels["c"]["mse"] == CAP
    assert np.isnan(found.channels["b"]["mse"])
