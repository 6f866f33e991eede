"""What a wave perceived, field by field in the sensors' units: the rows from which percepts are written.

Letters: B streams of the wave, D channels, F blocks of their plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from encoders.block import Block
from encoders.circumstances import Circumstances
from encoders.plan import EncodedRows, Plan
from encoders.quality import MISSING, QUALITY
from encoders.reading import Fields
from encoders.schema.topic import NUMERIC
from encoders.watch.marks import field_words, reading_words
from plastic_core.mixing.mixture import Mixture
from service.percept import in_steps
from service.raw import raw_forms

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]


@dataclass(frozen=True)
class Believed:
    """A wave after mixing, decoded: field path -> [B] values in the sensor's unit."""

    expected: Mapping[str, Column]
    perceived: Mapping[str, Column]
    sigma: Mapping[str, Float64]
    """Standard deviation of the error, of late; NaN for symbols."""
    known: Bool
    """bool[B, D]: channels of which something was sensed before this tick; the others had no expectation."""
    mixture: Mixture
    quality: npt.NDArray[np.uint8]
    """uint8[B, F]: see encoders.quality."""
    marks: npt.NDArray[np.uint16]
    """uint16[B, F]: bits of encoders.watch.marks.FIELD_MARKS."""


def field_rows(
    plan: Plan, fields: Sequence[Fields], came: Circumstances, believed: Believed
) -> Iterator[dict[str, dict[str, Any]]]:
    """One stream after the other: the JSON form of its fields, all but the message's own time, which is not sensed."""
    sensors = [(place, block) for place, block in enumerate(plan.blocks) if not block.timed]
    if not sensors:
        yield from ({} for _ in fields)
        return
    values = _values([block for _, block in sensors], believed)
    signs = _signs(plan, believed)
    marked = np.bitwise_or.reduce(believed.marks, axis=1).tolist()
    for row, message in enumerate(fields):
        gain, quality, imputed, overridden = (sign[row] for sign in signs)
        shown = raw_forms(message)
        cells: dict[str, dict[str, Any]] = {
            block.path: {
                "raw": block.value(shown) if block.parts else shown.get(block.path),
                "expected": expected[row],
                "perceived": perceived[row],
                "gain": gain[place],
                "sigma": sigma[row],
                "quality": QUALITY[quality[place]],
                "imputed": imputed[place],
                "overridden": overridden[place],
            }
            for (place, block), (expected, perceived, sigma) in zip(sensors, values, strict=True)
        }
        if marked[row]:
            _mark(cells, plan.blocks, believed.marks[row].tolist())
        if row in came.notes:
            _explain(cells, came.notes[row].reasons)
        yield cells


def _mark(cells: dict[str, dict[str, Any]], blocks: Sequence[Block], marks: Sequence[int]) -> None:
    """Tell what is suspicious about a reading's fields, in place."""
    for block, bits in zip(blocks, marks, strict=True):
        if bits and not block.timed:
            cells[block.path]["marks"] = field_words(bits)


def _explain(cells: dict[str, dict[str, Any]], reasons: Mapping[str, str]) -> None:
    """Tell what the message itself says of its values, in place."""
    for path, reason in reasons.items():
        if path in cells:
            cells[path]["reason"] = reason


def suspicions(encoded: EncodedRows) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """[B]: the marks of each reading as a whole, and these with those of all its fields."""
    own = encoded.reading_marks.tolist()
    fields = np.bitwise_or.reduce(encoded.marks, axis=1).tolist()
    return [
        (reading_words(bits), reading_words(bits) + field_words(more)) for bits, more in zip(own, fields, strict=True)
    ]


def sensor_surprise(plan: Plan, mixture: Mixture) -> Float64:
    """float64[B]: root mean square of error / deviation over the sensors' sensed channels, in sigmas.

    The clock's own channels are left out: it never surprises, and would dilute what does.
    """
    first = plan.given
    sensed = mixture.sensed[:, first : plan.used]
    deviation = mixture.deviation[:, first : plan.used].astype(np.float64)
    sigmas = np.divide(
        mixture.error[:, first : plan.used], deviation, out=np.zeros_like(deviation), where=sensed & (deviation > 0)
    )
    return np.sqrt((sigmas**2).sum(axis=1) / np.maximum(sensed.sum(axis=1), 1))


def _values(blocks: Sequence[Block], believed: Believed) -> list[tuple[list[Any], list[Any], list[Any]]]:
    """Expected, perceived and sigma of each block as columns of JSON values; NaN is written as null."""
    numbers = [block for block in blocks if _is_number(block, believed)]
    rounded: dict[str, Any] = {}
    if numbers:
        sigma = np.stack([believed.sigma[block.path] for block in numbers])
        triple = np.stack([_stacked(numbers, believed.expected), _stacked(numbers, believed.perceived), sigma])
        written = in_steps(triple, np.broadcast_to(sigma, triple.shape))
        known = believed.known[:, [block.start for block in numbers]].T
        written[0] = np.where(known, written[0], np.nan)
        rounded = {
            block.path: column for block, column in zip(numbers, written.transpose(1, 0, 2).tolist(), strict=True)
        }
    return [rounded[block.path] if block.path in rounded else _symbols(block, believed) for block in blocks]


def _is_number(block: Block, believed: Believed) -> bool:
    """Whether a field's values are single numbers, and read back as such."""
    return block.kind in NUMERIC and believed.expected[block.path].dtype.kind == "f"


def _stacked(blocks: Sequence[Block], columns: Mapping[str, Column]) -> Float64:
    return np.stack([columns[block.path] for block in blocks]).astype(np.float64)


def _symbols(block: Block, believed: Believed) -> tuple[list[Any], list[Any], list[Any]]:
    """The columns of a field that is no number; it has no sigma."""
    expected, perceived = believed.expected[block.path].tolist(), believed.perceived[block.path].tolist()
    known = believed.known[:, block.start].tolist()
    if block.kind == "datetime":
        expected, perceived = [_iso(value) for value in expected], [_iso(value) for value in perceived]
    return (
        [value if seen else None for value, seen in zip(expected, known, strict=True)],
        perceived,
        [None] * len(known),
    )


def _iso(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if np.isfinite(seconds) else None


def _signs(plan: Plan, believed: Believed) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Gain (mean over the block's channels), quality, imputed and overridden: [B][F] each."""
    mixture, starts = believed.mixture, [block.start for block in plan.blocks]
    widths = np.array([block.width for block in plan.blocks], dtype=np.float64)
    gain = np.add.reduceat(mixture.gain[:, : plan.used].astype(np.float64), starts, axis=1) / widths
    imputed = believed.known[:, starts] & (believed.quality >= MISSING)
    overridden = np.logical_or.reduceat(mixture.overridden[:, : plan.used], starts, axis=1)
    return np.round(gain, 4).tolist(), believed.quality.tolist(), imputed.tolist(), overridden.tolist()
