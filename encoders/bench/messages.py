"""The same readings as messages of each format that can be written here: 8 numbers, a time and a stream id.

Letters: K readings, F fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from encoders.formats.contract import Message
from encoders.schema.topic import TimeUnit

Float64 = npt.NDArray[np.float64]

START_S = 1_790_000_000
FIELDS = tuple(f"sensor{k}" for k in range(8))


def readings(count: int, seed: int) -> Float64:
    """float64[K, F]: slow waves and noise, with three decimals as sensors send them."""
    rng = np.random.default_rng(seed)
    phase = np.arange(count)[:, None] / 50.0 + np.arange(len(FIELDS))
    return np.round(20.0 + 5.0 * np.sin(phase) + rng.normal(0.0, 0.3, phase.shape), 3)


def documents(values: Float64, streams: int) -> list[dict[str, Any]]:
    """K flat documents; streams send by turns."""
    return [
        {"id": f"s{k % streams}", "time": START_S + k // streams, **dict(zip(FIELDS, row, strict=True))}
        for k, row in enumerate(values.tolist())
    ]


def _json(rows: Sequence[dict[str, Any]]) -> list[Message]:
    return [Message(None, orjson.dumps(row)) for row in rows]


def _ndjson(rows: Sequence[dict[str, Any]]) -> list[Message]:
    return [Message(None, b"\n".join(orjson.dumps(row) for row in part)) for part in _parts(rows, 100)]


def _csv(rows: Sequence[dict[str, Any]]) -> list[Message]:
    return [Message(str(row["id"]).encode(), ",".join(map(str, list(row.values())[1:])).encode()) for row in rows]


def _cloudevents(rows: Sequence[dict[str, Any]]) -> list[Message]:
    def event(row: dict[str, Any]) -> dict[str, Any]:
        data = {name: row[name] for name in FIELDS}
        told = {"specversion": "1.0", "id": "1", "type": "t", "source": row["id"], "time": "2026-09-21T14:13:20Z"}
        return told | {"data": data}

    return [Message(None, orjson.dumps(event(row))) for row in rows]


def _senml(rows: Sequence[dict[str, Any]]) -> list[Message]:
    def pack(row: dict[str, Any]) -> list[dict[str, Any]]:
        first, *others = [{"n": name, "v": row[name]} for name in FIELDS]
        return [{"bn": row["id"] + ":", "bt": row["time"]} | first, *others]

    return [Message(None, orjson.dumps(pack(row))) for row in rows]


def _influx(rows: Sequence[dict[str, Any]]) -> list[Message]:
    def line(row: dict[str, Any]) -> str:
        fields = ",".join(f"{name}={row[name]}" for name in FIELDS)
        return f"plant,id={row['id']} {fields} {row['time']}000000000"

    return [Message(None, line(row).encode()) for row in rows]


def _cbor(rows: Sequence[dict[str, Any]]) -> list[Message]:
    import cbor2

    return [Message(None, cbor2.dumps(row)) for row in rows]


def _msgpack(rows: Sequence[dict[str, Any]]) -> list[Message]:
    import msgspec.msgpack

    return [Message(None, msgspec.msgpack.encode(row)) for row in rows]


def _arrow(rows: Sequence[dict[str, Any]]) -> list[Message]:
    pyarrow: Any = import_module("pyarrow")

    def batch(part: Sequence[dict[str, Any]]) -> bytes:
        made = pyarrow.RecordBatch.from_pylist(list(part))
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, made.schema) as writer:
            writer.write_batch(made)
        return sink.getvalue().to_pybytes()

    return [Message(None, batch(part)) for part in _parts(rows, 10_000)]


def _parts(rows: Sequence[dict[str, Any]], size: int) -> list[Sequence[dict[str, Any]]]:
    return [rows[first : first + size] for first in range(0, len(rows), size)]


Writer = Callable[[Sequence[dict[str, Any]]], list[Message]]

WRITERS: dict[str, tuple[Writer, str, TimeUnit, str | None]] = {
    "json": (_json, "time", "s", "id"),
    "ndjson": (_ndjson, "time", "s", "id"),
    "csv": (_csv, "0", "s", None),
    "cloudevents+json": (_cloudevents, "time", "iso", "source"),
    "senml+json": (_senml, "time", "s", "bn"),
    "influx": (_influx, "time", "ns", "id"),
    "cbor": (_cbor, "time", "s", "id"),
    "msgpack": (_msgpack, "time", "s", "id"),
    "arrow": (_arrow, "time", "s", "id"),
}
"""Format -> how to write it, and where time (in which unit) and stream id stand in what is read."""
