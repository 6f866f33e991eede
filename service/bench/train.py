"""`plastream bench train`: what an episode of training costs, in time and memory, beside plain autograd.

Each formulation runs in a process of its own, one after the other, on one thread; see plastic_core/bench/train.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import orjson

from service.errors import ActionError

FORMULATIONS = ("ours", "plain")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def run(
    *,
    rule: str = "hebb",
    neurons: int = 1000,
    ticks: int = 200,
    streams: int = 1,
    episodes: int = 5,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Run the bench; `progress` is told stage and share done. Raises ActionError where a process fails."""
    told = {"rule": rule, "neurons": neurons, "ticks": ticks, "streams": streams, "episodes": episodes}
    found: dict[str, dict[str, Any]] = {}
    for turn, name in enumerate(FORMULATIONS):
        progress(f"training, {name}", turn / len(FORMULATIONS))
        found[name] = _measured(name, told)

    def each(figure: str) -> dict[str, Any]:
        return {name: figures[figure] for name, figures in found.items()}

    seconds, cpu_seconds, peaks = each("seconds_per_episode"), each("cpu_seconds_per_episode"), each("peak_bytes")
    return {
        "seconds_per_episode": _rounded(seconds),
        "cpu_seconds_per_episode": _rounded(cpu_seconds),
        "peak_bytes": peaks,
        "time_ratio": _ratio(seconds),
        "cpu_time_ratio": _ratio(cpu_seconds),
        "memory_ratio": _ratio(peaks),
        "first_loss": {name: losses[0] for name, losses in each("losses").items()},
        "last_loss": {name: losses[-1] for name, losses in each("losses").items()},
        **told,
        "threads": 1,
    }


def _measured(name: str, told: dict[str, Any]) -> dict[str, Any]:
    flags = [part for key, value in told.items() for part in (f"--{key}", str(value))]
    command = [sys.executable, "-m", "plastic_core.bench.train", "--formulation", name, *flags]
    ended = subprocess.run(  # noqa: S603 -- our own module; rule and numbers are checked by it
        command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"]
        raise ActionError(f"the measurement of {name!r} failed: {said[-1]}")
    return orjson.loads(ended.stdout)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def _ratio(figures: dict[str, float]) -> float | None:
    """Ours over plain; None where plain was too small to tell."""
    return round(figures["ours"] / figures["plain"], 4) if figures["plain"] else None
