"""The course of each field of a stream: counters that fall, values that stand still, jump in unit, or are absurd.

Only readings in order count (encoders/watch/order.py); others are held against the schema's bounds alone. A field that
has changed CHANGED times is known. Of a known field

    stuck:  the value has come more than max(STUCK_LEAST, STUCK_TIMES longest) times more in a row
    stale:  it has been missing more than max(STALE_LEAST, STALE_TIMES longest) times in a row (known: seen SEEN times)
    range:  it lies more than SPANS max(high - low, a tenth of the larger of both) beyond the lowest or highest value
    unit:   see encoders/watch/flips.py

where `longest` is the longest such run before. A run that was marked counts there as at most twice the longest so far,
so that a fault does not teach patience at once, and a new habit does in the end. ABSURD values in a row that differ and
lie beyond the range are a new level, not a fault. Mean, spread (mean distance from the mean) and step (mean distance
between successive values) are those of the last MEMORY values that differ from the one before, each counted as at most
REACH spreads or steps.

Letters: B streams, F fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.contract import Bool, Float32, Float64, State
from encoders.watch.flips import ALIKE, FLIPPED, PATIENCE, REACH, Suspect, followed
from encoders.watch.marks import RANGE, RESET, STALE, STUCK, UNIT

CHANGED = 24
STUCK_LEAST, STUCK_TIMES = 32, 8
STALE_LEAST, STALE_TIMES, SEEN = 8, 4, 8
SPANS, FLOOR, ABSURD = 8.0, 0.1, 8
MEMORY = 256
_ZERO, _ENDLESS = np.float32(0.0), np.float32(np.inf)

Marks = npt.NDArray[np.uint16]

PRECISE = ("latest", "mean")
"""Remembered of each field as float64; the latest value is NaN before the first."""
LATEST, MEAN = range(len(PRECISE))

ROUGH = (
    "spread",
    "step",
    "low",  # NaN before the first value, as high
    "high",
    "changes",
    "same",  # repetitions of the latest value
    "longest_same",
    "outside",  # values in a row beyond the range
    "flipped",  # values in a row that a map of units brought back
    "maps",  # which: bits of flips.MAPS
    "strides",  # sum of the distances between these values, in the field's unit
    "seen",  # readings with this field, up to SEEN
    "absent",  # readings in a row without
    "longest_absent",
    "unit",  # what stands for the unit that was noted first, where the schema names none; else 0
)
"""Remembered as float32, which keeps states small: counts and bits are exact up to 2^24, where counts stop."""
(SPREAD, STEP, LOW, HIGH, CHANGES, SAME, LONGEST_SAME) = range(7)
(OUTSIDE, FLIPPED_RUN, MAPS_FIT, STRIDES, SEEN_COUNT, ABSENT, LONGEST_ABSENT, NOTED_UNIT) = range(7, len(ROUGH))


def dtype(fields: int) -> np.dtype[Any]:
    """Layout of what is remembered of one stream's fields."""
    return np.dtype([("precise", "<f8", (len(PRECISE), fields)), ("rough", "<f4", (len(ROUGH), fields))])


@dataclass
class Memory:
    """What is remembered of B streams, column by column."""

    precise: Float64
    """float64[len(PRECISE), B, F]."""
    rough: Float32
    """float32[len(ROUGH), B, F]."""

    @staticmethod
    def of(state: State) -> Memory:
        """A copy of structured[B]."""
        return Memory(*(np.ascontiguousarray(state[name].transpose(1, 0, 2)) for name in ("precise", "rough")))

    def copy(self) -> Memory:
        """One that can be changed."""
        return Memory(self.precise.copy(), self.rough.copy())

    def put(self, state: State) -> None:
        """Write it into structured[B]."""
        state["precise"] = self.precise.transpose(1, 0, 2)
        state["rough"] = self.rough.transpose(1, 0, 2)


