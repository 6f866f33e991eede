"""From one value to the next: what encoders of change share.

A change is coded as by `scalar`: in deviations from the stream's own usual change. It is read from the value before
it, which is why each reading raises `version`: a reading's own codes are read by the state before it
(`contract.reading_state`), and codes of the reading to come, or of one that is missing, by the newest state. What the
network has learned of changes stays as true, so only the range of changes is ever translated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from encoders.codes.scalar import LARGEST, ScalarEncoder
from encoders.contract import Bool, Float32, Float64, State, usable_sigma

CHANGES = ScalarEncoder()
"""Codes the changes."""
LARGEST_VALUE = 0.5 * LARGEST
"""Two values of this size are within LARGEST of each other."""
FIELDS: list[tuple[str, Any]] = [
    ("version", "<i4"),
    ("resets", "<i4"),
    ("last", "<f8"),
    ("changes", CHANGES.state_dtype),
]
"""The state: `last` is the newest value, `resets` how often a counter has begun anew, `changes` that of CHANGES."""
DTYPE = np.dtype(FIELDS)
_LAST_VERSION = np.iinfo(np.int32).max


def initial(count: int) -> State:
    """State rows of streams that have sent nothing."""
    state: State = np.zeros(count, dtype=DTYPE)
    state["changes"] = CHANGES.initial(count)
    return state


def raised(state: State, sensed: Bool) -> Any:
    """int32[B]: the versions after a reading; behind the last number that there is comes 1 again."""
    version = state["version"]
    return np.where(sensed, np.where(version == _LAST_VERSION, 0, version) + 1, version).astype(np.int32)


def coded(change: Float64, numbers: Float64, sensed: Bool, state: State) -> tuple[Float32, State]:
    """Codes float32[B] of the changes by which the streams came to `numbers`, and the state after them.

    A first value counts as a change of zero.
    """
    steps = np.where(sensed, np.where(state["version"] > 0, change, 0.0), np.nan)
    inner = CHANGES.encode_numbers(steps, state["changes"])
    after = state.copy()
    after["version"] = raised(state, sensed)
    after["last"] = np.where(sensed, numbers, state["last"])
    after["changes"] = inner.state
    return inner.codes[:, 0], after


def spread(deviation: Float32, state: State) -> Float64:
    """See Encoder: of the change, and so of the value that is expected by it."""
    return CHANGES.spread(deviation, state["changes"])


def noise(sigma: Float64, state: State) -> Float32:
    """float32[B]: a change has the errors of two values."""
    return CHANGES.noise(np.sqrt(2.0) * usable_sigma(sigma), state["changes"])[:, 0]


def resolution(state: State) -> Float64:
    """See Encoder: that of the change, and the rounding of the values."""
    changes = state["changes"]
    size = np.abs(state["last"]) + np.abs(changes["center"]) + 8.0 * changes["scale"]
    return CHANGES.resolution(changes) + size * 2.0**-50


def translation(old: State, new: State) -> tuple[Float64, Float64]:
    """See Rescaled: float64[B, 1] each."""
    return CHANGES.translation(old["changes"], new["changes"])
