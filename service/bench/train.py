"""`plastream bench train`: what an episode of training costs, in time and memory, beside plain autograd.

Each formulation runs in a process of its own, on one thread; they take turns, an episode each, so that only one works
at a time and a machine's noise meets both. See plastic_core/bench/train.py.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import orjson

from service.bench.alone import ONE_THREAD, command_of, failed

FORMULATIONS = ("ours", "plain")


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
    progress("starting", 0.0)
    with ExitStack() as stack:
        processes = {name: stack.enter_context(_started(name, told)) for name in FORMULATIONS}
        said = {name: _said(name, process) for name, process in processes.items()}
        for episode in range(episodes):
            for name, process in processes.items():
                progress(f"episode {episode + 1}, {name}", episode / episodes)
                said[name] = _after_an_episode(name, process)
    found: dict[str, dict[str, Any]] = {name: orjson.loads(line) for name, line in said.items()}

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


@contextmanager
def _started(name: str, told: dict[str, Any]) -> Generator[subprocess.Popen[str]]:
    command = command_of("train", told, "--paced", "--formulation", name)
    pipe, environment = subprocess.PIPE, os.environ | ONE_THREAD
    process = subprocess.Popen(  # noqa: S603 -- our own module; rule and numbers are checked by it
        command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _after_an_episode(name: str, process: subprocess.Popen[str]) -> str:
    """Let it train on one; the line that it prints then: that it is ready for the next, or at last its figures."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it is gone, and `_said` will tell
            process.stdin.write("\n")
            process.stdin.flush()
    return _said(name, process)


def _said(name: str, process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise failed(name, process.stderr.read() if process.stderr else "")
    return line


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def _ratio(figures: dict[str, float]) -> float | None:
    """Ours over plain; None where plain was too small to tell."""
    return round(figures["ours"] / figures["plain"], 4) if figures["plain"] else None
