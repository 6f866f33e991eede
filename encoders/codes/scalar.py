"""Numbers on a line: how many standard deviations a value lies from the stream's own mean.

code = clip((value - center) / scale, -8, 8)

`center` and `scale` hold still within a version. They follow the running mean and deviation only when the count of
values is due (REVISED_AT), when a value does not fit, or when OUTSIDE_RUN values in a row lie absurdly far away;
encoders/README.md derives the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from encoders.codes.number import read_numbers
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State, usable_sigma

REACH = 8.0
"""Codes end here, in standard deviations."""
LARGEST = 1e36
"""Beyond this a number is an error code, not a reading; its square still fits float64."""
REVISED_AT = (2, 4, 8, 16, 64, 256, 1024)
"""Counts of values at which the range is estimated again, before the horizon; then at each of its multiples."""
HORIZON = 4096
"""Values after which the past has faded to a third."""
OUTSIDE_RUN = 8
"""So many values in a row further than NEAR away are a new level, not a fault."""
OPENING = 0.1
"""Scale of a field of which only one value is known, as a share of it."""
TRUST = 64.0
"""A value counts for the range as if it lay at most so many scales away: one alone may be a fault."""
EARLY, LARGE_TRUST = 16, 1e4
"""The same for the first EARLY values, and for one that follows another outside of the range."""
NEAR = 1e4
"""A value within so many scales widens the range at once: clipped bursts are neither learned nor foreseen. One further
away is taken for an error code until OUTSIDE_RUN of them replace the range."""
GRAIN = 1e-12
"""So does one whose own size would be lost, as this share of the distance, in a range that held both."""
TINIEST = 1e-290

_DTYPE = np.dtype(
    [
        ("version", "<i4"),
        ("outside", "<i4"),
        ("count", "<i8"),
        ("center", "<f8"),
        ("scale", "<f8"),
        ("mean", "<f8"),
        ("variance", "<f8"),
        ("extent", "<f8"),
        ("run_mean", "<f8"),
        ("run_variance", "<f8"),
    ]
)
_DUE = np.isin(np.arange(HORIZON + 1), (*REVISED_AT, HORIZON))


class ScalarConfig(BaseModel):
    """It has no settings: everything is learned from the stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ScalarEncoder:
    """See NumberEncoder and Rescaled. Values: int, float, and numbers as text; |value| <= LARGEST.

    A value beyond the coded range comes back as the end of that range.
    """

    name = "scalar"
    width = 1
    decodes: Decodes = "value"
    state_dtype: np.dtype[Any] = _DTYPE

    def __init__(self, **config: Any) -> None:
        self.config = ScalarConfig(**config)

    def initial(self, count: int) -> State:
        """See Encoder."""
        state: State = np.zeros(count, dtype=_DTYPE)
        state["scale"] = 1.0
        return state

    def parse(self, values: Sequence[object]) -> Float64:
        """See NumberEncoder."""
        return read_numbers(values)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        return self.encode_numbers(self.parse(values.tolist()), state)

    def encode_numbers(self, numbers: Float64, state: State) -> Encoded:
        """See NumberEncoder."""
        sensed = np.abs(numbers) <= LARGEST
        values = np.where(sensed, numbers, state["center"])
        known = state["count"] > 0
        with np.errstate(over="ignore", under="ignore"):
            away = np.where(known, values - state["center"], 0.0)
            codes = np.clip(away / state["scale"], -REACH, REACH)
            after = _learned(values, away, state)
            if not known.all():
                _open(after, np.flatnonzero(sensed & ~known), values)
        if not sensed.all():
            after[~sensed] = state[~sensed]
        return Encoded(codes.astype(np.float32)[:, None], sensed, after)

    def decode_numbers(self, codes: Float32, state: State) -> Float64:
        """See NumberEncoder."""
        values = state["center"] + state["scale"] * np.clip(codes[:, 0].astype(np.float64), -REACH, REACH)
        return np.where(state["version"] > 0, values, np.nan)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range."""
        numbers = self.decode_numbers(codes, state)
        excess = np.maximum(np.abs(codes[:, 0]) - np.float32(REACH), np.float32(0.0))
        values = numbers.astype(np.object_)
        unseen = state["version"] == 0
        values[unseen] = None
        return Decoded(values, np.where(unseen, np.float32(0.0), 1.0 / (1.0 + excess)).astype(np.float32))

    def spread(self, deviation: Float32, state: State) -> Float64:
        """See Encoder."""
        return np.where(state["version"] > 0, deviation[:, 0].astype(np.float64) * state["scale"], np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:
        """See Encoder: at most the coded range."""
        with np.errstate(over="ignore", under="ignore"):
            return np.minimum(usable_sigma(sigma) / state["scale"], REACH).astype(np.float32)[:, None]

    def resolution(self, state: State) -> Float64:
        """See Encoder; holds within the coded range: float32 keeps 24 bits of REACH scales."""
        rounding = REACH * state["scale"] * 2.0**-23 + np.abs(state["center"]) * 2.0**-50
        return np.where(state["version"] > 0, rounding, np.nan)

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled."""
        changed = (old["version"] != new["version"]) & (old["version"] > 0)
        with np.errstate(over="ignore", under="ignore"):
            gain = np.where(changed, old["scale"] / new["scale"], 1.0)
            offset = np.where(changed, (old["center"] - new["center"]) / new["scale"], 0.0)
        return np.clip(gain, 0.0, LARGEST)[:, None], np.clip(offset, -LARGEST, LARGEST)[:, None]


