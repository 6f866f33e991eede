"""The picture at the end."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from service.demo.plot import chosen, draw
from service.demo.summary import summarise
from service.demo.track import Track
from service.errors import MissingPartError
from tests.service.percepts import cell, percept, track_of


def waves(ticks: int = 200) -> Track:
    percepts = list[dict[str, Any]]()
    for tick in range(ticks):
        fields = {f"cpu.core{number}": cell(50 + 40 * math.sin(tick / (3 + number)), 50.0, 20.0) for number in range(8)}
        fields["memory.used"] = cell(20 + 0.1 * tick, None if tick < 3 else 20.0)
        fields["flat"] = cell(1.0, 1.0)
        fields["state"] = cell("idle", "idle", None)
        percepts.append(percept(1000.0 + tick, fields, surprise=1.0 + 100.0 * (tick == 150)))
    return track_of(percepts)


def test_panels_show_what_moves_and_different_parts() -> None:
    names = [sensor.name for sensor in chosen(waves())]
    assert len(names) == 6
    assert "memory.used" in names
    assert not {"flat", "state"} & set(names)


@pytest.mark.slow
def test_a_png_of_a_readable_size_is_written(tmp_path: Path) -> None:
    track = waves()
    summary = summarise(track, rejected=0, seconds=1.0, pace="", warm_up_s=60.0)
    path = draw(tmp_path / "new" / "run.png", track, summary, lambda _: "%")
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width >= 1200
    assert height >= 1000


@pytest.mark.slow
@pytest.mark.parametrize("ticks", [1, 2])
def test_the_shortest_runs_can_be_drawn(tmp_path: Path, ticks: int) -> None:
    track = waves(ticks)
    summary = summarise(track, rejected=0, seconds=1.0, pace="")
    assert draw(tmp_path / "run.png", track, summary).stat().st_size > 1000


def test_without_matplotlib_one_line_tells_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    track = waves(5)
    with pytest.raises(MissingPartError, match=r"pip install .*plastream\[plot\]"):
        draw(tmp_path / "run.png", track, summarise(track, rejected=0, seconds=1.0, pace=""))
