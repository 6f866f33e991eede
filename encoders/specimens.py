"""Values to show, try and measure each encoder of the catalogue by.

A row of SPECIMENS is settings and values over a range, in order where they have one: what `plastream encoder plot`
draws and `plastream bench encode` measures. tests/encoders/test_specimens.py holds that each encoder has one and
understands it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Specimen:
    """How to show one encoder."""

    values: Callable[[int], Sequence[Any]]
    """How many -> about so many values over the range that is worth seeing."""
    history: Sequence[Any] = ()
    """What the stream has sent before."""
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    label: Callable[[Any], str] = str
    """How a value is written on an axis."""


def span(low: float, high: float) -> Callable[[int], list[float]]:
    """Equal steps from low to high.

    >>> span(0.0, 1.0)(3)
    [0.0, 0.5, 1.0]
    """
    return lambda count: [low + (high - low) * k / max(count - 1, 1) for k in range(count)]


def short(value: Any) -> str:
    """A number in few digits."""
    return f"{value:.4g}"


_MONDAY = datetime(2026, 9, 21, tzinfo=UTC)
_STATES = ("run", "running", "idle", "stop", "fault", "fault: bearing", "fault: motor", "maintenance")


def _moments(count: int) -> list[datetime]:
    return [_MONDAY + timedelta(hours=168.0 * k / count) for k in range(count)]


SPECIMENS: dict[str, Specimen] = {
    "boolean": Specimen(lambda _: [False, True]),
    "category": Specimen(lambda _: list(_STATES)),
    "datetime": Specimen(_moments, label=lambda moment: f"{moment:%a %H:%M}"),
    "scalar": Specimen(span(10.0, 30.0), history=[20.0, 24.0, 16.0, 21.0, 18.0, 23.0, 19.0, 20.0], label=short),
}
"""Name in the catalogue -> how to show it."""
