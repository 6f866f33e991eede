"""Frames as a person sees them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from service.demo.frame import Frame, SensorRow, sensor_rows
from service.demo.view import line, screen
from tests.service.percepts import cell, percept, track_of

FRAME = Frame(
    title="plastream demo",
    event_time=1_795_478_800.0,
    done=1200,
    total=7200,
    per_s=312.4,
    rejected=2,
    workers=2,
    restarts=0,
    surprise=(0.5, 1.0, 4.6),
    plasticity=0.02,
    sensors=(
        SensorRow("cpu.core0", 99.5, 12.25, 98.7, 6.5, (0.1, 6.5), 0.9, "", moving=True),
        SensorRow("memory.available", 25_033_945_088, 25.0e9, 25.0e9, 0.1, (0.1, 0.1), 0.2, "", moving=True),
        SensorRow("state", "compute", "idle", "compute", None, (0.0,), 0.5, "", moving=True),
        SensorRow("disk.read", None, 17.0, 17.0, None, (0.0,), 0.0, "missing", moving=False),
    ),
)


def shown(frame: Frame, width: int = 120, height: int = 40) -> list[str]:
    console = Console(record=True, width=width, height=height, file=io.StringIO())
    console.print(screen(frame, width, height))
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_everything_is_on_the_screen_and_nothing_runs_over(width: int) -> None:
    lines = shown(FRAME, width)
    text = "\n".join(lines)
    for told in ("plastream demo", "1,200 / 7,200", "312 events/s", "2 workers", "2 dead letters", "4.60 σ"):
        assert told in text
    for told in ("cpu.core0", "99.5", "12.25", "98.7", "6.5", "25.03G", "compute", "≠ expected", "missing"):
        assert told in text
    assert max(len(text) for text in lines) <= width


def test_the_newest_tick_is_never_cut_off() -> None:
    course = (0.0,) * 47 + (5.0,)
    row = replace(FRAME.sensors[0], recent=course)
    text = "\n".join(shown(replace(FRAME, sensors=(row,))))
    assert "▁█" in text


def test_sensors_that_do_not_fit_are_counted_and_still_ones_go_first() -> None:
    rows = tuple(replace(FRAME.sensors[0], name=f"sensor{number:02d}", moving=number % 2 == 0) for number in range(40))
    lines = shown(replace(FRAME, sensors=rows), height=30)
    text = "\n".join(lines)
    assert len(lines) <= 30
    assert "sensor00" in text
    assert "sensor01" not in text
    assert "more sensors" in text


def test_without_an_end_there_is_no_total() -> None:
    text = "\n".join(shown(replace(FRAME, total=None)))
    assert "1,200 events" in text
    assert "7,200" not in text


def test_what_is_waited_for_and_restarts_are_told() -> None:
    text = "\n".join(shown(replace(FRAME, note="workers are starting", restarts=3)))
    assert "workers are starting" in text
    assert "3 restarts" in text


def test_the_empty_frame_at_the_start() -> None:
    empty = replace(FRAME, event_time=None, done=0, surprise=(), sensors=(), workers=0)
    assert any("0 / 7,200" in text for text in shown(empty))


def test_one_line_for_pipes() -> None:
    told = line(replace(FRAME, note="waiting"))
    assert told == "1200/7200 events, 312/s, surprise 4.60 sigma, 2 dead letters (waiting)"


def test_rows_of_a_track() -> None:
    first = percept(1, {"a": cell(1.0, 1.0), "still": cell(2.0, 2.0), "odd": cell(1.0, 1.0, overridden=True)})
    second = percept(2, {"a": cell(3.0, 1.0, 0.5), "still": cell(2.0, 2.0), "odd": cell(1.0, 1.0, overridden=True)})
    rows = {row.name: row for row in sensor_rows(track_of([first, second]))}
    assert rows["a"].recent == (0.0, 4.0)
    assert rows["a"].moving
    assert not rows["still"].moving
    assert rows["odd"].mark == "overridden"
