"""What training on whole episodes costs: adjoint traces, or plain autograd of the published formulation.

    python -m plastic_core.bench.train --formulation ours --rule hebb --neurons 500 --ticks 200 --streams 4

prints one line of JSON. An episode is forward, backward and a step of Adam; its loss is the squared error at the last
tick; w and alpha are [N, N], eta is one number. One formulation a process, one thread. Memory is the largest resident
set of all episodes beyond what was resident before the first, with the libraries loaded and warm. With --paced it says
when it is ready for an episode and waits for a line, so that two such processes can take turns and a machine's noise
meets both.

`plain` is the yardstick of published.py: every tick makes a new trace.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import torch

from plastic_core.bench.published import WRITTEN, through
from plastic_core.rules import RULES
from plastic_core.trace.adjoint import adjoint_trace
from plastic_core.trace.contract import Fast, Synapses, Write

Tensor = torch.Tensor

ETA = 0.01
LEARNING_RATE = 1e-4
WARM_UP_NEURONS = 8


@dataclass(frozen=True)
class Slow:
    """What is trained."""

    fixed: Tensor
    """w, [N, N]."""
    alpha: Tensor
    """[N, N]."""
    eta: Tensor
    """One number."""

    @staticmethod
    def drawn(neurons: int, seed: int) -> Slow:
        """Small random weights."""
        draw = torch.Generator().manual_seed(seed)
        fixed, alpha = (0.01 * torch.randn(neurons, neurons, generator=draw) for _ in range(2))
        return Slow(fixed.requires_grad_(), alpha.requires_grad_(), torch.tensor(ETA).requires_grad_())


def plain(slow: Slow, rule: str, inputs: Tensor) -> Tensor:
    """Last activity [B, N] after inputs [T, B, N], as the equations say."""
    _, B, N = inputs.shape
    hidden, trace = torch.zeros(B, N), torch.zeros(B, N, N)
    for x in inputs:
        post = torch.tanh(x + through(hidden, slow.fixed, slow.alpha, trace))
        trace = WRITTEN[rule](trace, hidden, post, slow.eta)
        hidden = post
    return hidden


def ours(slow: Slow, rule: str, inputs: Tensor) -> Tensor:
    """The same with adjoint traces."""
    _, B, N = inputs.shape
    eta = slow.eta.expand(1, N)
    trace = adjoint_trace(Synapses(RULES[rule], slow.fixed, slow.alpha, eta, eta), Fast(torch.zeros(B, N, N)))
    hidden, write, ones = torch.zeros(B, N), None, torch.ones(B, 1)
    for x in inputs:
        swept = trace.sweep(write, hidden)
        post = torch.tanh(x + swept.inward)
        write, trace = Write(hidden, RULES[rule].drive(post, ones)), swept.trace
        hidden = post
    return hidden


FORMULATIONS: Mapping[str, Callable[[Slow, str, Tensor], Tensor]] = MappingProxyType({"ours": ours, "plain": plain})


@dataclass(frozen=True)
class Load:
    """What is measured."""

    formulation: str
    rule: str
    neurons: int
    ticks: int
    streams: int
    episodes: int
    seed: int = 0


def measure(load: Load, waited: Iterable[object] | None = None) -> dict[str, Any]:
    """Medians over episodes, the peak of memory, and the losses, by which formulations can be told to agree.

    waited: what is asked for one more item before each episode.
    """
    torch.set_num_threads(1)
    list(train(Load(load.formulation, load.rule, WARM_UP_NEURONS, 3, 1, 1, load.seed)))
    before = resident_bytes()
    forget_peak()
    turns = range(load.episodes) if waited is None else waited
    episodes = [episode for _, episode in zip(turns, train(load), strict=False)]
    wall_s, cpu_s, losses = ([episode[figure] for episode in episodes] for figure in range(3))
    return {
        "seconds_per_episode": statistics.median(wall_s),
        "cpu_seconds_per_episode": statistics.median(cpu_s),
        "peak_bytes": max(peak_bytes() - before, 0),
        "losses": losses,
    }


def train(load: Load) -> Iterator[tuple[float, float, float]]:
    """Wall seconds, CPU seconds and loss of each episode."""
    slow = Slow.drawn(load.neurons, load.seed)
    optimizer = torch.optim.Adam([slow.fixed, slow.alpha, slow.eta], lr=LEARNING_RATE)
    take_step = cast("Callable[[], None]", optimizer.step)
    draw = torch.Generator().manual_seed(load.seed + 1)
    inputs = torch.randn(load.ticks, load.streams, load.neurons, generator=draw)
    target = torch.sign(torch.randn(load.streams, load.neurons, generator=draw))
    for _ in range(load.episodes):
        begun_s, used_s = time.perf_counter(), time.process_time()
        optimizer.zero_grad()
        loss = (FORMULATIONS[load.formulation](slow, load.rule, inputs) - target).square().sum()
        torch.autograd.backward(loss)
        take_step()
        value = loss.item()
        del loss
        yield time.perf_counter() - begun_s, time.process_time() - used_s, value


def told_turns(episodes: int) -> Iterator[int]:
    """Says on stdout that it is ready, and waits for a line on stdin, before each episode."""
    for episode in range(episodes):
        sys.stdout.write(f"{episode}\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            return
        yield episode


def resident_bytes() -> int:
    """Memory of this process now; where the system does not say, at its largest so far."""
    return _of_status("VmRSS") or _largest_bytes()


def peak_bytes() -> int:
    """The largest memory of this process since forget_peak; where that cannot be, since it began."""
    return _of_status("VmHWM") or _largest_bytes()


def forget_peak() -> None:
    """Count the largest memory from here on, where the system lets us (Linux, proc(5), clear_refs)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _of_status(name: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":")), None)


def _largest_bytes() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m plastic_core.bench.train", description="Cost of whole episodes.")
    parser.add_argument("--formulation", choices=list(FORMULATIONS), default="ours")
    parser.add_argument("--rule", choices=list(WRITTEN), default="hebb")
    parser.add_argument("--neurons", type=int, default=500)
    parser.add_argument("--ticks", type=int, default=200)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--episodes", type=int, default=5)
    parser.add_argument("--paced", action="store_true")
    told = vars(parser.parse_args(arguments))
    paced = told.pop("paced")
    load = Load(**told)
    sys.stdout.write(json.dumps(measure(load, told_turns(load.episodes) if paced else None)) + "\n")


if __name__ == "__main__":
    main()
