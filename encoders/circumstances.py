"""What came with readings beside their fields and times: notes, sequence numbers, whether they were stored before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from encoders.reading import Notes, Readings

Int64 = npt.NDArray[np.int64]

NO_SEQUENCE = -1
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Circumstances:
    """Of B readings, by row; sparse, for most readings have none."""

    notes: Mapping[int, Notes] = field(default_factory=dict[int, Notes])
    sequences: Mapping[int, int] = field(default_factory=dict[int, int])
    historical: frozenset[int] = frozenset()

    def numbered(self, count: int) -> Int64 | None:
        """int64[count] sequence numbers, NO_SEQUENCE without; None where no reading has one."""
        if not self.sequences:
            return None
        numbers = np.full(count, NO_SEQUENCE, dtype=np.int64)
        for row, number in self.sequences.items():
            numbers[row] = number & _LARGEST
        return numbers


PLAIN = Circumstances()
"""Nothing but fields and times."""


def circumstances(readings: Readings, places: Sequence[int]) -> Circumstances:
    """Those of the readings at these places, in this order."""
    if not (readings.notes or readings.sequences or readings.historical):
        return PLAIN
    return Circumstances(
        {row: readings.notes[place] for row, place in enumerate(places) if place in readings.notes},
        {row: readings.sequences[place] for row, place in enumerate(places) if _numbered(readings, place)},
        frozenset(row for row, place in enumerate(places) if place in readings.historical),
    )


def _numbered(readings: Readings, place: int) -> bool:
    """Whether a reading has a sequence number of its own: further ones of its message share that of the first."""
    if place not in readings.sequences:
        return False
    shared = place > 0 and readings.source[place - 1] == readings.source[place]
    return not (shared and readings.streams[place - 1] == readings.streams[place])
