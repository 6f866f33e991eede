"""One stream's percepts as columns, in order of arrival: what the view shows and the summary scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


@dataclass
class SensorTrack:
    """One field's T readings; None where the message had none, and before the field was first seen."""

    name: str
    raw: list[Any] = field(default_factory=list[Any])
    expected: list[Any] = field(default_factory=list[Any])
    perceived: list[Any] = field(default_factory=list[Any])
    sigma: list[float | None] = field(default_factory=list[float | None])
    gain: list[float] = field(default_factory=list[float])
    quality: list[str] = field(default_factory=list[str])
    overridden: list[bool] = field(default_factory=list[bool])
    moved: bool = False
    """Whether two readings ever differed."""
    _seen: Any = None

    def add(self, cell: Mapping[str, Any]) -> None:
        """Append one tick's cell of a percept."""
        raw = cell.get("raw")
        self.moved = self.moved or (raw is not None and self._seen is not None and raw != self._seen)
        self._seen = self._seen if raw is None else raw
        self.raw.append(raw)
        self.expected.append(cell.get("expected"))
        self.perceived.append(cell.get("perceived"))
        self.sigma.append(cell.get("sigma"))
        self.gain.append(float(cell.get("gain") or 0.0))
        self.quality.append(str(cell.get("quality", "missing")))
        self.overridden.append(bool(cell.get("overridden")))

    def pad(self, length: int) -> None:
        """Fill up with missing ticks to `length`."""
        while len(self.raw) < length:
            self.add({})

    @property
    def numeric(self) -> bool:
        """Whether every reading so far was a number."""
        seen = [value for value in self.raw if value is not None]
        return bool(seen) and all(_is_number(value) for value in seen)

    def sigmas(self, tick: int) -> float | None:
        """How far the reading of one tick lay from the expectation, in standard deviations; None for symbols."""
        raw, expected, sigma = self.raw[tick], self.expected[tick], self.sigma[tick]
        if not (_is_number(raw) and _is_number(expected) and sigma):
            return None
        return abs(raw - expected) / sigma


@dataclass
class Track:
    """T percepts of one stream."""

    stream: str | None = None
    times: list[float] = field(default_factory=list[float])
    """Event time in seconds since 1970 UTC; the tick's number where messages tell no time."""
    surprise: list[float] = field(default_factory=list[float])
    plasticity: list[float] = field(default_factory=list[float])
    sensors: dict[str, SensorTrack] = field(default_factory=dict[str, SensorTrack])

    def __len__(self) -> int:
        """T."""
        return len(self.times)

    def add(self, percept: Mapping[str, Any]) -> None:
        """Append one percept; those of other streams than the first one seen are passed over."""
        if self.stream is None:
            self.stream = str(percept["stream"])
        if percept["stream"] != self.stream:
            return
        tick = len(self)
        when = percept.get("time")
        self.times.append(float(tick) if when is None else float(when))
        self.surprise.append(float(percept.get("surprise") or 0.0))
        self.plasticity.append(float(percept.get("plasticity") or 0.0))
        cells: Mapping[str, Mapping[str, Any]] = percept["fields"]
        for name in cells:
            if name not in self.sensors:
                self.sensors[name] = SensorTrack(name)
                self.sensors[name].pad(tick)
        for name, sensor in self.sensors.items():
            sensor.add(cells.get(name, {}))

    def elapsed_s(self) -> Float64:
        """float64[T]: seconds since the first percept."""
        times = np.asarray(self.times, dtype=np.float64)
        return times - times[:1]


def numbers(values: Sequence[Any]) -> Float64:
    """float64[T]: what is not a finite number becomes NaN."""
    return np.array([float(value) if _is_number(value) else math.nan for value in values], dtype=np.float64)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
