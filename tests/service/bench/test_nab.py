"""`plastream bench nab`: the corpus, scores worked out by hand, the command."""

import csv
import json
from math import exp
from pathlib import Path

import numpy as np
import pytest

from plastic_core.state import Float64
from service.bench.nab.corpus import COLUMNS, Series, corpus
from service.bench.nab.detectors import DETECTORS, out_of_range, stage
from service.bench.nab.mind import alike
from service.bench.nab.sampling import interval, out_of_sample
from service.bench.nab.scoring import PROFILES, judged, sweep
from service.errors import UsageError
from tests.service.command import plastream

ROWS = 100


def series(windows: list[tuple[int, int]], rows: int = ROWS, name: str = "a/x.csv") -> Series:
    values = np.random.default_rng(rows).normal(size=rows)
    return Series(name, [""] * rows, np.arange(rows) * 300.0, [""] * rows, values, windows)


def spoken(*rows: int, of: int = ROWS) -> Float64:
    scores = np.zeros(of)
    scores[list(rows)] = 0.9
    return scores


def sigmoid(y: float) -> float:
    return 2 / (1 + exp(5 * y)) - 1


def points(windows: list[tuple[int, int]], *rows: int, profile: str = "standard") -> float:
    """Normalised score of detections at these rows, by the sweep."""
    swept = sweep([judged(series(windows))], [spoken(*rows)], PROFILES[profile])
    return swept.at(0.9, np.ones(1))


def test_a_detection_in_a_window_is_worth_less_the_later_it_comes() -> None:
    assert points([(50, 59)], 50) == pytest.approx(100)
    late = sigmoid(-5 / 10) / sigmoid(-1)
    assert points([(50, 59)], 55) == pytest.approx(100 * (1 + late) / 2)
    assert points([(50, 59)], 55, 59, 52) == pytest.approx(100 * (1 + sigmoid(-8 / 10) / sigmoid(-1)) / 2)


def test_a_false_detection_costs_less_shortly_after_a_window() -> None:
    hit = points([(50, 59)], 50)
    assert points([(50, 59)], 50, 20) == pytest.approx(hit - 100 * 0.11 / 2)
    assert points([(50, 59)], 50, 60) == pytest.approx(hit + 100 * 0.11 * sigmoid(1 / 9) / 2)
    assert points([(50, 59)], 50, 90) == pytest.approx(hit - 100 * 0.11 / 2)
    assert points([(50, 59)], 50, 20, profile="low_fp") == pytest.approx(hit - 100 * 0.22 / 2)


def test_a_miss_costs_twice_where_misses_count_twice() -> None:
    two = [(30, 39), (70, 79)]
    assert points(two, 30) == pytest.approx(50)
    assert points(two, 30, profile="low_fn") == pytest.approx(100 * (1 + 2) / (2 * 3))
    assert points(two) == 0.0


def test_rows_of_probation_do_not_count() -> None:
    assert judged(series([(50, 59)])).first == 15
    assert judged(series([], rows=20_000)).first == 750
    assert points([(50, 59)], 50, 3, 14) == pytest.approx(100)
    assert judged(series([(2, 10), (50, 59)])).windows == 1


def test_one_threshold_serves_all_files() -> None:
    files = [judged(series([(50, 59)])), judged(series([(40, 49)]))]
    first, second = spoken(50), np.zeros(ROWS)
    second[[20, 40]] = 0.7, 0.6
    swept = sweep(files, [first, second], PROFILES["standard"])
    threshold, best = swept.best(np.ones(2))
    assert threshold == 0.6
    assert best == pytest.approx(100 * (4 - 0.11) / 4)
    assert swept.best(np.array([1.0, 0.0])) == (0.9, pytest.approx(100))
    assert swept.at(0.65, np.ones(2)) == pytest.approx(100 * (2 - 0.11) / 4)
    assert swept.at(2.0, np.ones(2)) == 0.0


def test_silence_is_best_where_all_is_false() -> None:
    swept = sweep([judged(series([(50, 59)]))], [spoken(20)], PROFILES["standard"])
    assert swept.best(np.ones(1)) == (np.inf, 0.0)


def test_a_sweep_of_random_scores_is_what_counting_says() -> None:
    draw = np.random.default_rng(0)
    windows = [(30, 41), (60, 80)]
    file, scores = judged(series(windows)), draw.integers(0, 6, ROWS) / 6
    swept = sweep([file], [scores], PROFILES["low_fn"])
    for threshold in np.unique(scores):
        raw = 0.0
        for number in range(len(windows)):
            worth = [
                w
                for w, k, s in zip(file.worth, file.window, scores[15:], strict=True)
                if k == number and s >= threshold
            ]
            raw += max(worth) if worth else -2.0
        raw += 0.11 * sum(file.worth[(file.window < 0) & (scores[15:] >= threshold)])
        assert swept.at(float(threshold), np.ones(1)) == pytest.approx(100 * (raw + 4) / 6)


def test_out_of_sample_is_no_better_than_in_sample() -> None:
    draw = np.random.default_rng(1)
    files = [judged(series([(50, 59)], name=str(k))) for k in range(8)]
    swept = sweep(files, [draw.random(ROWS) for _ in files], PROFILES["standard"])
    low, high = interval(swept)
    best = swept.best(np.ones(8))[1]
    assert out_of_sample(swept) < best
    assert low <= high
    assert low < best