def _opening(values: Float64) -> Float64:
    """The scale of a field that has only ever had this value: a share of it, or 1 for zero."""
    size = np.abs(values)
    return np.where(size == 0.0, 1.0, np.maximum(OPENING * size, TINIEST))


def _open(after: State, rows: npt.NDArray[np.int64], values: Float64) -> None:
    """Give the rows that have their first value their first range, in place."""
    first = values[rows]
    opened = np.zeros(len(rows), dtype=_DTYPE)
    opened["version"] = 1
    opened["count"] = 1
    opened["center"] = first
    opened["mean"] = first
    opened["scale"] = _opening(first)
    after[rows] = opened


def _learned(values: Float64, away: Float64, state: State) -> State:
    """The state after one more value in each row, its range estimated again where that is due."""
    after = state.copy()
    scale = state["scale"]
    count = state["count"] + 1
    rate = 1.0 / np.minimum(count, HORIZON)
    bound = np.where((count <= EARLY) | (state["outside"] > 0), LARGE_TRUST, TRUST) * scale
    delta = state["center"] + np.clip(away, -bound, bound) - state["mean"]
    mean = state["mean"] + rate * delta
    after["count"] = count
    after["mean"] = mean
    after["variance"] = (1.0 - rate) * (state["variance"] + rate * delta * delta)
    after["extent"] = np.maximum(state["extent"] * (1.0 - 1.0 / HORIZON), (1.0 - rate) * np.abs(delta))
    outside = np.abs(away) > REACH * scale
    wider = outside & (np.abs(away) <= NEAR * scale) & (count > EARLY)
    if outside.any() or state["outside"].any():
        _count_outside(after, outside & ~wider, values)
        after["extent"] = np.where(wider, np.maximum(after["extent"], np.abs(values - mean)), after["extent"])
    due = np.where(count < HORIZON, _DUE[np.minimum(count, HORIZON)], count % HORIZON == 0)
    jumped = after["outside"] >= OUTSIDE_RUN
    revised = np.flatnonzero(due | jumped | wider)
    if revised.size:
        rows = after[revised]
        _take_over(rows, jumped[revised])
        _revise(rows)
        after[revised] = rows
    return after


def _count_outside(after: State, outside: Bool, values: Float64) -> None:
    """Mean and variance of the values in the present run outside of the range, in place."""
    run = np.where(outside, after["outside"] + 1, 0)
    share = 1.0 / np.maximum(run, 1)
    delta = values - after["run_mean"]
    started = run <= 1
    mean = np.where(started, values, after["run_mean"] + share * delta)
    variance = np.where(started, 0.0, (1.0 - share) * (after["run_variance"] + share * delta * delta))
    after["outside"] = run
    after["run_mean"] = np.where(outside, mean, 0.0)
    after["run_variance"] = np.where(outside, variance, 0.0)


def _take_over(rows: State, jumped: Bool) -> None:
    """Where a run outside is complete, let it count as much as the past, or alone if it is too far away; in place."""
    distance = np.abs(rows["run_mean"] - rows["mean"])
    size = np.maximum(np.sqrt(rows["run_variance"]), 1e-3 * np.abs(rows["run_mean"]))
    lost = (size > 0.0) & (size < GRAIN * distance)
    far = jumped & (lost | (distance > NEAR * rows["scale"]))
    near = jumped & ~far
    own = np.sqrt(OUTSIDE_RUN * rows["run_variance"])
    joint = 0.5 * (rows["variance"] + rows["run_variance"]) + 0.25 * distance * distance
    middle = 0.5 * (rows["mean"] + rows["run_mean"])
    rows["variance"] = np.where(far, rows["run_variance"], np.where(near, joint, rows["variance"]))
    rows["extent"] = np.where(
        far, own, np.where(near, 0.5 * distance + np.maximum(rows["extent"], own), rows["extent"])
    )
    rows["mean"] = np.where(far, rows["run_mean"], np.where(near, middle, rows["mean"]))
    rows["count"] = np.where(far, OUTSIDE_RUN, np.where(near, 2 * OUTSIDE_RUN, rows["count"]))
    rows["outside"] = np.where(jumped, 0, rows["outside"])
    rows["run_mean"] = np.where(jumped, 0.0, rows["run_mean"])
    rows["run_variance"] = np.where(jumped, 0.0, rows["run_variance"])


def _revise(rows: State) -> None:
    """Set center and scale by the statistics, in place; the version rises where that changes them."""
    center = rows["mean"]
    size = np.abs(center)
    floor = np.maximum(OPENING * size / rows["count"], np.maximum(1e-9 * size, TINIEST))
    seen = np.maximum(np.sqrt(rows["variance"]), rows["extent"] / REACH)
    scale = np.where(seen > 0.0, np.maximum(seen, floor), _opening(center))
    changed = (center != rows["center"]) | (scale != rows["scale"])
    rows["version"] = rows["version"] + changed
    rows["center"] = center
    rows["scale"] = scale
