"""The watch as its definition says it, one reading of one stream after the other: what the fast one is held to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from encoders.schema.topic import FieldType
from encoders.watch import course, flips, order

NAN = float("nan")
KINDS: tuple[FieldType, ...] = ("number", "counter", "angle_deg", "constant")
f4 = np.float32
ZERO, ZERO_WIDE = f4(0), np.float64(0.0)


@dataclass
class SlowField:
    """One field, as encoders/watch/course.py and flips.py define it; float32 where they remember in float32."""

    kind: FieldType
    latest: float | None = None
    mean: Any = ZERO_WIDE
    spread: Any = ZERO
    step: Any = ZERO
    low: Any = ZERO
    high: Any = ZERO
    changes: int = 0
    same: int = 0
    longest_same: int = 0
    outside: int = 0
    flipped: int = 0
    maps: tuple[int, ...] = ()
    strides: Any = ZERO
    seen: int = 0
    absent: int = 0
    longest_absent: int = 0
    marks: set[str] = field(default_factory=set[str])

    def see(self, value: float | None, *, present: bool) -> set[str]:
        """What is suspicious about the next reading in order."""
        self.marks = set()
        self._silence(present=present)
        if value is not None:
            self._value(np.float64(value))
        return self.marks

    def _silence(self, *, present: bool) -> None:
        if present:
            self.seen = min(self.seen + 1, course.SEEN)
            patience = 2 * max(self.longest_absent, course.STALE_LEAST)
            self.longest_absent = max(self.longest_absent, min(self.absent, patience))
            self.absent = 0
            return
        self.absent += 1
        most = max(course.STALE_LEAST, course.STALE_TIMES * self.longest_absent)
        if self.seen >= course.SEEN and self.absent > most:
            self.marks.add("stale")

    def _value(self, value: Any) -> None:
        if self.latest is None:
            self.latest, self.mean, self.low, self.high = value, value, f4(value), f4(value)
            return
        known = self.changes >= course.CHANGED
        change = value - self.latest
        moved = bool(value != self.latest)
        if self.kind == "counter" and change < 0:
            self.marks.add("reset")
        self._still(f4(value), moved=moved, known=known)
        level, follows = value, self.kind == "number" and known
        if follows and (self.maps or (moved and self._jumped(value, change))):
            level, change = self._follow(value)
        self._range(level, moved=moved, judged=follows and not self.maps)
        if moved:
            self._average(level, change, known=known)
        self.latest = value

    def _still(self, rounded: Any, *, moved: bool, known: bool) -> None:
        if moved:
            patience = 2 * max(self.longest_same, course.STUCK_LEAST)
            self.longest_same, self.same = max(self.longest_same, min(self.same, patience)), 0
            return
        self.same += 1
        at_an_end = rounded in (self.low, self.high)
        judged = known and self.kind in ("number", "angle_deg") and not at_an_end
        if judged and self.same > max(course.STUCK_LEAST, course.STUCK_TIMES * self.longest_same):
            self.marks.add("stuck")

    def _jumped(self, value: Any, change: Any) -> bool:
        span = self.high - self.low
        beyond = value > self.high + span or value < self.low - span
        return bool(beyond and abs(change) > flips.REACH * self.step)

    def _follow(self, value: Any) -> tuple[Any, Any]:
        latest = np.float64(self.latest or 0.0)
        low, high = np.float64(self.low), np.float64(self.high)
        margin = flips.MARGIN * (high - low)
        started, fits, first = not self.maps, list[int](), (value, value - latest)
        for number, (gain, offset) in enumerate(flips.MAPS):
            mapped = gain * value + offset
            before = latest if started else gain * latest + offset
            smooth = self.flipped >= flips.FLIPPED or abs(mapped - before) <= flips.SMOOTH * self.step
            allowed = self._telling(value, mapped, offset) if started else number in self.maps
            if smooth and allowed and low - margin <= mapped <= high + margin:
                first = first if fits else (mapped, mapped - before)
                fits.append(number)
        strange = value < low - margin or value > high + margin
        anew = self.flipped >= flips.PATIENCE
        if not fits or not strange or anew:
            self.maps, self.flipped, self.strides = (), 0, f4(0)
            first = (value, value - latest)
        else:
            stride = 0.0 if started else abs(first[1])
            self.maps, self.flipped = tuple(fits), self.flipped + int(value != latest)
            self.strides = f4(self.strides + stride)
        if anew:
            self.changes, self.low, self.high, self.mean = 0, f4(value), f4(value), value
        usual = self.step * f4(self.flipped - 1)
        if self.flipped >= flips.FLIPPED and usual / flips.ALIKE <= self.strides <= usual * flips.ALIKE:
            self.marks.add("unit")
        return first

    def _telling(self, value: Any, mapped: Any, offset: float) -> bool:
        window = min((1.0 + 2.0 * flips.MARGIN) * (self.high - self.low), 2.0 * flips.SMOOTH * self.step)
        way = abs(value - mapped)
        if offset == 0.0:
            way = min(way, abs(self.latest or 0.0))
        return bool(window <= flips.TELLING * way)

    def _range(self, level: Any, *, moved: bool, judged: bool) -> None:
        tenth = f4(course.FLOOR) * max(abs(self.low), abs(self.high))
        span = f4(course.SPANS) * max(self.high - self.low, tenth)
        if judged and (level > self.high + span or level < self.low - span):
            self.marks.add("range")
            self.outside += moved
            if self.outside < course.ABSURD:
                return
        self.outside = 0
        self.low, self.high = min(self.low, f4(level)), max(self.high, f4(level))

    def _average(self, level: Any, change: Any, *, known: bool) -> None:
        rate = f4(1) / f4(min(self.changes + 1, course.MEMORY))
        away, pace = level - self.mean, abs(change)
        if known:
            most = f4(flips.REACH) * self.spread
            away = min(max(away, -most), most)
            pace = min(pace, f4(flips.REACH) * self.step)
        self.mean = np.float64(self.mean + rate * away)
        self.spread = f4(self.spread + rate * (abs(away) - self.spread))
        self.step = f4(self.step + rate * (pace - self.step))
        self.changes += 1


@dataclass
class SlowOrder:
    """The order of one stream's readings, as encoders/watch/order.py defines it."""

    newest: float | None = None
    gap: float = 0.0
    gaps: int = 0
    behind: int = 0
    sequence: int | None = None
    recent: list[tuple[float | None, int | None, tuple[Any, ...]]] = field(default_factory=list[Any])

    def see(self, time: float | None, sequence: int | None, values: tuple[Any, ...], *, stored: bool) -> set[str]:
        """What is suspicious about the next reading as a whole."""
        marks: set[str] = set()
        same_time = [told for when, _, told in self.recent if when is not None and when == time]
        if values in same_time or (sequence is not None and sequence in [number for _, number, _ in self.recent]):
            marks.add("duplicate")
        behind = 0.0 if time is None or self.newest is None else self.newest - time
        if behind > 0.0:
            marks.add("out-of-order")
        if stored or (behind > 0.0 and self.gaps and behind > order.LATE_GAPS * self.gap):
            marks.add("late")
        self._count(sequence, marks)
        if "duplicate" not in marks:
            self.recent = [*self.recent, (time, sequence, values)][-order.RECENT :]
        self._move(time, speaks=behind > 0.0 and not stored and "duplicate" not in marks)
        return marks

    def _count(self, sequence: int | None, marks: set[str]) -> None:
        if sequence is None:
            return
        if self.sequence is not None and sequence > self.sequence + 1 and "duplicate" not in marks:
            marks.add("gap")
        if self.sequence is None or sequence > self.sequence or self.sequence - sequence > order.RECENT:
            self.sequence = sequence

    def _move(self, time: float | None, *, speaks: bool) -> None:
        if time is None:
            return
        if self.newest is None:
            self.newest = time
        elif time > self.newest:
            gap, most = time - self.newest, order.LONGEST_GAP * self.gap
            gap = min(gap, most) if self.gaps >= order.GAPS_KNOWN else gap
            self.gaps = min(self.gaps + 1, order.GAPS_MEMORY)
            self.gap += (gap - self.gap) / self.gaps
            self.newest, self.behind = time, 0
        elif speaks:
            self.behind += 1
            if self.behind >= order.PUT_BACK:
                self.newest, self.behind = time, 0


@dataclass(frozen=True)
class Told:
    """One reading of the test: a value, None (missing) or a word for each field."""

    values: tuple[float | str | None, ...]
    time: float | None
    sequence: int | None = None
    stored: bool = False


def slowly(readings: list[Told]) -> list[tuple[set[str], list[set[str]]]]:
    """Marks of each reading and of its fields, one reading after the other."""
    placed, fields = SlowOrder(), [SlowField(kind) for kind in KINDS]
    told: list[tuple[set[str], list[set[str]]]] = []
    for reading in readings:
        marks = placed.see(reading.time, reading.sequence, reading.values, stored=reading.stored)
        if marks & {"duplicate", "out-of-order"}:
            told.append((marks, [set() for _ in fields]))
            continue
        numbers = [value if isinstance(value, float) else None for value in reading.values]
        told.append(
            (
                marks,
                [
                    slow.see(number, present=value is not None).copy()
                    for slow, number, value in zip(fields, numbers, reading.values, strict=True)
                ],
            )
        )
    return told
