"""How well each field of a reading was sensed, and what is wrong where it was not.

Letters: B readings, F fields of a group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from encoders.contract import Bool
from encoders.group import Group
from encoders.reading import Fields
from encoders.schema.topic import NUMERIC
from encoders.watch.marks import RANGE, TYPE

QUALITY = ("ok", "missing", "bad")
"""Words for the numbers in `EncodedRows.quality`."""
OK, MISSING, BAD = range(3)

UInt8 = npt.NDArray[np.uint8]
Marks = npt.NDArray[np.uint16]


def unsensed(group: Group, sensed: Bool, fields: Sequence[Fields]) -> tuple[UInt8, Marks]:
    """OK, MISSING or BAD, uint8[B, F], of what was sensed, bool[B, F]; and a mark for each bad value, uint16[B, F]."""
    quality = np.zeros(sensed.shape, dtype=np.uint8)
    marks = np.zeros(sensed.shape, dtype=np.uint16)
    for row, place in np.argwhere(~sensed).tolist():
        block = group.blocks[place]
        value = None if group.timed else block.value(fields[row])
        if value is None or (isinstance(value, float) and value != value):
            quality[row, place] = MISSING
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        quality[row, place] = BAD
        marks[row, place] = RANGE if number and block.kind in NUMERIC else TYPE
    return quality, marks
