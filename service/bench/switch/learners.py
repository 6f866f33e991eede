"""Who is measured: the mind, and others that see each row once, in order, under the same conditions.

Letters: T ticks, C channels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np

from plastic_core.core import Core
from plastic_core.state import Float64
from service.bench.baselines.contract import Forecaster
from service.bench.baselines.cross_lags import CrossLags
from service.bench.baselines.last_value import LastValue
from service.bench.rig import Rig, side_by_side
from service.bench.switch.recording import Recording
from service.bench.switch.river_adaptive import drift_linear, tree

LAGS = 2
"""Rows that the baselines look back: as many as the laws, which no one told the mind."""
FORGETTING = (0.98, 0.99, 0.995, 0.999)
SCALE_ROWS = 200
"""First rows, whose mean and standard deviation the baselines are given in advance."""

Maker = Callable[[int], Forecaster]

OTHERS: Mapping[str, Maker] = MappingProxyType(
    {
        "last value": LastValue,
        **{f"RLS {factor:g}": partial(CrossLags, lags=LAGS, forgetting=factor) for factor in FORGETTING},
    }
)
"""Name -> maker of a forecaster for C channels."""
RIVER: Mapping[str, Maker] = MappingProxyType(
    {"River adaptive tree": partial(tree, lags=LAGS), "River linear, ADWIN": partial(drift_linear, lags=LAGS)}
)
"""The same; they take a hundred times as long."""


@dataclass(frozen=True)
class Lived:
    """What the mind expected, and how long it took."""

    expected: list[Float64]
    """float64[T, C] for each recording."""
    events_per_s: float
    """Rows a CPU second."""


def mind(core: Core, recordings: Sequence[Recording], progress: Callable[[float], None]) -> Lived:
    """All recordings as streams side by side; none hears of the others, nor of regimes."""
    rows = side_by_side([each.values for each in recordings])
    longest, _, channels = rows.shape
    rig = Rig(core, [f"channel_{number}" for number in range(channels)], len(recordings), timed=False)
    expected = np.full_like(rows, np.nan)
    began = time.process_time()
    for tick, values in enumerate(rows):
        expected[tick] = rig.tick(values).expected
        if tick % 100 == 0:
            progress(tick / longest)
    took = max(time.process_time() - began, 1e-9)
    told = [expected[: len(each.values), place] for place, each in enumerate(recordings)]
    return Lived(told, sum(len(each.values) for each in recordings) / took)


def lived(maker: Maker, recording: Recording) -> Float64:
    """float64[T, C]: what a forecaster expected of each row, in the recording's units; NaN before the first."""
    middle, spread = recording.values[:SCALE_ROWS].mean(axis=0), recording.values[:SCALE_ROWS].std(axis=0)
    model = maker(recording.values.shape[1])
    told = np.array([model.tick(row) for row in (recording.values - middle) / spread])
    return np.concatenate([np.full((1, len(middle)), np.nan), told[:-1]]) * spread + middle
