"""`plastream bench maze`: what an episode of the maze costs; see plastic_core/bench/maze.py."""

from __future__ import annotations

from typing import Any

from service.bench.alone import alone


def run(**told: object) -> dict[str, Any]:
    """Run the bench with the flags of plastic_core.bench.maze. Raises ActionError where it fails."""
    return {name: float(f"{value:.4g}") for name, value in alone("maze", told).items()} | told
