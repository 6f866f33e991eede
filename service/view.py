"""What a wave perceived, field by field in the sensors' units: the columns from which percepts are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from encoders.block import Block
from encoders.plan import MISSING, QUALITY, Plan
from encoders.reading import Fields
from plastic_core.mixing import Mixture
from service.percept import FieldColumns, in_steps

Float64 = npt.NDArray[np.float64]
Column = npt.NDArray[Any]


@dataclass(frozen=True)
class Believed:
    """A wave after mixing, decoded: field path -> [B] values in the sensor's unit."""

    expected: Mapping[str, Column]
    perceived: Mapping[str, Column]
    sigma: Mapping[str, Float64]
    """Standard deviation of the error, of late; NaN for symbols."""
    known: npt.NDArray[np.bool_]
    """bool[B, D]: channels of which something was sensed before this tick; the others had no expectation."""
    mixture: Mixture


@dataclass(frozen=True)
class WaveColumns:
    """All sensor fields of a wave, ready to be written row by row."""

    fields: Mapping[str, FieldColumns]
    surprise: Float64
    """float64[B]: root mean square of error / deviation over the sensors' sensed channels, in sigmas."""

    def row(self, index: int) -> dict[str, dict[str, Any]]:
        """The JSON form of one stream's fields."""
        return {path: columns.row(index) for path, columns in self.fields.items()}


def field_columns(
    plan: Plan, fields: Sequence[Fields], quality: npt.NDArray[np.uint8], believed: Believed
) -> WaveColumns:
    """Columns of every field of the plan but the message's own time, which is given, not sensed."""
    columns = {
        block.path: _columns(block, [message.get(block.path) for message in fields], quality[:, place], believed)
        for place, block in enumerate(plan.blocks)
        if not block.timed
    }
    return WaveColumns(columns, _surprise(plan, believed.mixture))


def _columns(block: Block, raw: list[Any], quality: npt.NDArray[np.uint8], believed: Believed) -> FieldColumns:
    mixture, path = believed.mixture, block.path
    channels = slice(block.start, block.stop)
    sigma = believed.sigma[path]
    expected = np.where(believed.known[:, block.start], believed.expected[path], _nothing(block))
    return FieldColumns(
        raw=raw,
        expected=_written(block, expected, sigma),
        perceived=_written(block, believed.perceived[path], sigma),
        gain=_mean_gain(mixture.gain[:, channels]),
        sigma=in_steps(sigma, sigma),
        quality=[QUALITY[number] for number in cast("list[int]", quality.tolist())],
        imputed=(believed.known[:, block.start] & (quality >= MISSING)).tolist(),
        overridden=np.logical_or.reduce(mixture.overridden[:, channels], axis=1).tolist(),
    )


def _mean_gain(gains: npt.NDArray[np.float32]) -> list[float]:
    """One gain a row for a block of several channels."""
    mean: Float64 = np.add.reduce(gains, axis=1, dtype=np.float64) / gains.shape[1]
    return np.round(mean, 4).tolist()


def _nothing(block: Block) -> Any:
    """What stands where nothing was expected or seen, in a column of this kind."""
    return np.nan if block.kind in {"number", "datetime"} else None


def _written(block: Block, values: Column, sigma: Float64) -> list[Any]:
    """A column as JSON values."""
    if block.kind == "number":
        return in_steps(values, sigma)
    if block.kind == "datetime":
        return [_iso(value) for value in values.tolist()]
    return values.tolist()


def _iso(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if np.isfinite(seconds) else None


def _surprise(plan: Plan, mixture: Mixture) -> Float64:
    """Over the sensors' channels only: the clock never surprises, and would dilute what does."""
    first = plan.blocks[0].stop if plan.blocks and plan.blocks[0].timed else 0
    sensed = mixture.sensed[:, first : plan.used]
    deviation = mixture.deviation[:, first : plan.used].astype(np.float64)
    sigmas = np.divide(
        mixture.error[:, first : plan.used], deviation, out=np.zeros_like(deviation), where=sensed & (deviation > 0)
    )
    return np.sqrt((sigmas**2).sum(axis=1) / np.maximum(sensed.sum(axis=1), 1))
