"""Encoders on values that a person gives: there and back, one stream, one value after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from encoders.contract import Encoder, State, objects, reading_state
from encoders.specimens import SPECIMENS, short, span
from service.errors import UsageError


@dataclass(frozen=True)
class Range:
    """Values to draw, and how they are written on an axis."""

    values: Sequence[Any]
    labels: Sequence[str]
    history: Sequence[Any] = ()
    settings: dict[str, Any] = field(default_factory=dict[str, Any])


def parsed(text: str) -> Any:
    """A value from the command line: JSON where it is JSON, else the text itself.

    >>> parsed("[1, 2]"), parsed("21.5"), parsed("warm")
    ([1, 2], 21.5, 'warm')
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def lived(encoder: Encoder, values: Sequence[Any]) -> list[dict[str, Any]]:
    """For each value that a stream sends: its codes, whether it was sensed, and what is read back."""
    state = encoder.initial(1)
    found: list[dict[str, Any]] = []
    for value in values:
        encoded = encoder.encode(objects([value]), state)
        coding = reading_state(state, encoded.state)
        decoded = encoder.decode(encoded.codes, coding)
        found.append(
            {
                "value": value,
                "sensed": bool(encoded.sensed[0]),
                "codes": [float(code) for code in encoded.codes[0]],
                "decoded": decoded.values[0],
                "confidence": round(float(decoded.confidence[0]), 4),
                "resolution": _finite(encoder.resolution(coding)[0]),
                "version": int(encoded.state["version"][0]),
            }
        )
        state = encoded.state
    return found


def read(encoder: Encoder, codes: Any, after: Sequence[Any]) -> dict[str, Any]:
    """What codes read as after some values. Raises UsageError where they are not one number a channel."""
    try:
        row = np.array(codes, dtype=np.float32).reshape(1, -1)
    except (TypeError, ValueError):
        raise UsageError(f"codes must be a JSON list of {encoder.width} numbers") from None
    if row.shape[1] != encoder.width or not np.isfinite(row).all():
        raise UsageError(f"{encoder.name} has {encoder.width} channels: give a JSON list of {encoder.width} numbers")
    state: State = encoder.initial(1)
    for value in after:
        state = encoder.encode(objects([value]), state).state
    decoded = encoder.decode(row, state)
    return {
        "decoded": decoded.values[0],
        "confidence": round(float(decoded.confidence[0]), 4),
        "resolution": _finite(encoder.resolution(state)[0]),
    }


def range_of(name: str, *, low: float | None, high: float | None, values: Path | None, count: int) -> Range:
    """What to draw: the values of a file, numbers from low to high, else the encoder's own specimen.

    Raises UsageError where there is nothing to draw.
    """
    specimen = SPECIMENS.get(name)
    settings = specimen.settings if specimen else {}
    if values is not None:
        given = _of_file(values)
        return Range(given, [str(value)[:16] for value in given], (), settings)
    if low is not None or high is not None:
        if low is None or high is None or not low < high:
            raise UsageError("give both --low and --high, the lower one as --low")
        numbers = span(low, high)(count)
        return Range(numbers, [short(number) for number in numbers], numbers[:: max(count // 8, 1)], settings)
    if specimen is None:
        raise UsageError(f"give the values to draw {name} by: --low and --high, or --values FILE")
    shown = specimen.values(count)
    return Range(shown, [specimen.label(value)[:16] for value in shown], specimen.history, settings)


def _of_file(path: Path) -> list[Any]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    given = [parsed(line) for line in lines if line.strip()]
    if not given:
        raise UsageError(f"{path} holds no values: write a JSON value a line")
    return given


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
