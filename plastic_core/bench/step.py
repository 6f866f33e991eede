"""How long a tick of one stream takes: engines, the published formulation, and what this machine can move at most.

    python -m plastic_core.bench.step --neurons 256 --streams 8 --ticks 64 --dtype float32

prints one line of JSON; docs/benchmarks.md explains its keys. One thread. Rounds of all contestants alternate, so a
machine's noise meets all of them; figures are medians of CPU seconds (of elapsed time on a GPU).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from plastic_core.engines.contract import Engine, Session
from plastic_core.network import Network, blank
from plastic_core.state import Float32

WIDTH = 16
"""D, input channels of the network measured."""
ETA = 0.01
SMALLEST_COPY_S = 0.02
"""The copy is repeated until a measurement takes this long."""


@dataclass(frozen=True)
class Shape:
    """What is measured."""

    neurons: int
    streams: int
    ticks: int
    dtype: str
    """"float32" or "bfloat16": how the engines keep traces; the published formulation is float32."""
    alpha: str
    """"synapse" or "neuron"."""
    rounds: int


def network_of(shape: Shape) -> Network:
    """A Hebbian network with one eta, drawn from a fixed seed."""
    draw, n = np.random.default_rng(0), shape.neurons

    def numbers(scale: float, *size: int) -> Float32:
        return (draw.normal(0, scale, size)).astype(np.float32)

    eta = np.full((1, n), ETA, np.float32)
    alpha = numbers(0.3 / n**0.5, n if shape.alpha == "synapse" else 1, n)
    return Network(
        "hebb", numbers(WIDTH**-0.5, WIDTH, n), numbers(0.9 / n**0.5, n, n), numbers(0.1, n), alpha, eta, eta
    )


def measure(shape: Shape) -> dict[str, Any]:
    """All figures."""
    import torch

    torch.set_num_threads(1)
    network = network_of(shape)
    draw = np.random.default_rng(1)
    inputs = draw.normal(0, 1, (shape.rounds + 2, shape.ticks, shape.streams, WIDTH)).astype(np.float32)
    contestants = {"published": _published(network, shape), **_engines(network, shape)}
    spent: dict[str, list[float]] = {name: [] for name in contestants}
    activity: dict[str, Float32] = {}
    copies: list[float] = []
    for turn, given in enumerate(inputs):
        for name, contestant in contestants.items():
            seconds, activity[name] = contestant(given)
            if turn >= 2:  # the first compiles and starts from blank, the second fills the caches
                spent[name].append(seconds)
        copies.append(copied_bytes_per_s(shape))
    return _figures(shape, spent, statistics.median(copies), activity)


def _figures(
    shape: Shape, spent: dict[str, list[float]], copied: float, activity: dict[str, Float32]
) -> dict[str, Any]:
    square = shape.neurons**2
    us = {name: 1e6 * statistics.median(found) / (shape.ticks * shape.streams) for name, found in spent.items()}
    moved = {name: moved_bytes(name, shape) for name in us}
    limit_us = 1e6 * 8 * square / copied
    return {
        "us_per_step": {name: round(value, 2) for name, value in us.items()},
        "speedup": {name: round(us["published"] / value, 2) for name, value in us.items()},
        "spread": {name: round(max(found) / min(found), 2) for name, found in spent.items()},
        "bytes_per_step": {name: round(value) for name, value in moved.items()},
        "copy_gb_per_s": round(copied / 1e9, 2),
        "of_copy_limit": {name: round(moved[name] / (us[name] * 1e-6) / copied, 3) for name in us},
        "in_place_limit_us": round(limit_us, 2),
        "over_in_place_limit": {name: round(limit_us / value, 2) for name, value in us.items()},
        "largest_difference": {
            name: float(np.abs(found - activity["published"]).max()) for name, found in activity.items()
        },
        "neurons": shape.neurons,
        "streams": shape.streams,
        "ticks": shape.ticks,
        "dtype": shape.dtype,
        "alpha": shape.alpha,
        "rounds": shape.rounds,
        "threads": 1,
    }


def moved_bytes(name: str, shape: Shape) -> float:
    """Bytes of traces and of slow weights that a step of one stream reads and writes, by its algorithm."""
    from plastic_core.bench.published import FLOATS_MOVED

    square, own = shape.neurons**2, shape.alpha == "synapse"
    shared = 4 * square * (2 if own else 1)
    if name == "published":
        return 4 * FLOATS_MOVED * square + shared
    if name == "cpu":
        from plastic_core.engines.cpu import CpuEngine

        engine, network = CpuEngine(shape.dtype), network_of(shape)
        return engine.open(network, blank(network, shape.streams)).bytes_per_step()
    return (4 if shape.dtype == "bfloat16" else 8) * square + shared


def _published(network: Network, shape: Shape) -> Callable[[Float32], tuple[float, Float32]]:
    from plastic_core.bench.published import Published

    formulation = Published.of(network, shape.streams)
    return lambda given: _timed(time.process_time, formulation.advance, given)


def _engines(network: Network, shape: Shape) -> dict[str, Callable[[Float32], tuple[float, Float32]]]:
    """The engines that can run here."""
    import torch

    from plastic_core.engines.cpu import CpuEngine

    found: list[Engine] = [CpuEngine(shape.dtype)]
    if torch.cuda.is_available():
        from plastic_core.engines.gpu import GpuEngine

        found.append(GpuEngine(shape.dtype))
    return {engine.name: _session(engine, network, shape) for engine in found}


def _session(engine: Engine, network: Network, shape: Shape) -> Callable[[Float32], tuple[float, Float32]]:
    session: Session = engine.open(network, blank(network, shape.streams))
    clock = time.perf_counter if engine.name == "gpu" else time.process_time
    return lambda given: _timed(clock, session.advance, given)


def _timed(clock: Callable[[], float], advance: Callable[[Float32], Float32], given: Float32) -> tuple[float, Float32]:
    begun_s = clock()
    activity = advance(given)
    return clock() - begun_s, activity


def copied_bytes_per_s(shape: Shape) -> float:
    """Bytes read and written a second by a copy as large as the float32 traces, on one thread."""
    source = np.ones((shape.streams, shape.neurons, shape.neurons), np.float32)
    target = np.zeros_like(source)
    np.copyto(target, source)
    begun_s, turns = time.process_time(), 0
    while time.process_time() - begun_s < SMALLEST_COPY_S:
        np.copyto(target, source)
        turns += 1
    return 2 * source.nbytes * turns / (time.process_time() - begun_s)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m plastic_core.bench.step", description="Time of a plastic tick.")
    parser.add_argument("--neurons", type=int, default=256)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--ticks", type=int, default=64)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--alpha", choices=["synapse", "neuron"], default="synapse")
    parser.add_argument("--rounds", type=int, default=9)
    told = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(measure(Shape(**vars(told)))) + "\n")


if __name__ == "__main__":
    main()
