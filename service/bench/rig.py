"""Rows of numbers through the same line as messages: encode, mix, learn, step, expect; no log, no bytes.

    rig = Rig(core, ["load", "temperature"])
    for values, time in zip(table, times):          # values float64[B, C], NaN where nothing came
        belief = rig.tick(values, time)             # what was expected of this tick, perceived, how surprising it was

Several streams of the same columns live side by side: each result is the one that the stream would have alone.

Letters: B streams, C columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from encoders.circumstances import PLAIN
from encoders.reading import Fields
from encoders.schema import TopicSchema
from encoders.schema.topic import FieldSchema, TimeKey
from plastic_core.core import Core
from plastic_core.state import Bool, Float64, Int64
from service.pipeline import Tick, perceive
from service.streams import Streams

TIME = "time"


@dataclass(frozen=True)
class Belief:
    """One tick of B streams in the sensors' units; rows of streams that sent nothing are NaN, 0 or False."""

    expected: Float64
    """float64[B, C]: what was expected of this tick before it came; NaN before the first expectation."""
    perceived: Float64
    """float64[B, C]: expectation and input, mixed."""
    sigma: Float64
    """float64[B, C]: standard deviation of the expectation's error."""
    gain: Float64
    """float64[B, C] in [0, 1]: share of the error that was believed."""
    imputed: Bool
    """bool[B, C]: nothing was sensed; perceived is imagined."""
    overridden: Bool
    """bool[B, C]: sensed, but perceived far away from it."""
    surprise: Float64
    """float64[B]: root mean square of error / deviation over the columns sensed."""
    novelty: Float64
    """float64[B] in [0, 1): how unlikely it is while all is normal; lasts as long as what is abnormal does."""
    onset: Float64
    """float64[B] in [0, 1): that something unseen begins here."""
    plasticity: Float64
    """float64[B]: norm of the trace's write."""


class Rig:
    """B streams of C numeric columns; names of columns are free but for "time"."""

    def __init__(self, core: Core, columns: Sequence[str], streams: int = 1, *, timed: bool = True) -> None:
        """`timed`: ticks come with event times. Raises ValueError where the columns do not fit the core's width."""
        self.columns = list(columns)
        self.names = [str(number) for number in range(streams)]
        self.streams = Streams.empty(core)
        self._core = core
        self._schema = TopicSchema(
            time=TimeKey(path=TIME, unit="s") if timed else None,
            fields={name: FieldSchema(type="number", encoder="scalar") for name in columns},
        )
        self._rows = self.streams.admit(self.names)

    def tick(self, values: Float64, times: Float64 | None = None) -> Belief:
        """Live through one reading each.

        values: float64[B, C], NaN where nothing was sensed. times: float64[B], seconds since 1970; NaN: unknown.
        """
        count = len(self.names)
        moments = np.full(count, np.nan) if times is None else np.asarray(times, np.float64)
        fields = [self._fields(row) for row in values]
        belief = self._blank()
        for members in self.streams.members(range(count), self._rows, fields, self._schema):
            chosen = np.asarray(members.readings)
            told = [fields[place] for place in members.readings]
            self._fill(belief, chosen, perceive(self._core, self.streams, members, told, moments[chosen], PLAIN))
        return belief

    def free_run(self, ticks: int) -> Float64:
        """float64[B, ticks, C]: what the next ticks should bring, each expected from those before, at the last pace."""
        found = np.full((len(self.names), ticks, len(self.columns)), np.nan)
        memory = self.streams.memory
        for plan, cohort in self.streams.cohorts.items():
            streams = [stream for stream, row in enumerate(self._rows) if self.streams.plans[row] is plan]
            rows: Int64 = np.asarray([self._rows[stream] for stream in streams], np.int64)
            if not streams:
                continue
            state = cohort.state[[self.streams.places[int(row)] for row in rows]]
            clock = memory.clock
            known = memory.revision[rows] > 0
            pace = np.arange(1, ticks + 1) * clock.interval[rows, None]
            times = np.where((clock.interval[rows] > 0)[:, None], clock.moment[rows, None] + pace, np.nan)
            nothing: list[Fields] = [{} for _ in streams]
            codes = [plan.encode(nothing, times[:, tick], state).x for tick in range(ticks)]
            used, given = (np.full(len(rows), count, np.int64) for count in (plan.used, plan.given))
            told = self._core.free_run(memory, rows, used, ticks, times=times, x=np.stack(codes, axis=1), given=given)
            for tick in range(ticks):
                values = plan.decode(told[:, tick], state)
                for place, name in enumerate(self.columns):
                    if name in values:
                        found[streams, tick, place] = np.where(known, values[name], np.nan)
        return found

    def _fields(self, row: Float64) -> Fields:
        """As a message would bring them; a column without a value is not there."""
        return {name: value for name, value in zip(self.columns, row.tolist(), strict=True) if value == value}

    def _blank(self) -> Belief:
        shape = (len(self.names), len(self.columns))
        return Belief(
            expected=np.full(shape, np.nan),
            perceived=np.full(shape, np.nan),
            sigma=np.full(shape, np.nan),
            gain=np.zeros(shape),
            imputed=np.zeros(shape, np.bool_),
            overridden=np.zeros(shape, np.bool_),
            surprise=np.zeros(shape[0]),
            novelty=np.zeros(shape[0]),
            onset=np.zeros(shape[0]),
            plasticity=np.zeros(shape[0]),
        )

    def _fill(self, belief: Belief, streams: Int64, tick: Tick) -> None:
        """Write a wave's results into the rows `streams` of the tick's."""
        believed, places = tick.believed, {block.path: block.start for block in tick.plan.blocks}
        belief.surprise[streams] = tick.surprises
        belief.novelty[streams] = tick.judged.novelty
        belief.onset[streams] = tick.judged.onset
        belief.plasticity[streams] = tick.plasticity
        for column, name in enumerate(self.columns):
            if name not in believed.expected:
                continue
            start = places[name]
            belief.expected[streams, column] = np.where(believed.known[:, start], believed.expected[name], np.nan)
            belief.perceived[streams, column] = believed.perceived[name]
            belief.sigma[streams, column] = believed.sigma[name]
            belief.gain[streams, column] = believed.mixture.gain[:, start]
            belief.imputed[streams, column] = believed.mixture.imputed[:, start]
            belief.overridden[streams, column] = believed.mixture.overridden[:, start]


def side_by_side(tables: Sequence[Float64]) -> Float64:
    """float64[T, B, ...] from B tables float64[T_b, ...]; NaN after the end of one."""
    found = np.full((max(map(len, tables)), len(tables), *tables[0].shape[1:]), np.nan)
    for place, table in enumerate(tables):
        found[: len(table), place] = table
    return found