def test_one_file_or_none_with_a_window_has_no_other_half() -> None:
    assert np.isnan(out_of_sample(sweep([judged(series([]))], [spoken(20)], PROFILES["standard"])))
    assert np.isnan(interval(sweep([judged(series([]))], [spoken(20)], PROFILES["standard"]))).all()


@pytest.mark.parametrize("name", list(DETECTORS))
def test_detectors_know_no_later_row(name: str) -> None:
    whole = series([], rows=300)
    cut = Series(whole.name, whole.stamps[:200], whole.times[:200], whole.texts[:200], whole.values[:200], [])
    scores = DETECTORS[name](whole)
    np.testing.assert_array_equal(DETECTORS[name](cut), scores[:200])
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_the_range_rule_and_the_stage_find_a_spike() -> None:
    spiked = series([], rows=600)
    spiked.values[:] = np.sin(np.arange(600) / 7)
    spiked.values[500] = 12.0
    assert np.argmax(out_of_range(spiked)[100:]) == 400
    assert stage(spiked.values)[500] > 0.99


def test_files_of_about_one_length_live_together() -> None:
    files = [series([], rows=rows) for rows in (100, 400, 110, 430, 1000)]
    assert alike(files) == [[0, 2], [1, 3], [4]]


def written(folder: Path, rows: int = 700) -> Path:
    """A corpus of two files with a burst each, in a window."""
    labels: dict[str, list[list[str]]] = {}
    for number, name in enumerate(("left/one.csv", "right/two.csv")):
        draw = np.random.default_rng(number)
        values = np.sin(np.arange(rows) / 7) + draw.normal(0, 0.1, rows)
        values[500:504] += 6
        stamps = [f"2014-02-{1 + t // 288:02d} {t % 288 // 12:02d}:{t % 12 * 5:02d}:00" for t in range(rows)]
        path = folder / "data" / name
        path.parent.mkdir(parents=True)
        lines = [f"{stamp},{value!r}" for stamp, value in zip(stamps, values.tolist(), strict=True)]
        path.write_text("\n".join(["timestamp,value", *lines]) + "\n", encoding="utf-8")
        labels[name] = [[stamps[480] + ".000000", stamps[540] + ".000000"]]
    (folder / "labels").mkdir()
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(labels), encoding="utf-8")
    return folder


def test_files_and_windows_are_read(tmp_path: Path) -> None:
    one, two = corpus(written(tmp_path))
    assert (one.name, two.name) == ("left/one.csv", "right/two.csv")
    assert one.windows == [(480, 540)]
    assert np.diff(one.times).tolist() == [300.0] * 699
    assert float(one.texts[3]) == one.values[3]


@pytest.mark.slow
def test_the_command_scores_and_writes(tmp_path: Path) -> None:
    folder = written(tmp_path / "nab")
    scores = tmp_path / "scores"
    process = plastream(
        "bench", "nab", "--data", str(folder), "--write-scores", str(scores), "--neurons", "8", "--output", "json"
    )
    said, complaints = process.communicate(timeout=240)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    assert (found["files"], found["windows"], found["rows"]) == (2, 2, 1400)
    mind = found["detectors"]["plastream"]
    assert mind["standard"] > 80
    assert mind["events_per_s"] > 0
    assert {"errors of the mind", "last value", "range rule", "windowed Gaussian", "random"} <= set(found["detectors"])
    assert found["detectors"]["nothing"] == mind | {
        "standard": 0.0,
        "low_fp": 0.0,
        "low_fn": 0.0,
        "out_of_sample": 0.0,
        "low": 0.0,
        "high": 0.0,
        "threshold": None,
        "events_per_s": found["detectors"]["nothing"]["events_per_s"],
    }
    with (scores / "left" / "one.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header == [*COLUMNS, "anomaly_score"]
    assert [row[:2] for row in rows] == [
        line.split(",") for line in (folder / "data/left/one.csv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    loudest = max(range(105, 700), key=lambda row: float(rows[row][2]))
    assert 500 <= loudest <= 504


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("labels/combined_windows.json", None, "no labels"),
        ("labels/combined_windows.json", "{", "is no JSON"),
        ("labels/combined_windows.json", "[]", "must map files to windows"),
        ("labels/combined_windows.json", "{}", "says nothing of left/one.csv"),
        ("data/left/one.csv", "time,value\n", "the columns must be timestamp,value"),
        ("data/left/one.csv", "timestamp,value\nnow,1\n", "Invalid isoformat"),
        ("data/left/one.csv", "timestamp,value\n2014-02-01 00:00:00,warm\n", "could not convert"),
        ("data/left/one.csv", "", "the columns must be"),
        ("data/left/one.csv", "timestamp,value\n2014-02-01 00:00:00\n", "out of range"),
    ],
)
def test_what_is_no_corpus_is_an_error_of_usage(tmp_path: Path, path: str, text: str | None, complaint: str) -> None:
    place = written(tmp_path) / path
    if text is None:
        place.unlink()
    else:
        place.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=complaint):
        corpus(tmp_path)


def test_an_empty_folder_is_an_error_of_usage(tmp_path: Path) -> None:
    process = plastream("bench", "nab", "--data", str(tmp_path))
    _, complaints = process.communicate(timeout=120)
    assert process.returncode == 2
    assert b"no labels" in complaints
