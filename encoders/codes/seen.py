"""The state of encoders whose codes have one meaning for life: whether a stream has sent a value at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from encoders.contract import Bool, State

FIELDS: list[tuple[str, Any]] = [("version", "<i4"), ("seen", "<i4")]
"""The version is 1 from the first value on."""
DTYPE = np.dtype(FIELDS)


def seen_after(state: State, sensed: Bool) -> State:
    """A copy of the state in which the rows that were sensed have had a value."""
    after = state.copy()
    after["version"] = after["seen"] = state["seen"] | sensed
    return after
