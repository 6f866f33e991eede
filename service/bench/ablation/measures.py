"""What each arm is measured by; each measure draws, or is given, its own streams and says figures by name.

Letters: T ticks, B streams, C channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from plastic_core.core import Core
from plastic_core.health import effective_rank
from plastic_core.state import Bool, Float64
from service.bench.forecast.play import of_mind, played
from service.bench.forecast.run import Task, z_score
from service.bench.forecast.score import scores
from service.bench.noise.faults import spoilt
from service.bench.rig import Rig
from service.bench.switch.families import FAMILIES
from service.bench.switch.learners import mind
from service.bench.switch.recording import recorded
from service.bench.switch.recovery import figures

Progress = Callable[[float], None]
Figures = dict[str, float]

SEEDS = 2
"""Recordings whose regimes return."""
CYCLES = 2
FAMILY = "coupling"
MOTIF_TICKS, MOTIF_STREAMS, MOTIF_CHANNELS = 20, 8, 4
MOTIFS = 6
"""Each is shown once, and once more; the last half of them is scored, since how far recall is to be trusted is learned
too."""
CUE_TICKS = 4
"""First ticks of a motif that returns: they say which it is, and are not scored."""
SENSORS, SOURCES, SENSOR_NOISE = 6, 3, 0.1
DROPPED = 0.1
"""Share of readings that are missing."""
SCORED = 0.8
"""Last part of a stream with missing sensors that is scored."""


@dataclass(frozen=True)
class Sizes:
    """How long the drawn lives are."""

    ticks: int = 600
    """Ticks of a regime's visit, in the mean; of a stream with missing sensors, five times as many."""
    gap: int = 100
    """Ticks of noise between two motifs."""


def one_step(core: Core, task: Task, progress: Progress) -> Figures:
    """Mean squared error of the next row of a table, in z-scores of its first rows."""
    split, table = task.split, task.table
    mean, deviation = z_score(task)
    found = played(of_mind(core, table.head(split.end), 1), split, 1, len(table.channels), progress)
    told = (table.values[split.start : split.end] - mean) / deviation
    return {f"{task.name} mse": scores((found.forecasts - mean) / deviation, told, table.channels).mse}


def regimes(core: Core, sizes: Sizes, progress: Progress) -> Figures:
    """Ticks until a new regime, and one that returns, is foretold as well as by the oracle; see bench switch."""
    recordings = [recorded(FAMILIES[FAMILY], seed=seed, cycles=CYCLES, ticks=sizes.ticks) for seed in range(SEEDS)]
    own = mind(core, recordings, progress)
    told = figures(recordings, [each.excess(said) for each, said in zip(recordings, own.expected, strict=True)])
    return {
        "new": told["recover_new"],
        "return": told["recover_return"],
        "switch mse": told["mse"],
        "events_per_s": own.events_per_s,
    }


def one_shot(core: Core, sizes: Sizes, progress: Progress) -> Figures:
    """Squared error over variance where a motif of white noise, shown once, returns; 1 for who foretells the mean."""
    values, scored = motifs(sizes.gap)
    rig = Rig(core, [f"channel_{number}" for number in range(MOTIF_CHANNELS)], MOTIF_STREAMS, timed=False)
    errors = list[Float64]()
    for tick, row in enumerate(values):
        expected = rig.tick(row).expected
        if scored[tick]:
            errors.append((expected - row) ** 2)
        progress(tick / len(values))
    return {"motif": float(np.mean(errors)) / float(values.var())}


def motifs(gap: int) -> tuple[Float64, Bool]:
    """Noise in which motifs come, once and once more, float64[T, B, C]; True at ticks that are scored, bool[T]."""
    generator = np.random.Generator(np.random.PCG64(0))
    parts, scored = list[Float64](), list[Bool]()
    for number in range(MOTIFS):
        shape = (2 * gap + MOTIF_TICKS, MOTIF_STREAMS, MOTIF_CHANNELS)
        drawn = generator.normal(0.0, 1.0, shape)
        parts += [drawn, drawn[gap : gap + MOTIF_TICKS]]
        counts = (np.arange(MOTIF_TICKS) >= CUE_TICKS) & (number >= MOTIFS // 2)
        scored += [np.zeros(len(drawn), np.bool_), counts]
    return np.concatenate(parts), np.concatenate(scored)


def missing(core: Core, sizes: Sizes, progress: Progress) -> Figures:
    """Squared error over variance of what is imagined for missing sensors, and the rank of the neurons on the way."""
    clean = coupled(5 * sizes.ticks)
    spread = clean.std(axis=0)
    values = spoilt(clean, spread, "drop-outs", DROPPED, seed=0).values
    rig = Rig(core, [f"sensor_{number}" for number in range(SENSORS)], timed=False)
    perceived, activity = np.empty_like(clean), np.empty((len(clean), core.config.neurons), np.float32)
    for tick, row in enumerate(values):
        perceived[tick] = rig.tick(row[None]).perceived[0]
        activity[tick] = rig.streams.memory.hidden[0]
        progress(tick / len(values))
    gone = np.isnan(values) & (np.arange(len(values)) >= (1 - SCORED) * len(values))[:, None]
    third = len(values) // 3
    parts = zip(("start", "middle", "end"), (0, third, 2 * third), strict=True)
    ranks = {f"rank {name}": effective_rank(activity[start : start + third]) for name, start in parts}
    return {"missing": float((((perceived - clean) / spread) ** 2)[gone].mean()), **ranks}


def coupled(ticks: int) -> Float64:
    """float64[T, SENSORS]: readings of a few swinging sources, each sensor a mixture of all with noise of its own."""
    generator = np.random.Generator(np.random.PCG64(1))
    turn, damping = 2 * np.pi / generator.uniform(10.0, 40.0, SOURCES), 0.97
    pushes = generator.normal(0.0, 1.0, (ticks, SOURCES))
    swings = np.zeros((ticks, SOURCES))
    for tick in range(2, ticks):
        swings[tick] = 2 * damping * np.cos(turn) * swings[tick - 1] - damping**2 * swings[tick - 2] + pushes[tick]
    mixed: Float64 = (swings / swings.std(axis=0)) @ generator.normal(0.0, 1.0, (SOURCES, SENSORS))
    return mixed + generator.normal(0.0, SENSOR_NOISE, mixed.shape)