@dataclass(frozen=True)
class Nature:
    """What kind of fields these are; [F] each."""

    counts: Bool
    """Counters: they never fall."""
    varies: Bool
    """Measurements: they do not stand still for long."""
    scales: Bool
    """Plain numbers, whose unit and range can be guessed from their values."""
    low: Float64
    high: Float64
    """Bounds of the schema; infinite without."""


def initial(count: int, fields: int) -> State:
    """structured[count]: streams of which no field was seen."""
    state: State = np.zeros(count, dtype=dtype(fields))
    state["precise"][:, LATEST] = np.nan
    state["rough"][:, (LOW, HIGH)] = np.nan
    return state


def judged(numbers: Float64, present: Bool, orderly: Bool, nature: Nature, past: Memory) -> tuple[Marks, Memory]:
    """Hold float64[B, F] (NaN for what is no number) and what was present at all, bool[B, F], against the past.

    Gives uint16[B, F], bits of FIELD_MARKS, and what to remember; `past` is left as it is.
    """
    now = past.copy()
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        marks = _silent(present, past.rough, now.rough)
        marks |= _moved(numbers, nature, past, now)
        if not orderly.all():
            now.precise[:, ~orderly] = past.precise[:, ~orderly]
            now.rough[:, ~orderly] = past.rough[:, ~orderly]
            marks[~orderly] = 0
        marks[(numbers < nature.low) | (numbers > nature.high)] |= RANGE
    return marks, now


def _silent(present: Bool, past: Float32, now: Float32) -> Marks:
    """Count presences and absences."""
    now[SEEN_COUNT] = np.minimum(past[SEEN_COUNT] + present, SEEN)
    if present.all() and not past[ABSENT].any():
        return np.zeros(present.shape, dtype=np.uint16)
    longest = past[LONGEST_ABSENT]
    absent = np.where(present, _ZERO, past[ABSENT] + 1.0)
    stale = (now[SEEN_COUNT] >= SEEN) & (absent > np.maximum(STALE_LEAST, STALE_TIMES * longest))
    over = np.where(present, past[ABSENT], _ZERO)
    now[LONGEST_ABSENT] = np.maximum(longest, np.minimum(over, 2.0 * np.maximum(longest, STALE_LEAST)))
    now[ABSENT] = absent
    return _marked(stale, STALE)


def _moved(numbers: Float64, nature: Nature, past: Memory, now: Memory) -> Marks:
    """Follow the values."""
    latest = past.precise[LATEST]
    given: Bool = numbers == numbers
    new: Bool = given & (latest != latest)
    same: Bool = numbers == latest
    moved: Bool = given & ~same & ~new
    change = numbers - latest
    known: Bool = past.rough[CHANGES] >= CHANGED
    marks = _marked((change < 0.0) & nature.counts, RESET)
    still = same & _still(same, moved, past.rough, now.rough) & known & nature.varies & ~_at_an_end(numbers, past.rough)
    marks |= _marked(still, STUCK)
    level = numbers
    suspected = known & nature.scales & (past.rough[MAPS_FIT] > 0.0) & given
    suspected |= known & nature.scales & moved & _jumped(numbers, change, past.rough)
    if suspected.any():
        level, change = numbers.copy(), change.copy()
        _follow(np.nonzero(suspected), numbers, level, change, now)
        marks |= _marked(suspected & _flipped(now.rough), UNIT)
    outside = known & given & nature.scales & (now.rough[MAPS_FIT] == 0.0) & _absurd(level, past.rough)
    marks |= _marked(outside, RANGE)
    _stretch(level, given, moved, outside, now.rough)
    _average(level, change, moved, known, now)
    now.precise[LATEST] = np.where(given, numbers, latest)
    now.precise[MEAN] = np.where(new, numbers, now.precise[MEAN])
    now.rough[CHANGES] += moved
    return marks


def _marked(where: Bool, mark: int) -> Marks:
    """The mark there, 0 elsewhere."""
    return where * np.uint16(mark)


