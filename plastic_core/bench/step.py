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
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from plastic_core.network import Network, blank
from plastic_core.state import Float32

WIDTH = 16
"""D, input channels of the network measured."""
ETA = 0.01
SHORTEST_TURN_S = 0.03
"""Whatever is measured is repeated until it takes this long."""


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


@dataclass(frozen=True)
class Contestant:
    """One way to step."""

    name: str
    yardstick: str
    """The published formulation on the same device."""
    device: str
    advance: Callable[[Float32], Float32]
    moved_bytes: float
    """Bytes of traces and slow weights that a step of one stream reads and writes, by its algorithm."""


def measure(shape: Shape) -> dict[str, Any]:
    """All figures."""
    import torch

    torch.set_num_threads(1)
    contestants = _on_cpu(shape) + (_on_gpu(shape) if torch.cuda.is_available() else [])
    draw = np.random.default_rng(1)
    inputs = draw.normal(0, 1, (shape.ticks, shape.streams, WIDTH)).astype(np.float32)
    first = {one.name: one.advance(inputs) for one in contestants}  # from blank; compiles
    spent: dict[str, list[float]] = {one.name: [] for one in contestants}
    copied: dict[str, list[float]] = {one.device: [] for one in contestants}
    for _ in range(shape.rounds):
        for one in contestants:
            spent[one.name].append(_seconds(one.device, partial(one.advance, inputs)))
        for device, found in copied.items():
            found.append(_copied_bytes_per_s(shape, device))
    return _figures(
        shape, contestants, first, spent, {name: statistics.median(found) for name, found in copied.items()}
    )


def _figures(
    shape: Shape,
    contestants: list[Contestant],
    first: dict[str, Float32],
    spent: dict[str, list[float]],
    copied: dict[str, float],
) -> dict[str, Any]:
    us = {name: 1e6 * statistics.median(found) / (shape.ticks * shape.streams) for name, found in spent.items()}
    limits_us = {device: 1e6 * 8 * shape.neurons**2 / speed for device, speed in copied.items()}
    by_name = {one.name: one for one in contestants}

    def each(figure: Callable[[Contestant], float], digits: int) -> dict[str, float]:
        return {name: round(figure(one), digits) for name, one in by_name.items()}

    return {
        "us_per_step": each(lambda one: us[one.name], 2),
        "speedup": each(lambda one: us[one.yardstick] / us[one.name], 2),
        "spread": each(lambda one: max(spent[one.name]) / min(spent[one.name]), 2),
        "bytes_per_step": {one.name: round(one.moved_bytes) for one in contestants},
        "copy_gb_per_s": {device: round(speed / 1e9, 2) for device, speed in copied.items()},
        "of_copy_limit": each(lambda one: one.moved_bytes / (us[one.name] * 1e-6) / copied[one.device], 3),
        "in_place_limit_us": {device: round(limit, 2) for device, limit in limits_us.items()},
        "over_in_place_limit": each(lambda one: limits_us[one.device] / us[one.name], 2),
        "largest_difference": each(lambda one: float(np.abs(first[one.name] - first[one.yardstick]).max()), 7),
        **asdict(shape),
        "threads": 1,
    }


def _on_cpu(shape: Shape) -> list[Contestant]:
    from plastic_core.bench.published import Published, moved_bytes
    from plastic_core.engines.cpu import CpuEngine

    network = network_of(shape)
    session = CpuEngine(shape.dtype).open(network, blank(network, shape.streams))
    plain = Published.of(network, shape.streams)
    return [
        Contestant("published", "published", "cpu", plain.advance, moved_bytes(network)),
        Contestant("cpu", "published", "cpu", session.advance, session.bytes_per_step()),
    ]


def _on_gpu(shape: Shape) -> list[Contestant]:
    from plastic_core.bench.published import Published, moved_bytes
    from plastic_core.engines.gpu import GpuEngine

    network = network_of(shape)
    session = GpuEngine(shape.dtype).open(network, blank(network, shape.streams))
    plain = Published.of(network, shape.streams, "cuda")
    trace_bytes = (4 if shape.dtype == "bfloat16" else 8) * shape.neurons**2  # slow weights stay in the device's cache
    return [
        Contestant("published_gpu", "published_gpu", "cuda", plain.advance, moved_bytes(network)),
        Contestant("gpu", "published_gpu", "cuda", session.advance, trace_bytes),
    ]


def _seconds(device: str, call: Callable[[], object]) -> float:
    """Seconds of one call among some in a row, once the caches are the caller's: CPU time, or elapsed on a GPU."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    call()
    begun_s, turns = clock(), 0
    while turns == 0 or clock() - begun_s < SHORTEST_TURN_S:
        call()
        turns += 1
    return (clock() - begun_s) / turns


def _copied_bytes_per_s(shape: Shape, device: str) -> float:
    """Bytes read and written a second by a copy as large as the float32 traces, on one thread."""
    import torch

    source = torch.ones(shape.streams, shape.neurons, shape.neurons, device=device)
    target = torch.zeros_like(source)

    def copy() -> None:
        target.copy_(source)
        if device != "cpu":
            torch.cuda.synchronize()

    return 8 * source.numel() / _seconds(device, copy)


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
