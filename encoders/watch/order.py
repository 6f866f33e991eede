"""The order in which a stream's readings come: doubles, gaps, and those behind the newest.

A reading is out of order if its event time is before the newest; late if it lies more than LATE_GAPS usual gaps behind,
or is marked as stored before; a duplicate if one of the last RECENT readings had its event time and values, or its
sequence number. The usual gap is the mean of those between readings in order, each counted as at most LONGEST_GAP of
it. A clock that was put back is believed after PUT_BACK readings in a row behind the newest.

Letters: B streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.circumstances import NO_SEQUENCE, Circumstances
from encoders.contract import Bool, Float64, State
from encoders.watch.marks import DUPLICATE, GAP, LATE, OUT_OF_ORDER

RECENT = 4
"""Readings among which a double is looked for; a sequence number that fell by more has begun anew."""
LATE_GAPS = 2.5
GAPS_KNOWN, GAPS_MEMORY, LONGEST_GAP = 8, 64, 8.0
PUT_BACK = 64

Int64 = npt.NDArray[np.int64]
Marks = npt.NDArray[np.uint8]

DTYPE = np.dtype(
    [
        ("newest", "<f8"),
        ("usual", "<f8"),
        ("sequence", "<i8"),
        ("gaps", "<i4"),
        ("behind", "<i4"),
        ("turn", "<i8"),
        ("times", "<f8", (RECENT,)),
        ("digests", "<u8", (RECENT,)),
        ("sequences", "<i8", (RECENT,)),
    ]
)
"""newest: event time, NaN before any. behind: readings in a row behind it. turn: place of the next of the last ones."""


@dataclass(frozen=True)
class Order:
    """What the order says of B readings."""

    marks: Marks
    """uint8[B]: bits of READING_MARKS."""
    orderly: Bool
    """bool[B]: neither a double nor behind the newest: its fields go on from those of the last reading."""
    state: State


def initial(count: int) -> State:
    """structured[count]: streams that have sent nothing."""
    state: State = np.zeros(count, dtype=DTYPE)
    state["newest"] = np.nan
    state["times"] = np.nan
    state["sequence"] = NO_SEQUENCE
    state["sequences"] = NO_SEQUENCE
    return state


def judged(times: Float64, digests: npt.NDArray[np.uint64], came: Circumstances, state: State) -> Order:
    """Hold event times float64[B] (NaN where unknown) and digests uint64[B] against the last readings."""
    count = len(times)
    sequences = came.numbered(count)
    behind = state["newest"] - times
    early: Bool = behind > 0.0
    late: Bool = early & (state["gaps"] > 0) & (behind > LATE_GAPS * state["usual"])
    same: Bool = (state["times"] == times[:, None]) & (state["digests"] == digests[:, None])
    double: Bool = np.logical_or.reduce(same, axis=1)
    marks = np.zeros(count, dtype=np.uint8)
    after = state.copy()
    stored = np.zeros(count, dtype=np.bool_)
    if came.historical:
        stored[list(came.historical)] = True
        late |= stored
    if sequences is not None:
        double |= _again(sequences, state)
        marks[_skipped(sequences, state) & ~double] |= GAP
        _count_on(after, sequences)
    marks[double] |= DUPLICATE
    marks[late] |= LATE
    marks[early] |= OUT_OF_ORDER
    _remember(after, times, digests, sequences, np.flatnonzero(~double))
    _move_on(after, times, early & ~stored & ~double)
    return Order(marks, ~(early | double), after)


def _again(sequences: Int64, state: State) -> Bool:
    same: Bool = (state["sequences"] == sequences[:, None]) & (sequences >= 0)[:, None]
    found: Bool = np.logical_or.reduce(same, axis=1)
    return found


def _skipped(sequences: Int64, state: State) -> Bool:
    last = state["sequence"]
    skipped: Bool = (last >= 0) & (sequences >= 0) & (sequences - 1 > last)
    return skipped


def _count_on(after: State, sequences: Int64) -> None:
    """The newest sequence number, in place; one that falls a little is merely out of order."""
    last = after["sequence"]
    after["sequence"] = np.where((sequences >= 0) & ((sequences > last) | (last - sequences > RECENT)), sequences, last)


def _remember(
    after: State, times: Float64, digests: npt.NDArray[np.uint64], sequences: Int64 | None, rows: Int64
) -> None:
    """These rows' readings are among the last ones now, in place."""
    turn = after["turn"][rows]
    after["times"][rows, turn] = times[rows]
    after["digests"][rows, turn] = digests[rows]
    after["sequences"][rows, turn] = NO_SEQUENCE if sequences is None else sequences[rows]
    after["turn"][rows] = (turn + 1) % RECENT


def _move_on(after: State, times: Float64, behind: Bool) -> None:
    """The newest time and the usual gap, in place. behind: readings that speak for a clock that was put back."""
    gap = times - after["newest"]
    forward: Bool = gap > 0.0
    first = np.isnan(after["newest"]) & np.isfinite(times)
    run: Any = np.where(behind, after["behind"] + 1, np.where(forward, 0, after["behind"]))
    put_back = run >= PUT_BACK
    gaps = np.minimum(after["gaps"] + forward, GAPS_MEMORY)
    most = np.where(after["gaps"] >= GAPS_KNOWN, LONGEST_GAP * after["usual"], np.inf)
    toward = (np.minimum(gap, most) - after["usual"]) / np.maximum(gaps, 1)
    after["usual"] = np.where(forward, after["usual"] + toward, after["usual"])
    after["gaps"] = gaps
    after["behind"] = np.where(put_back, 0, run)
    after["newest"] = np.where(forward | first | put_back, times, after["newest"])