def _still(same: Bool, moved: Bool, past: Float32, now: Float32) -> Bool:
    """Count repetitions; whether there are far too many."""
    longest = past[LONGEST_SAME]
    run = np.where(moved, _ZERO, past[SAME] + same)
    over = np.where(moved, past[SAME], _ZERO)
    now[SAME] = run
    now[LONGEST_SAME] = np.maximum(longest, np.minimum(over, 2.0 * np.maximum(longest, STUCK_LEAST)))
    still: Bool = run > np.maximum(STUCK_LEAST, STUCK_TIMES * longest)
    return still


def _at_an_end(numbers: Float64, past: Float32) -> Bool:
    """Whether a value is the lowest or highest that was seen: at rest, or at full load, things stand still."""
    rounded = numbers.astype(np.float32)
    return (rounded == past[LOW]) | (rounded == past[HIGH])


def _jumped(numbers: Float64, change: Float64, past: Float32) -> Bool:
    """Whether a value has jumped so far that it may be in another unit."""
    low, high = past[LOW], past[HIGH]
    span = high - low
    return (np.abs(change) > REACH * past[STEP]) & ((numbers > high + span) | (numbers < low - span))


def _flipped(now: Float32) -> Bool:
    """Whether enough values in a row, with steps like the field's own, are in another unit."""
    run = now[FLIPPED_RUN]
    usual = now[STEP] * (run - 1.0)
    return (run >= FLIPPED) & (now[STRIDES] >= usual / ALIKE) & (now[STRIDES] <= usual * ALIKE)


def _follow(places: Any, numbers: Float64, level: Float64, change: Float64, now: Memory) -> None:
    """See the values at these places through the maps of units; level, change and `now` are changed in place."""
    precise, rough = now.precise[:, *places], now.rough[:, *places]
    seen = followed(
        numbers[places], precise[LATEST], Suspect(*rough[[LOW, HIGH, STEP, MAPS_FIT, FLIPPED_RUN, STRIDES]])
    )
    level[places], change[places] = seen.level, seen.change
    anew = rough[FLIPPED_RUN] >= PATIENCE
    rough[FLIPPED_RUN], rough[MAPS_FIT], rough[STRIDES] = seen.run, seen.maps, seen.strides
    rough[CHANGES, anew] = 0.0
    rough[LOW, anew] = rough[HIGH, anew] = precise[MEAN, anew] = seen.level[anew]
    now.precise[:, *places], now.rough[:, *places] = precise, rough


def _absurd(level: Float64, past: Float32) -> Bool:
    """Whether a value lies far beyond all that was seen."""
    low, high = past[LOW], past[HIGH]
    span = SPANS * np.maximum(high - low, FLOOR * np.maximum(np.abs(low), np.abs(high)))
    return (level > high + span) | (level < low - span)


def _stretch(level: Float64, given: Bool, moved: Bool, outside: Bool, now: Float32) -> None:
    """Take into the range what is not absurd, and a new level."""
    fits = given & ~outside
    if outside.any() or now[OUTSIDE].any():
        run = np.where(fits, _ZERO, now[OUTSIDE] + (outside & moved))
        settled = run >= ABSURD
        now[OUTSIDE] = np.where(settled, _ZERO, run)
        fits |= outside & settled
    taken = np.where(fits, level, np.nan).astype(np.float32)
    now[LOW] = np.fmin(now[LOW], taken)
    now[HIGH] = np.fmax(now[HIGH], taken)


def _average(level: Float64, change: Float64, moved: Bool, known: Bool, now: Memory) -> None:
    """Mean, spread and step after the values that moved."""
    mean, spread, step = now.precise[MEAN], now.rough[SPREAD], now.rough[STEP]
    rate = moved / np.minimum(now.rough[CHANGES] + 1.0, MEMORY)
    away = np.where(moved, level - mean, 0.0)
    most = np.where(known, REACH * spread, _ENDLESS)
    away = np.minimum(np.maximum(away, -most), most)
    pace = np.minimum(np.where(moved, np.abs(change), 0.0), np.where(known, REACH * step, _ENDLESS))
    now.precise[MEAN] = mean + rate * away
    now.rough[SPREAD] = spread + rate * (np.abs(away) - spread)
    now.rough[STEP] = step + rate * (pace - step)
