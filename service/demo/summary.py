"""What a run of the demo showed: errors against two baselines, and the moments that surprised most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from service.demo import scoring
from service.demo.track import Float64, SensorTrack, Track, numbers

WARM_UP_S = 300.0
"""Not counted for anyone: the network starts knowing nothing."""
APART_S = 60.0
"""Surprises nearer than this are one moment."""
MOMENTS = 6


@dataclass(frozen=True)
class SensorScore:
    """One-step error of one numeric sensor: mean squared error over variance; smaller is better."""

    sensor: str
    plastream: float
    last_value: float
    smoothing: float
    alpha: float
    """Of the smoothing, chosen in hindsight."""


@dataclass(frozen=True)
class SymbolScore:
    """Share of readings of one non-numeric sensor that were foretold; larger is better."""

    sensor: str
    plastream: float
    last_value: float


@dataclass(frozen=True)
class Moment:
    """A time at which much was unexpected."""

    time: float
    """Event time, seconds since 1970 UTC."""
    after_s: float
    """Seconds since the first reading."""
    surprise: float
    """Sigmas, root mean square over the sensed channels."""
    sensor: str | None
    """The sensor farthest from its expectation."""
    raw: float | None
    expected: float | None


@dataclass(frozen=True)
class Summary:
    """The whole result. Means are over the numeric sensors that changed; None where nothing could be scored."""

    events: int
    rejected: int
    seconds: float
    events_per_s: float
    pace: str
    """What set the speed: flat out, N times real time, live."""
    warm_up_s: float
    plastream: float | None
    last_value: float | None
    smoothing: float | None
    sensors: tuple[SensorScore, ...]
    symbols: tuple[SymbolScore, ...]
    moments: tuple[Moment, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"verdict": self.verdict()}

    def verdict(self) -> str:
        """One sentence: better or worse than each baseline, whichever it is."""
        if self.plastream is None or self.last_value is None or self.smoothing is None:
            return f"no verdict: nothing was counted (the first {self.warm_up_s:.0f} s count for nobody)"
        return (
            f"one-step error {self.plastream:.4f}: "
            f"{_compared(self.plastream, self.last_value, 'last value')} and "
            f"{_compared(self.plastream, self.smoothing, 'exponential smoothing')}"
        )


def summarise(track: Track, *, rejected: int, seconds: float, pace: str, warm_up_s: float = WARM_UP_S) -> Summary:
    """Score a finished run. seconds: wall time from the first event in to the last percept out."""
    counted = track.elapsed_s() >= warm_up_s
    sensors = [_sensor_score(sensor, counted) for sensor in track.sensors.values() if sensor.numeric]
    sensors = [score for score in sensors if np.isfinite([score.plastream, score.last_value, score.smoothing]).all()]
    return Summary(
        events=len(track),
        rejected=rejected,
        seconds=seconds,
        events_per_s=(len(track) + rejected) / max(seconds, 1e-9),
        pace=pace,
        warm_up_s=warm_up_s,
        plastream=_mean([score.plastream for score in sensors]),
        last_value=_mean([score.last_value for score in sensors]),
        smoothing=_mean([score.smoothing for score in sensors]),
        sensors=tuple(sensors),
        symbols=tuple(_symbol_scores(track, counted)),
        moments=tuple(_moments(track, counted)),
    )


def _sensor_score(sensor: SensorTrack, counted: scoring.Bool) -> SensorScore:
    actual = numbers(sensor.raw)
    # where it kept silent its last word counts, so that silence is no way to look good
    predicted = scoring.held(numbers(sensor.expected))
    alpha, smoothing = scoring.best_smoothing(actual, counted)
    return SensorScore(
        sensor=sensor.name,
        plastream=scoring.relative_error(actual, predicted, counted),
        last_value=scoring.relative_error(actual, scoring.last_value(actual), counted),
        smoothing=smoothing,
        alpha=alpha,
    )


def _symbol_scores(track: Track, counted: scoring.Bool) -> list[SymbolScore]:
    scores = [
        SymbolScore(
            sensor=sensor.name,
            plastream=scoring.share_right(sensor.raw, sensor.expected, counted),
            last_value=scoring.share_right(sensor.raw, scoring.last_symbol(sensor.raw), counted),
        )
        for sensor in track.sensors.values()
        if not sensor.numeric
    ]
    return [score for score in scores if np.isfinite([score.plastream, score.last_value]).all()]


def _moments(track: Track, counted: scoring.Bool) -> list[Moment]:
    times: Float64 = np.maximum.accumulate(np.asarray(track.times, dtype=np.float64)) if len(track) else np.zeros(0)
    surprise = np.where(counted, np.asarray(track.surprise, dtype=np.float64), 0.0)
    ticks = [int(tick) for tick in scoring.peaks(times, surprise, APART_S)[:MOMENTS]]
    return [_moment(track, tick) for tick in ticks]


def _moment(track: Track, tick: int) -> Moment:
    def sigmas(sensor: SensorTrack) -> float:
        return sensor.sigmas(tick) or 0.0

    worst = max(track.sensors.values(), key=sigmas, default=None)
    named = worst is not None and sigmas(worst) > 0.0
    return Moment(
        time=track.times[tick],
        after_s=track.times[tick] - track.times[0],
        surprise=track.surprise[tick],
        sensor=worst.name if worst and named else None,
        raw=worst.raw[tick] if worst and named else None,
        expected=worst.expected[tick] if worst and named else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _compared(ours: float, theirs: float, name: str) -> str:
    if ours == theirs:
        return f"equal to {name} ({theirs:.4f})"
    percent = 100.0 * abs(ours / theirs - 1.0) if theirs else float("inf")
    return (
        f"{'below' if ours < theirs else 'ABOVE'} {name} ({theirs:.4f}, {'-' if ours < theirs else '+'}{percent:.1f}%)"
    )
