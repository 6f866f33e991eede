"""`plastream bench economy`: how many plastic writes can be saved, and what that costs in accuracy.

A recording of a host's sensors goes through the line twice, message by message: with every write carried out, and with
the writes of calm ticks skipped. The one-step error is that of the demo: mean over its numeric sensors of squared error
over variance, the first minutes not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from encoders.formats.catalogue import format_named
from encoders.schema.infer import infer
from plastic_core.core import Core, CoreConfig
from plastic_core.economy import EconomySettings
from service.demo.feeds import PACKAGED, Message, read_recording
from service.demo.summary import summarise
from service.demo.track import Track
from service.errors import UsageError
from service.log.contract import Record
from service.pipeline import Line, advance, message_of
from service.streams import Streams

LOOKED_AT = 100
"""First messages from which the schema is inferred."""
FIGURES = ("writes_skipped", "error", "error_of_all_written", "accuracy_lost", "cpu_saved", "events_per_s")


def run(
    config: CoreConfig,
    recording: Path | None = None,
    *,
    seconds: float | None = None,
    warm_up_s: float = 300.0,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Play a recording, or the demo's, with and without economy. Raises UsageError."""
    messages = read_recording(recording or PACKAGED, seconds)
    found: dict[str, tuple[float, float, float]] = {}
    for place, (name, economy) in enumerate((("all written", EconomySettings(0.0)), ("economy", config.economy))):
        progress(name, place / 2)
        found[name] = _played(Core.build(replace(config, economy=economy)), messages, warm_up_s)
    (all_error, all_cpu, _), (error, cpu, skipped) = found.values()
    return {
        "writes_skipped": skipped,
        "error": error,
        "error_of_all_written": all_error,
        "accuracy_lost": error / all_error - 1.0,
        "cpu_saved": 1.0 - cpu / all_cpu,
        "events_per_s": round(len(messages) / max(cpu, 1e-9)),
        "events": len(messages),
        "wanted_skipped": config.economy.skipped,
    }


def _played(core: Core, messages: Sequence[Message], warm_up_s: float) -> tuple[float, float, float]:
    """Error, CPU seconds, and the share of ticks whose write was skipped."""
    records = [Record("host", 0, n, int(one.time_s * 1000), one.key, one.value) for n, one in enumerate(messages)]
    schema = infer([message_of(record) for record in records[:LOOKED_AT]])
    line = Line(core, schema, format_named(schema.format), "host", 0, "percepts", "letters")
    streams, track = Streams.empty(core), Track()
    drafts: list[bytes] = []
    started = time.process_time()
    for record in records:
        drafts += [draft.value or b"{}" for draft in advance(line, streams, [record]) if draft.topic == "percepts"]
    spent = time.process_time() - started
    for value in drafts:
        track.add(orjson.loads(value))
    scored = summarise(track, rejected=0, seconds=spent, pace="flat out", warm_up_s=warm_up_s)
    if scored.plastream is None:
        raise UsageError(f"the recording ends before anything is scored: it must be longer than {warm_up_s:g} s")
    return scored.plastream, spent, track.plasticity.count(0.0) / max(len(track), 1)
