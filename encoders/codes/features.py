"""Values measured by a row of W numbers, their features, which then are the code: as they are, or each as a scalar.

    fixed:   codes = clip(features, -8, 8), the same for life
    scaled:  codes[w] = ScalarEncoder's code of features[w], by the stream's own range of that feature

Features of one value are measured on a copy of its own, so any of numpy's functions may be used on it; from there on
rows are worked on together. Each encoder says how to measure and how to tell a value by its features.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from encoders.codes.scalar import LARGEST, REACH, ScalarEncoder
from encoders.contract import Bool, Decoded, Decodes, Encoded, Float32, Float64, Objects, State, silent_noise

Measure = Callable[[object], Float64 | None]

_DTYPE = np.dtype([("version", "<i4")])
_SCALAR = ScalarEncoder()


def measured_rows(values: Objects, width: int, measure: Measure) -> tuple[Float64, Bool]:
    """float64[B, W] features, and which rows have any; the others are NaN."""
    features = np.full((len(values), width), np.nan)
    sensed = np.zeros(len(values), dtype=np.bool_)
    for row, value in enumerate(values.tolist()):
        found = None if value is None else measure(value)
        if found is not None and bool((np.abs(found) <= LARGEST).all()):
            features[row] = found
            sensed[row] = True
    return features, sensed


def told_rows(features: Float64, state: State, tell: Callable[[Float64], Any]) -> Objects:
    """object[B]: what each row of float64[B, W] features says, None where nothing was ever seen."""
    values = np.empty(len(features), dtype=np.object_)
    for row in np.flatnonzero(state["version"] > 0).tolist():
        values[row] = tell(features[row])
    return values


def confidence_of(codes: Float32, reach: float, state: State) -> Float32:
    """float32[B]: 1 within [-reach, reach], less the further outside the furthest channel lies; 0 before any value."""
    excess = np.maximum(np.abs(codes).max(axis=1) - np.float32(reach), np.float32(0.0))
    return np.where(state["version"] > 0, 1.0 / (1.0 + excess), 0.0).astype(np.float32)


class FixedFeatures(ABC):
    """See Encoder: what encoders share whose features are their codes."""

    width: int
    decodes: Decodes = "summary"
    state_dtype: np.dtype[Any] = _DTYPE
    reach: float = REACH
    """No code of this encoder lies further from zero."""

    @abstractmethod
    def measured(self, value: object) -> Float64 | None:
        """float64[W] features of a value of any kind; None where it is not understood."""

    @abstractmethod
    def told(self, features: Float64) -> Any:
        """The value or its summary by float64[W] features within [-reach, reach]."""

    @property
    @abstractmethod
    def precision(self) -> float:
        """Largest error of what is told, by the measure that the encoder's documentation gives."""

    def initial(self, count: int) -> State:
        """See Encoder."""
        return np.zeros(count, dtype=self.state_dtype)

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        features, sensed = measured_rows(values, self.width, self.measured)
        codes = np.where(sensed[:, None], np.clip(features, -self.reach, self.reach), 0.0)
        after = state.copy()
        after["version"] = np.where(sensed, 1, state["version"])
        return Encoded(codes.astype(np.float32), sensed, after)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the range of codes."""
        features = np.clip(codes.astype(np.float64), -self.reach, self.reach)
        return Decoded(told_rows(features, state, self.told), confidence_of(codes, self.reach, state))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: a summary has no one unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: a summary has no one unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder."""
        return np.where(state["version"] > 0, self.precision, np.nan)


class ScaledFeatures(ABC):
    """See Encoder and Rescaled: what encoders share whose features are coded as scalars, W of them.

    All W features of a value are there or none; the version rises when the range of any is estimated again.
    """

    decodes: Decodes = "summary"
    precision: float = 0.0
    """Error of measuring and telling, beside that of the scalars."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.state_dtype: np.dtype[Any] = np.dtype([("version", "<i4"), ("features", _SCALAR.state_dtype, (width,))])

    @abstractmethod
    def measured(self, value: object) -> Float64 | None:
        """float64[W] features of a value of any kind; None where it is not understood."""

    @abstractmethod
    def told(self, features: Float64) -> Any:
        """The value or its summary by float64[W] features; they may lie beyond any that were measured."""

    def initial(self, count: int) -> State:
        """See Encoder."""
        state: State = np.zeros(count, dtype=self.state_dtype)
        state["features"] = _SCALAR.initial(count * self.width).reshape(count, self.width)
        return state

    def encode(self, values: Objects, state: State) -> Encoded:
        """See Encoder."""
        features, sensed = measured_rows(values, self.width, self.measured)
        before = flat(state)
        coded = _SCALAR.encode_numbers(features.reshape(-1), before)
        changed = (coded.state["version"] != before["version"]).reshape(-1, self.width)
        after = state.copy()
        after["features"] = coded.state.reshape(-1, self.width)
        after["version"] = state["version"] + changed.any(axis=1)
        return Encoded(coded.codes.reshape(-1, self.width), sensed, after)

    def features_of(self, codes: Float32, state: State) -> Float64:
        """float64[B, W] of codes float32[B, W]; NaN where nothing was ever seen."""
        return _SCALAR.decode_numbers(codes.reshape(-1, 1), flat(state)).reshape(-1, self.width)

    def decode(self, codes: Float32, state: State) -> Decoded:
        """See Encoder; confidence falls with the distance from the coded range of the worst feature."""
        if self.decodes == "nothing":
            return Decoded(np.full(len(codes), None, dtype=np.object_), confidence_of(codes, REACH, state))
        return Decoded(told_rows(self.features_of(codes, state), state, self.told), confidence_of(codes, REACH, state))

    def spread(self, deviation: Float32, state: State) -> Float64:  # noqa: ARG002 -- the contract's signature
        """See Encoder: a summary has no one unit."""
        return np.full(len(state), np.nan)

    def noise(self, sigma: Float64, state: State) -> Float32:  # noqa: ARG002 -- the contract's signature
        """See Encoder: a summary has no one unit."""
        return silent_noise(self.width, sigma)

    def resolution(self, state: State) -> Float64:
        """See Encoder: of the feature that is told least exactly."""
        if self.decodes == "nothing":
            return np.full(len(state), np.nan)
        return _SCALAR.resolution(flat(state)).reshape(-1, self.width).max(axis=1) + self.precision

    def translation(self, old: State, new: State) -> tuple[Float64, Float64]:
        """See Rescaled."""
        gain, offset = _SCALAR.translation(flat(old), flat(new))
        return gain.reshape(-1, self.width), offset.reshape(-1, self.width)


def flat(state: State) -> State:
    """Rows of ScalarEncoder, structured[B * W], of a state of ScaledFeatures."""
    return np.ascontiguousarray(state["features"]).reshape(-1)
