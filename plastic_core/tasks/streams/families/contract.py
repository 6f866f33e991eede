"""What a family promises: a stream of a wished size, drawn anew for each generator.

A family gives the stream as sensors without a scale of their own would: mixture.py makes it unit, puts it into slots
and hides what was not sensed. Every stream is made up here from equations; no recorded data are involved.

Letters: T ticks, C channels of a stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Generator = np.random.Generator


class Stream(NamedTuple):
    """One stream as its family draws it."""

    truth: Float64
    """[T, C]: what there is to predict; finite, of any scale."""
    asked: Bool
    """[T, C]: where the family's own question is put: a return, a recall, a delayed outcome, a hidden value. All of
    them False in families whose every tick is alike."""
    sensed: Bool | None = None
    """[T, C]: where a sensor spoke; None: everywhere."""
    read: Float64 | None = None
    """[T, C]: what the sensors said; None: the truth."""


Family = Callable[[Generator, int, int], Stream]
"""(generator, T, C) -> a stream of T ticks and C channels. The number of draws may depend on T and C alone or not: the
same generator, T and C always give the same stream."""


def plain(truth: Float64) -> Stream:
    """A stream whose every tick is alike."""
    return Stream(truth, np.zeros(truth.shape, np.bool_))
