"""What the view shows at one moment: plain frozen values, so that showing needs no access to what runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.demo.track import SensorTrack, Track

RECENT = 48
"""Ticks that sparklines show."""


@dataclass(frozen=True)
class SensorRow:
    """One sensor at its newest tick."""

    name: str
    reading: Any
    expected: Any
    perceived: Any
    sigmas: float | None
    """Distance of the reading from the expectation in standard deviations; None for symbols."""
    recent: tuple[float, ...]
    """The same of the last ticks, oldest first."""
    gain: float
    """In [0, 1]: 0 trusts the expectation, 1 the sensor."""
    mark: str
    """missing, bad or overridden; empty for an ordinary reading."""
    moving: bool
    """Whether the reading ever changed."""


@dataclass(frozen=True)
class Frame:
    """The whole picture."""

    title: str
    event_time: float | None
    done: int
    total: int | None
    per_s: float
    """Events per second of late."""
    rejected: int
    workers: int
    restarts: int
    surprise: tuple[float, ...]
    """Of the stream, last ticks, oldest first, in sigmas."""
    plasticity: float
    sensors: tuple[SensorRow, ...]
    note: str | None = None
    """What is being waited for."""


def sensor_rows(track: Track) -> tuple[SensorRow, ...]:
    """The newest tick of every sensor, in the order in which sensors were first seen."""
    return tuple(_row(sensor) for sensor in track.sensors.values() if sensor.raw)


def _row(sensor: SensorTrack) -> SensorRow:
    newest = len(sensor.raw) - 1
    recent = tuple(sensor.sigmas(tick) or 0.0 for tick in range(max(0, newest + 1 - RECENT), newest + 1))
    quality = sensor.quality[newest]
    overridden = "overridden" if sensor.overridden[newest] else ""
    return SensorRow(
        name=sensor.name,
        reading=sensor.raw[newest],
        expected=sensor.expected[newest],
        perceived=sensor.perceived[newest],
        sigmas=sensor.sigmas(newest),
        recent=recent,
        gain=sensor.gain[newest],
        mark=overridden if quality == "ok" else quality,
        moving=sensor.moved,
    )
