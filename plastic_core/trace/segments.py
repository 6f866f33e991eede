"""Long episodes of any cell with less memory: only the states between segments are kept, the rest is lived again.

For rules that adjoint traces do not know, on top of PlainTrace: memory is that of one segment's graph plus one state a
segment, smallest with segments of about sqrt(T) ticks; time is one more forward. Differentiable to any order.

Letters: T ticks, B streams, D input channels, N neurons.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
from torch.utils import checkpoint

Tensor = torch.Tensor
State = TypeVar("State")


def in_segments(
    step: Callable[[State, Tensor], tuple[State, Tensor]], state: State, inputs: Tensor, ticks: int | None = None
) -> tuple[State, Tensor]:
    """Live through inputs [T, B, D]: the state after them, and what each step gave out, [T, ...].

    step: (state, inputs [B, D]) -> (state, activity); called twice for each tick, so what it is handed must stay as it
    is. ticks: of a segment, at least 1; by default the root of T. Raises ValueError for no ticks.
    """
    if not len(inputs):
        raise ValueError("an episode has at least one tick")
    if ticks is None:
        ticks = math.isqrt(len(inputs))
    if ticks < 1:
        raise ValueError(f"a segment has at least one tick, not {ticks}")
    found: list[Tensor] = []

    def lived(before: State, segment: Tensor) -> tuple[State, Tensor]:
        activity: list[Tensor] = []
        for given in segment:
            before, out = step(before, given)
            activity.append(out)
        return before, torch.stack(activity)

    again = cast(Any, checkpoint).checkpoint  # torch says too little of its types
    for first in range(0, len(inputs), ticks):
        state, activity = again(lived, state, inputs[first : first + ticks], use_reentrant=False)
        found.append(activity)
    return state, torch.cat(found)
