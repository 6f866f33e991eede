"""The mixture that a core is meta-trained on: a family by chance, made unit, put into slots by chance.

Letters: T ticks, B streams, D slots, C channels of a stream.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plastic_core.state import Bool, Float32, Int64
from plastic_core.tasks.streams.families.catalogue import FAMILIES
from plastic_core.tasks.streams.families.contract import Float64, Generator, Stream

LARGEST_CODE = 8.0
"""Codes lie within this, as every encoder promises."""
SMALLEST_SCALE = 1e-6
"""Of a channel that never moves."""
MIXTURE = "mixture"
"""In place of a family's name: any of them, each as likely."""


class Drawn(NamedTuple):
    """One stream in its slots, or B of them side by side, then [T, B, D]; in codes of about unit variance."""

    read: Float32
    """float32[T, D]: what the sensors said last; 0 before they said anything and in slots not used."""
    sensed: Bool
    """bool[T, D]: where a sensor spoke; False in slots not used."""
    truth: Float32
    """float32[T, D]: what there was to be said."""
    asked: Bool
    """bool[T, D]: where the family's own question is put, see families/contract.py."""
    slots: Int64
    """int64[C]: the slots of the channels."""


def chosen(generator: Generator, family: str) -> str:
    """The family itself, or one by chance for MIXTURE. Raises ValueError for one that there is not."""
    if family == MIXTURE:
        return tuple(FAMILIES)[generator.integers(len(FAMILIES))]
    if family not in FAMILIES:
        raise ValueError(f"no family {family!r}; there are {MIXTURE}, {', '.join(FAMILIES)}")
    return family


def drawn(generator: Generator, family: str, ticks: int, width: int, most: int) -> Drawn:
    """One stream of 2 to `most` channels, in slots by chance: any channel may lie in any of the D = `width` slots."""
    stream = FAMILIES[chosen(generator, family)](generator, ticks, int(generator.integers(2, most + 1)))
    truth, read = _unit(stream)
    sensed = np.ones(truth.shape, np.bool_) if stream.sensed is None else stream.sensed
    slots: Int64 = generator.permutation(width)[: truth.shape[1]]

    def placed(values: Float64 | Bool) -> np.ndarray:
        wide = np.zeros((ticks, width), np.bool_ if values.dtype == np.bool_ else np.float32)
        wide[:, slots] = values
        return wide

    return Drawn(placed(held(read, sensed)), placed(sensed), placed(truth), placed(stream.asked), slots)


def _unit(stream: Stream) -> tuple[Float64, Float64]:
    """Truth and readings in standard deviations of the truth, within the largest code."""
    middle, scale = stream.truth.mean(0), stream.truth.std(0) + SMALLEST_SCALE
    read = stream.truth if stream.read is None else stream.read

    def unit(values: Float64) -> Float64:
        return np.clip((values - middle) / scale, -LARGEST_CODE, LARGEST_CODE)

    return unit(stream.truth), unit(read)


def held(read: Float64, sensed: Bool) -> Float64:
    """What was sensed last, [T, C]; 0 before the first."""
    ticks = np.where(sensed, np.arange(len(read))[:, None], -1)
    newest = np.maximum.accumulate(ticks, 0)
    return np.where(newest >= 0, np.take_along_axis(read, np.maximum(newest, 0), 0), 0)
