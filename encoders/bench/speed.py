"""Field values a CPU second: from bytes to the network's input for each format, and of each encoder alone.

All figures are CPU seconds of this process (time.process_time), the median of some rounds; a round begins with streams
that the encoders know already, as it is in service.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from encoders.bench.messages import FIELDS, WRITERS, documents, readings
from encoders.contract import Encoder, NumberEncoder, State, objects
from encoders.formats.catalogue import format_named
from encoders.formats.contract import Format, Message
from encoders.formats.decoding import decode
from encoders.plan import Plan
from encoders.reading import Int64, Readings, picked
from encoders.schema.topic import IdKey, TimeKey, TopicSchema

WIDTH = 64


def of_format(name: str, *, count: int, streams: int, rounds: int, seed: int = 0) -> dict[str, float]:
    """Readings and field values a CPU second of one format: decoded alone, and encoded too."""
    write, time_path, unit, id_path = WRITERS[name]
    messages = write(documents(readings(count, seed), streams))
    schema = TopicSchema(
        format=name,
        time=TimeKey(path=time_path, unit=unit),
        id=None if id_path is None else IdKey(path=id_path),
    )
    reader = format_named(name)
    decoded_s: list[float] = []
    whole_s: list[float] = []
    line = _Line(reader, schema)
    line.live(messages)
    for _ in range(rounds):
        start_s = time.process_time()
        decode(reader, messages, schema)
        decoded_s.append(time.process_time() - start_s)
        start_s = time.process_time()
        line.live(messages)
        whole_s.append(time.process_time() - start_s)
    whole = statistics.median(whole_s)
    return {
        "readings_per_s": count / whole,
        "values_per_s": count * len(FIELDS) / whole,
        "decoding_share": statistics.median(decoded_s) / whole,
        "bytes_per_reading": sum(len(message.value or b"") for message in messages) / count,
    }


class _Line:
    """Bytes to x, as service/pipeline.py has it but for the network: waves of distinct streams on one plan."""

    def __init__(self, reader: Format, schema: TopicSchema) -> None:
        self.reader, self.schema = reader, schema
        self.rows: dict[str, int] = {}
        self.plan = Plan.empty(WIDTH)
        self.state: State = self.plan.initial(0)

    def live(self, messages: Sequence[Message]) -> None:
        """Encode all messages."""
        found = decode(self.reader, messages, self.schema)
        rows = np.array([self.rows.setdefault(name, len(self.rows)) for name in found.streams])
        if len(self.rows) > len(self.state):
            self.plan = self.plan.extended(found.fields[0], self.schema)
            self.state = self.plan.initial(len(self.rows))
        for wave in _waves(rows):
            self.state[rows[wave]] = self._encoded(found, wave, rows)

    def _encoded(self, found: Readings, wave: Int64, rows: Int64) -> State:
        fields = picked(found.fields, wave)
        return self.plan.encode(fields, found.times[wave], self.state[rows[wave]]).state


def _waves(rows: Int64) -> list[Int64]:
    """Places in the batch such that no wave holds a stream twice and each stream's readings keep their order."""
    order = np.argsort(rows, kind="stable")
    ranked = rows[order]
    first: Int64 = np.searchsorted(ranked, ranked)
    nth = np.empty(len(rows), dtype=np.int64)
    nth[order] = np.arange(len(rows)) - first
    return [np.flatnonzero(nth == turn) for turn in range(int(nth.max(initial=-1)) + 1)]


def of_encoder(encoder: Encoder, values: Sequence[Any], *, batch: int, rounds: int) -> dict[str, float]:
    """Values a CPU second of one encoder, on a batch of streams that have sent several of `values` before."""
    state = encoder.initial(batch)
    sent = objects([values[place % len(values)] for place in range(batch)])
    for shift in range(min(len(values), 8)):
        state = encoder.encode(np.roll(sent, shift), state).state
    codes = encoder.encode(sent, state).codes
    figures = {
        "encoded_per_s": batch / _median(rounds, lambda: encoder.encode(sent, state)),
        "decoded_per_s": batch / _median(rounds, lambda: encoder.decode(codes, state)),
    }
    if isinstance(encoder, NumberEncoder):
        numbers = encoder.parse(sent.tolist())
        figures["numbers_per_s"] = batch / _median(rounds, lambda: encoder.encode_numbers(numbers, state))
    return figures | {"width": float(encoder.width), "state_bytes": float(encoder.state_dtype.itemsize)}


def _median(rounds: int, work: Callable[[], object]) -> float:
    """CPU seconds of one call, the median of some; the clock's grain is a millionth."""
    taken: list[float] = []
    for _ in range(rounds):
        start_s = time.process_time()
        work()
        taken.append(max(time.process_time() - start_s, 1e-6))
    return statistics.median(taken)
