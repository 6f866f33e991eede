"""What is suspicious about a wave of readings: their order, and the course of each of their fields.

Letters: B streams (distinct, all on one plan), F fields of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from encoders.block import Block, sensor_places
from encoders.circumstances import Circumstances
from encoders.contract import Bool, Float32, Float64, State
from encoders.schema.topic import NUMERIC, FieldType
from encoders.schema.units import spelled
from encoders.watch import course, fingerprint, order
from encoders.watch.marks import GAP, STALE, UNIT

_STANDING: frozenset[FieldType] = frozenset({"counter", "constant"})
"""Numbers that may keep their value."""


@dataclass(frozen=True)
class Seen:
    """A wave as the watch sees it."""

    times: Float64
    """float64[B]: event times, NaN where unknown."""
    numbers: Float64
    """float64[B, F]: in the fields' units; NaN where a field's value is no number, or was not sensed."""
    prints: npt.NDArray[np.uint64]
    """uint64[B, F]: what stands for the values that are no numbers, 0 for the others; see fingerprint.of_value."""
    present: Bool
    """bool[B, F]: neither absent nor null."""
    came: Circumstances
    noted: Sequence[tuple[int, int, str]] = ()
    """Row, field and unit as noted, of fields for which the schema names no unit."""


@dataclass(frozen=True)
class Watch:
    """The watch over streams of a plan with these blocks."""

    blocks: tuple[Block, ...]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Layout of one stream's row."""
        return np.dtype([("order", order.DTYPE), ("course", course.dtype(len(self.blocks)))])

    def initial(self, count: int) -> State:
        """structured[count]: streams that have sent nothing."""
        state: State = np.zeros(count, dtype=self.dtype)
        state["order"] = order.initial(count)
        state["course"] = course.initial(count, len(self.blocks))
        return state

    def grown(self, state: State, old: Watch) -> State:
        """The state structured[C] of a watch over the first of these blocks, in the layout of this one."""
        new = self.initial(len(state))
        new["order"] = state["order"]
        for name in course.dtype(0).names or ():
            new["course"][name][:, :, : len(old.blocks)] = state["course"][name]
        return new

    def judged(self, seen: Seen, state: State, after: State) -> tuple[course.Marks, order.Marks]:
        """Hold a wave against what is remembered of its streams, structured[B].

        Gives uint16[B, F], bits of FIELD_MARKS, and uint8[B], bits of READING_MARKS. What to remember for the next
        reading is written into `after`, structured[B].
        """
        numbers = np.where(self._numeric, seen.numbers, np.nan)
        prints = fingerprint.of_numbers(seen.numbers) + seen.prints
        digests = fingerprint.digests(prints, self._multipliers)
        placed = order.judged(seen.times, digests, seen.came, np.ascontiguousarray(state["order"]))
        past = course.Memory.of(state["course"])
        fields, now = course.judged(numbers, seen.present, placed.orderly, self._nature, past)
        readings = placed.marks
        self._heed_reasons(seen.came, fields, readings)
        for row, place, unit in seen.noted:
            fields[row, place] |= _unit_mark(now.rough[course.NOTED_UNIT, row], place, unit)
        after["order"] = placed.state
        now.put(after["course"])
        return fields, readings

    def _heed_reasons(self, came: Circumstances, fields: course.Marks, readings: order.Marks) -> None:
        """Mark what the messages themselves note, in place."""
        for row, notes in came.notes.items():
            for path, reason in notes.reasons.items():
                if reason == "gap":
                    readings[row] |= GAP
                elif reason == "stale" and path in self._places:
                    fields[row, self._places[path]] |= STALE

    @cached_property
    def _places(self) -> dict[str, int]:
        return sensor_places(self.blocks)

    @cached_property
    def _numeric(self) -> Bool:
        return np.array([not block.timed and block.kind in NUMERIC for block in self.blocks], dtype=np.bool_)

    @cached_property
    def _multipliers(self) -> fingerprint.UInt64:
        return fingerprint.multipliers(len(self.blocks))

    @cached_property
    def _nature(self) -> course.Nature:
        kinds = [None if block.timed else block.kind for block in self.blocks]
        low = [-np.inf if block.low is None else block.low for block in self.blocks]
        high = [np.inf if block.high is None else block.high for block in self.blocks]
        return course.Nature(
            counts=np.array([kind == "counter" for kind in kinds], dtype=np.bool_),
            varies=np.array([kind in NUMERIC - _STANDING for kind in kinds], dtype=np.bool_),
            scales=np.array([kind == "number" for kind in kinds], dtype=np.bool_),
            low=np.array(low, dtype=np.float64),
            high=np.array(high, dtype=np.float64),
        )


def _unit_mark(units: Float32, place: int, unit: str) -> int:
    """UNIT where a unit is another than the first one noted of a field; the first one is kept, in place."""
    given = float(crc32((spelled(unit) or unit).encode("utf-8", "replace")) & 0xFFFFFF or 1)
    if units[place] == 0.0:
        units[place] = given
    return UNIT if units[place] != given else 0
