"""Values to show, try and measure each encoder of the catalogue by.

A row of SPECIMENS is settings and values over a range, in order where they have one: what `plastream encoder plot`
draws and `plastream bench encode` measures. tests/encoders/test_specimens.py holds that each encoder has one and
understands it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Specimen:
    """How to show one encoder."""

    values: Callable[[int], Sequence[Any]]
    """How many -> about so many values over the range that is worth seeing."""
    history: Sequence[Any] = ()
    """What the stream has sent before."""
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    label: Callable[[Any], str] = str
    """How a value is written on an axis."""


def span(low: float, high: float) -> Callable[[int], list[float]]:
    """Equal steps from low to high.

    >>> span(0.0, 1.0)(3)
    [0.0, 0.5, 1.0]
    """
    return lambda count: [low + (high - low) * k / max(count - 1, 1) for k in range(count)]


def short(value: Any) -> str:
    """A number in few digits."""
    return f"{value:.4g}"


_MONDAY = datetime(2026, 9, 21, tzinfo=UTC)
_STATES = ("run", "running", "idle", "stop", "fault", "fault: bearing", "fault: motor", "maintenance")
_TEXTS = (
    "pump started by hand",
    "pump started by timer",
    "pump stopped by hand",
    "valve did not close",
    "valve did not open",
    "network link lost for 12 s",
    "network link lost for 90 s",
    "inspection finished",
)
_LINES = (
    "GET /v1/items/17 200 in 12 ms",
    "GET /v1/items/42 200 in 15 ms",
    "GET /v1/items/42 200 in 900 ms",
    "worker 3 lost its lease",
    "worker 9 lost its lease",
    "disk 81% full",
    "disk 97% full",
)


def _moments(count: int) -> list[datetime]:
    return [_MONDAY + timedelta(hours=168.0 * k / count) for k in range(count)]


def _year(count: int) -> list[datetime]:
    return [_MONDAY + timedelta(hours=8760.0 * k / count) for k in range(count)]


def _tones(count: int) -> list[list[float]]:
    """Windows of 64 samples of a tone that rises from 2 to 28 turns a window."""
    pitches = span(2.0, 28.0)(count)
    return [[math.sin(2.0 * math.pi * pitch * k / 64.0 + 0.7) for k in range(64)] for pitch in pitches]


def _peaks(count: int) -> list[list[float]]:
    """Spectra of 32 entries with one peak that moves up."""
    return [[1e-4 + math.exp(-((k - at) ** 2) / 8.0) for k in range(32)] for at in span(2.0, 30.0)(count)]


def _bars(count: int) -> list[list[float]]:
    """Counts in 16 buckets around a mode that moves up."""
    return [[round(100.0 * math.exp(-((k - at) ** 2) / 6.0)) for k in range(16)] for at in span(0.0, 15.0)(count)]


def _bundles(count: int) -> list[list[float]]:
    """Samples whose mean and spread grow together."""
    return [[at + 0.2 * at * math.sin(1.7 * k) for k in range(20)] for at in span(1.0, 10.0)(count)]


def _circle(count: int) -> list[list[float]]:
    """Three coordinates once around."""
    turns = span(0.0, 2.0 * math.pi)(count)
    return [[math.sin(turn), math.cos(turn), math.sin(2.0 * turn)] for turn in turns]


def _attitudes(count: int) -> list[list[float]]:
    """Quaternions x, y, z, w of a whole turn around the upright axis: the last is the first with its sign turned."""
    return [[0.0, 0.0, math.sin(turn / 2.0), math.cos(turn / 2.0)] for turn in span(0.0, 2.0 * math.pi)(count)]


def _journey(count: int) -> list[list[float]]:
    """Latitude and longitude on a walk of a hundred metres."""
    return [[38.7 + 0.0006 * share, -9.1 + 0.0009 * share] for share in span(0.0, 1.0)(count)]


def _walk(count: int) -> list[list[float]]:
    """Metres along a line on a plane."""
    return [[at, 0.5 * at] for at in span(0.0, 12.0)(count)]


def _tilts(count: int) -> list[list[float]]:
    """Gravity as seen by something that is turned over, in m/s2, and how fast, in rad/s."""
    turns = span(0.0, math.pi)(count)
    return [[9.81 * math.sin(turn), 0.0, 9.81 * math.cos(turn), 0.0, 1.0 + turn, 0.0] for turn in turns]


def _glow(count: int) -> list[list[list[float]]]:
    """Pictures of 16 x 16 points with a light that crosses them."""
    return [
        [[255.0 * math.exp(-((x - at) ** 2 + (y - 8) ** 2) / 10.0) for x in range(16)] for y in range(16)]
        for at in span(0.0, 15.0)(count)
    ]


def _approach(count: int) -> list[list[list[float]]]:
    """Depth pictures of 8 x 8 points, in metres, of a wall with a post that comes nearer."""
    return [[[near if 3 <= x <= 4 else 8.0 for x in range(8)] for _ in range(8)] for near in span(0.5, 7.5)(count)]


def _scans(count: int) -> list[list[float]]:
    """Ranges of 64 beams, in metres, with one near thing that goes around."""
    return [[1.0 if abs(k - at) < 4 else 10.0 for k in range(64)] for at in span(4.0, 60.0)(count)]


def _clouds(count: int) -> list[list[list[float]]]:
    """Clouds of 27 points whose middle moves, in metres."""
    corner = (-1.0, 0.0, 1.0)
    return [[[at + x, y, z] for x in corner for y in corner for z in corner] for at in span(-8.0, 8.0)(count)]


def _reaches(count: int) -> list[list[float]]:
    """Six joints of an arm that reaches out, in radians."""
    return [[turn * (k + 1) / 6.0 for k in range(6)] for turn in span(-1.5, 1.5)(count)]


def _bursts(count: int) -> list[list[float]]:
    """Times of spikes within a second, in a burst that comes later and later."""
    return [[min(at + 0.02 * k, 0.999) for k in range(6)] for at in span(0.0, 0.85)(count)]


def _packets(count: int) -> list[list[list[float]]]:
    """Events of a camera at an edge that moves to the right: x, y, t, polarity."""
    return [[[at + 4 * k, 12 * k, 1e-4 * k, 1] for k in range(40)] for at in span(0.0, 480.0)(count)]


def _two(count: int) -> list[list[Any]]:
    """A temperature and whether it heats."""
    return [[level, level < 20.0] for level in span(10.0, 30.0)(count)]


def first_number(value: Any) -> str:
    """The first number in a value of many."""
    return first_number(value[0]) if isinstance(value, list) else short(value)


_LEVELS = [20.0, 24.0, 16.0, 21.0, 18.0, 23.0, 19.0, 20.0]

SPECIMENS: dict[str, Specimen] = {
    "boolean": Specimen(lambda _: [False, True]),
    "calendar": Specimen(_year, label=lambda moment: f"{moment:%d %b}"),
    "category": Specimen(lambda _: list(_STATES)),
    "composite": Specimen(
        _two,
        history=[[level, False] for level in _LEVELS],
        settings={"parts": [{"encoder": "scalar"}, {"encoder": "boolean"}]},
        label=first_number,
    ),
    "counter": Specimen(span(7000.0, 7400.0), history=[1000.0 * k + 30.0 * (k % 4) for k in range(8)], label=short),
    "datetime": Specimen(_moments, label=lambda moment: f"{moment:%a %H:%M}"),
    "delta": Specimen(span(15.0, 25.0), history=_LEVELS, label=short),
    "depth": Specimen(_approach, label=first_number),
    "distribution": Specimen(_bundles, history=_bundles(8), label=first_number),
    "events": Specimen(_packets, label=first_number),
    "geospatial": Specimen(_journey, label=lambda place: f"{place[0]:.5f}"),
    "grid": Specimen(_walk, label=first_number),
    "histogram": Specimen(_bars, label=first_number),
    "image": Specimen(_glow, label=first_number),
    "imu": Specimen(_tilts, label=first_number),
    "interarrival": Specimen(
        span(1_790_000_700.0, 1_790_000_900.0),
        history=[1_790_000_000.0 + 100.0 * k + k % 3 for k in range(8)],
        label=lambda moment: f"+{moment - 1_790_000_701.0:.0f} s",
    ),
    "joints": Specimen(_reaches, label=first_number),
    "laser": Specimen(_scans, label=first_number),
    "log": Specimen(lambda count: [10.0**power for power in span(-2.0, 6.0)(count)], label=short),
    "periodic": Specimen(span(0.0, 360.0), label=short),
    "points": Specimen(_clouds, label=first_number),
    "population": Specimen(span(0.0, 1.0), label=short),
    "pose": Specimen(_attitudes, label=lambda attitude: f"{2.0 * math.degrees(math.acos(attitude[3])):.0f} deg"),
    "quantile": Specimen(span(0.0, 100.0), history=[100.0 * (k / 63.0) ** 3 for k in range(64)], label=short),
    "rdse": Specimen(span(0.0, 40.0), label=short),
    "scalar": Specimen(span(10.0, 30.0), history=_LEVELS, label=short),
    "set": Specimen(lambda _: [["hot"], ["hot", "door"], ["door"], ["door", "oil"], ["oil"], ["oil", "hot"]]),
    "spectrum": Specimen(_peaks, history=_peaks(8), label=lambda _: ""),
    "spikes": Specimen(_bursts, label=first_number),
    "template": Specimen(lambda _: list(_LINES)),
    "text": Specimen(lambda _: list(_TEXTS)),
    "vector": Specimen(_circle, history=_circle(8), label=first_number),
    "vibration": Specimen(_tones, history=_tones(8), settings={"rate_hz": 64.0}, label=lambda _: ""),
    "waveform": Specimen(_tones, history=_tones(8), settings={"rate_hz": 64.0}, label=lambda _: ""),
}
"""Name in the catalogue -> how to show it."""
