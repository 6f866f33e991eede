"""`plastream bench mind`: ticks of the whole mind a CPU second, by stage; vectors in, no messages."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from encoders.codes.datetime import DatetimeEncoder
from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.core import Core, CoreConfig
from plastic_core.state import Memory
from service.errors import UsageError

STAGES = ("mix", "judge", "learn", "step", "expect")
HTM_CORE = 1779.0
"""Records a second of htm.core, one scalar each, on a machine with two cores; see docs/benchmarks.md."""
HOUR_S = 3600.0
WARM_TICKS = 32


def run(
    *,
    fields: int = 1,
    streams: int = 200,
    ticks: int = 100,
    neurons: int = 128,
    rounds: int = 3,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Median of `rounds`. Raises UsageError where the fields do not fit the vector."""
    config = CoreConfig(neurons=neurons, rule="hebb")
    clock = DatetimeEncoder().width
    if clock + fields > config.width:
        raise UsageError(f"--fields {fields}: a vector of {config.width} channels has room for {config.width - clock}")
    core = Core.build(config)
    found: list[dict[str, float]] = []
    for number in range(rounds):
        progress("living", number / rounds)
        found.append(_measured(core, clock, fields, streams, ticks))
    spent = {stage: median(one[stage] for one in found) for stage in STAGES}
    total = median(sum(one.values()) for one in found)
    return {
        "events_per_s": round(1e6 / total),
        "us_per_event": round(total, 2),
        "us": {stage: round(value, 2) for stage, value in spent.items()},
        "times_htm_core": round(1e6 / total / HTM_CORE, 1),
        "fields": fields,
        "streams": streams,
        "neurons": neurons,
        "threads": 1,
        "kilobytes_per_stream": round(sum(array.nbytes for array in core.initial(1).arrays().values()) / 1024),
    }


def _measured(core: Core, clock: int, fields: int, streams: int, ticks: int) -> dict[str, float]:
    """CPU microseconds a stage, for one event."""
    memory, rows = core.initial(streams), np.arange(streams, dtype=np.int64)
    used, given = (np.full(streams, count, np.int64) for count in (clock + fields, clock))
    x = _walks(streams, clock, fields, WARM_TICKS + ticks, core.config.width)
    sensed: Bool = np.ones((streams, core.config.width), np.bool_)
    measured: Bool = np.arange(core.config.width) >= clock
    spent: dict[str, float] = defaultdict(float)
    for tick, codes in enumerate(x):
        times = np.full(streams, HOUR_S * tick)
        _tick(core, memory, rows, codes, sensed, used, given, measured, times, spent if tick >= WARM_TICKS else {})
    return {stage: 1e6 * spent[stage] / (ticks * streams) for stage in STAGES}


def _tick(
    core: Core,
    memory: Memory,
    rows: Int64,
    codes: Float32,
    sensed: Bool,
    used: Int64,
    given: Int64,
    measured: Bool,
    times: Float64,
    spent: dict[str, float],
) -> None:
    """One wave, and what each stage took."""
    moments = [time.process_time()]

    def done() -> None:
        moments.append(time.process_time())

    mixture = core.mix(memory, rows, codes, sensed, used, times=times, given=given, measured=measured)
    done()
    core.judge(memory, rows, mixture, used)
    done()
    core.learn(memory, rows, mixture, used)
    done()
    core.step(memory, rows, mixture, used)
    done()
    core.expect(memory, rows, mixture, used)
    done()
    for stage, begin, end in zip(STAGES, moments[:-1], moments[1:], strict=True):
        spent[stage] = spent.get(stage, 0.0) + end - begin


def _walks(streams: int, clock: int, fields: int, ticks: int, width: int) -> Float32:
    """[T, B, D]: an hourly clock and noisy sums of daily and other sines."""
    generator = np.random.Generator(np.random.PCG64(0))
    hours: Float64 = np.arange(ticks, dtype=np.float64)
    encoder = DatetimeEncoder()
    x = np.zeros((ticks, streams, width), np.float32)
    x[:, :, :clock] = encoder.encode_numbers(HOUR_S * hours, encoder.initial(ticks)).codes[:, None, :]
    period, phase = generator.uniform(5, 50, (streams, fields)), generator.uniform(0, 6, (streams, fields))
    waves = np.sin(hours[:, None, None] * 2 * np.pi / period + phase) + generator.normal(0, 0.3, (ticks, 1, fields))
    x[:, :, clock : clock + fields] = waves
    return x
