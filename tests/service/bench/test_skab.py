"""`plastream bench skab`: reading the files, counting alarms, and faults that last."""

import json
from pathlib import Path

import numpy as np
import pytest

from service.bench.skab.corpus import corpus
from service.bench.skab.judges import least_squares
from service.bench.skab.scoring import figures, stretches
from service.errors import UsageError
from tests.service.command import plastream

HEADER = "datetime;flow;heat;anomaly;changepoint"


def written(folder: Path, name: str = "a", rows: int = 500, begin: int = 350, stop: int = 450) -> Path:
    """A rig at rest whose flow is 2.5 deviations lower between two rows, while heat wanders."""
    generator = np.random.default_rng(len(name))
    flow, heat = generator.normal(30, 1, rows), generator.normal(0, 0.1, rows).cumsum() + 70
    flow[begin:stop] -= 2.5
    lines = [
        f"2020-03-09 {16 + t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d};{flow[t]};{heat[t]};"
        f"{float(begin <= t < stop)};{float(t == begin)}"
        for t in range(rows)
    ]
    path = folder / f"{name}.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def test_files_are_read_with_their_own_sensors(tmp_path: Path) -> None:
    written(tmp_path, "b")
    written(tmp_path, "a", rows=400, begin=300, stop=320)
    first, second = corpus(tmp_path)
    assert (first.name, second.name) == ("a", "b")
    assert list(first.sensors) == ["flow", "heat"]
    assert first.values.shape == (400, 2)
    assert np.diff(first.times).tolist() == [1.0] * 399
    assert stretches(first.anomalous) == [(300, 320)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("time;flow;anomaly;changepoint\n", "columns must be datetime;<sensors>;anomaly;changepoint"),
        ("datetime,flow,heat,anomaly,changepoint\n", "columns must be"),
        (HEADER + "\n2020-03-09 16:00:00;1;2\n", "a row is not a time and 4 numbers"),
        (HEADER + "\n2020-03-09 16:00:00;1;warm;0;0\n", "a row is not a time and 4 numbers"),
        (HEADER + "\n2020-03-09 16:00:00;1;nan;0;0\n", "'nan' is not finite"),
        (HEADER + "\n", "has no rows"),
        ("", "columns must be"),
    ],
)
def test_what_is_no_such_file_is_an_error_of_usage(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=complaint):
        corpus(tmp_path)


def test_alarms_are_counted_over_all_files_together() -> None:
    label = np.zeros(100, np.bool_)
    label[60:80] = True
    answer = np.zeros(100, np.bool_)
    answer[65:90] = True
    told = figures([answer, np.zeros(100, np.bool_)], [label, label], first=50)
    assert told["f1"] == pytest.approx(2 * 15 / (2 * 15 + 10 + 25))
    assert told["false_alarm_rate"] == pytest.approx(10 / 60)
    assert told["missed_alarm_rate"] == pytest.approx(25 / 40)
    assert told["delay_rows"] == (5 + 20) / 2
    assert told["found"] == 0.5
    assert told["end_delay_rows"] == (10 + 0) / 2


def test_rows_before_the_first_scored_one_do_not_count() -> None:
    label = np.zeros(100, np.bool_)
    early = np.zeros(100, np.bool_)
    early[:50] = True
    assert figures([early], [label], first=50)["false_alarm_rate"] == 0.0
    assert figures([early], [label], first=40)["false_alarm_rate"] == pytest.approx(10 / 60)


def test_a_fault_that_lasts_is_unlearned_by_who_goes_on_learning(tmp_path: Path) -> None:
    written(tmp_path, rows=700, begin=350, stop=600)
    (series,) = corpus(tmp_path)
    frozen, learning = (
        figures([least_squares(series, 300, frozen=frozen)], [series.anomalous], 300) for frozen in (True, False)
    )
    assert frozen["f1"] > 0.85
    assert learning["missed_alarm_rate"] > frozen["missed_alarm_rate"] + 0.2


@pytest.mark.slow
def test_command_scores_every_answer_and_draws(tmp_path: Path) -> None:
    data, picture = tmp_path / "data", tmp_path / "new" / "skab.png"
    data.mkdir()
    written(data)
    told = ["--data", str(data), "--first", "300", "--neurons", "16", "--plot", str(picture)]
    process = plastream("bench", "skab", *told, "--output", "json")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    assert {"plastream", "RLS, frozen", "RLS, learning", "always"} == set(found["judges"])
    assert found["judges"]["always"]["missed_alarm_rate"] == 0.0
    assert found["judges"]["always"]["f1"] == pytest.approx(2 * 0.5 / 1.5, abs=1e-3)
    assert set(found["files"]) == {"a"}
    assert found["events_per_s"] > 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    process = plastream("bench", "skab", "--data", str(data), "--first", "500")
    _, complaints = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "500 rows leave none to score after 500" in complaints.decode()
