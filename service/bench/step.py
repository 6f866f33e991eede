"""`plastream bench step`: how long a tick of one stream takes, by engine; see plastic_core/bench/step.py."""

from __future__ import annotations

from typing import Any

from service.bench.alone import alone

ENGINE_FIGURES = ("us_per_step", "speedup", "bytes_per_step", "of_copy_limit", "over_in_place_limit", "spread")


def run(**told: object) -> dict[str, Any]:
    """Run the bench with the flags of plastic_core.bench.step. Raises ActionError where it fails."""
    return alone("step", told)


def rows(result: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row an engine: its name and ENGINE_FIGURES."""
    return [(name, *(result[figure][name] for figure in ENGINE_FIGURES)) for name in result["us_per_step"]]
