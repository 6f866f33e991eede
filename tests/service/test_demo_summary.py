"""From percepts to columns, scores, moments and the verdict."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from service.demo.report import report
from service.demo.summary import summarise
from service.demo.track import Track
from tests.service.percepts import cell, percept, track_of

START = 1_795_478_800.0


def walk(ticks: int = 500) -> Track:
    """A random walk whose every step but those of the first 100 s is foretold to half its size."""
    rng = np.random.default_rng(1)
    level, percepts = 10.0, list[dict[str, Any]]()
    for tick in range(ticks):
        step = float(rng.normal())
        expected = level + step / 2 if tick >= 100 else 1e6
        level += step
        fields = {
            "walk": cell(level, expected, 0.5),
            "flat": cell(3.0, 3.0),
            "on": cell(tick % 4 == 0, tick % 4 == 0, None),
            "state": cell("idle" if tick % 2 else "busy", "idle", None),
        }
        percepts.append(percept(START + tick, fields, surprise=50.0 if tick in (20, 250, 400, 420) else 1.0))
    return track_of(percepts)


def test_columns_are_filled_up_where_a_field_comes_late_or_stays_away() -> None:
    track = track_of([percept(1, {"a": cell(1, 1)}), percept(2, {"b": cell("x", "y", None)}), percept(3, {})])
    assert track.sensors["a"].raw == [1, None, None]
    assert track.sensors["b"].raw == [None, "x", None]
    assert track.sensors["b"].quality == ["missing", "ok", "missing"]
    assert len(track) == 3


def test_other_streams_are_passed_over() -> None:
    track = track_of([percept(1, {"a": cell(1, 1)}), percept(2, {"a": cell(9, 1)}, stream="other")])
    assert track.sensors["a"].raw == [1]


def test_sigmas() -> None:
    track = track_of([percept(1, {"a": cell(4.0, 1.0, 2.0), "b": cell("x", "y", None), "c": cell(None, 1.0)})])
    assert [track.sensors[name].sigmas(0) for name in "abc"] == [1.5, None, None]


def test_scores_count_nobody_before_the_warm_up_is_over() -> None:
    summary = summarise(walk(), rejected=2, seconds=2.0, pace="flat out", warm_up_s=100.0)
    assert [score.sensor for score in summary.sensors] == ["walk"]
    assert summary.plastream == pytest.approx((summary.last_value or 0.0) / 4.0)
    assert summary.events_per_s == pytest.approx(502 / 2.0)
    assert "below last value" in summary.verdict()


def test_a_bad_start_counts_where_it_is_inside() -> None:
    summary = summarise(walk(), rejected=0, seconds=1.0, pace="", warm_up_s=99.0)
    assert summary.plastream is not None
    assert summary.plastream > 100.0
    assert "ABOVE last value" in summary.verdict()


def test_silence_is_no_way_to_look_good() -> None:
    ticks = [percept(START + tick, {"a": cell(float(tick % 7), None if tick > 5 else 0.0)}) for tick in range(50)]
    summary = summarise(track_of(ticks), rejected=0, seconds=1.0, pace="", warm_up_s=6.0)
    actual = np.array([tick % 7 for tick in range(6, 50)], dtype=np.float64)
    assert summary.plastream == pytest.approx(np.mean(actual**2) / np.var(actual))


def test_symbols_are_scored_by_shares() -> None:
    summary = summarise(walk(), rejected=0, seconds=1.0, pace="", warm_up_s=100.0)
    scores = {score.sensor: (score.plastream, score.last_value) for score in summary.symbols}
    assert scores == {"on": (1.0, 0.5), "state": (0.5, 0.0)}


def test_moments_are_apart_and_name_the_sensor() -> None:
    summary = summarise(walk(), rejected=0, seconds=1.0, pace="", warm_up_s=100.0)
    high = [moment for moment in summary.moments if moment.surprise == 50.0]
    assert [moment.after_s for moment in high] == [250.0, 400.0]
    assert {moment.sensor for moment in high} == {"walk"}


def test_too_short_a_run_has_no_verdict_and_says_so() -> None:
    summary = summarise(walk(50), rejected=0, seconds=1.0, pace="")
    assert summary.plastream is None
    assert "no verdict" in summary.verdict()
    assert summary.moments == ()


def test_json_is_plain_and_complete() -> None:
    content = summarise(walk(), rejected=0, seconds=1.0, pace="flat out", warm_up_s=100.0).as_json()
    assert content["sensors"][0]["sensor"] == "walk"
    assert content["verdict"].startswith("one-step error")
    assert not any(isinstance(value, float) and math.isnan(value) for value in content.values())


def test_the_report_tells_everything() -> None:
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(report(summarise(walk(), rejected=3, seconds=2.0, pace="flat out", warm_up_s=100.0)))
    text = " ".join(console.export_text().split())
    for told in ("walk", "last value", "exp. smoothing", "chosen afterwards", "3 dead letters", "50.0 σ", "Verdict:"):
        assert told in text
