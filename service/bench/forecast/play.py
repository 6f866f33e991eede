"""Rows played in their order through the mind or a baseline, and what each foretold of the scored rows.

Letters: T rows, K scored rows, H steps ahead, C channels, B streams.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np

from plastic_core.core import Core
from plastic_core.state import Float64
from service.bench.baselines.contract import FarForecaster
from service.bench.forecast.splits import Split
from service.bench.forecast.table import Table
from service.bench.rig import TIME, Belief, Rig
from service.errors import UsageError

EVERY = 200
"""Rows between two words of progress."""
WARM_ROWS = 3
"""Rows lived through beforehand by a mind that is thrown away, so that compiling is not measured."""


@runtime_checkable
class FreeRunning(Protocol):
    """A rig whose streams can dream on from where they are."""

    def tick(self, values: Float64, times: Float64 | None = None) -> Belief:
        """See Rig."""
        ...

    def free_run(self, ticks: int) -> Float64:
        """float64[B, ticks, C]: what the next ticks should bring, each expected from those before; changes nothing."""
        ...


@dataclass(frozen=True)
class Played:
    """What one method foretold, and at what cost."""

    forecasts: Float64
    """float64[K, H, C]: the k-th was made H rows before scored row k, of the H rows after that."""
    cpu_s: float
    """CPU seconds of living through all rows and foretelling."""
    rows: int
    """Rows lived through."""


def played(
    ahead: Iterable[Float64], split: Split, horizon: int, channels: int, progress: Callable[[float], None]
) -> Played:
    """Gather what is foretold: the t-th of `ahead`, float64[H, C], is made after row t, of the rows that follow it."""
    forecasts = np.empty((split.test, horizon, channels))
    first, count = split.start - horizon, split.end - horizon
    started = time.process_time()
    for row, found in enumerate(islice(ahead, count)):
        if row >= first:
            forecasts[row - first] = found
        if row % EVERY == 0:
            progress(row / count)
    return Played(forecasts, time.process_time() - started, count)


def of_baseline(model: FarForecaster, scores: Float64) -> Iterator[Float64]:
    """After each row of z-scores, float64[T, C]: the rows to come, float64[H, C]."""
    return (model.tick(row) for row in scores)


def of_mind(core: Core, table: Table, horizon: int) -> Iterator[Float64]:
    """After each row of a table: what a mind that never saw such a stream expects of the next, in the table's units.

    Raises UsageError where the channels are too many for the core.
    """
    for _ in _live(_rig(core, table), table.head(WARM_ROWS)):
        pass
    rig = _rig(core, table)
    if horizon == 1:
        return islice(_live(rig, table), 1, None)
    return dreamt(rig, table, horizon)


def dreamt(rig: FreeRunning, table: Table, horizon: int) -> Iterator[Float64]:
    """After each row of a table, lived through by the one stream of a rig: the next H rows, float64[H, C]."""
    for row, moment in zip(table.values, table.times, strict=True):
        rig.tick(row[None], moment[None])
        yield rig.free_run(horizon)[0]


def _rig(core: Core, table: Table) -> Rig:
    """A rig of one stream. Messages keep "time" for the time itself, so a channel of that name gets another."""
    names = [f"{name}.value" if name == TIME else name for name in table.channels]
    try:
        return Rig(core, names, timed=bool(np.isfinite(table.times).any()))
    except ValueError as error:
        raise UsageError(str(error)) from None


def _live(rig: Rig, table: Table) -> Iterator[Float64]:
    """Live through each row; what had been expected of it before it came, float64[1, C]."""
    for row, moment in zip(table.values, table.times, strict=True):
        yield rig.tick(row[None], moment[None]).expected
