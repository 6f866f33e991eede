from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from encoders.formats.contract import Message

TIMES = [1_790_000_000_000_000 + step for step in range(3)]


def arrow(columns: Mapping[str, Any], *, file: bool = False, compression: str | None = None, rows: int = 0) -> bytes:
    """A stream or file of these columns, in batches of `rows`."""
    table = pa.table(dict(columns))
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    opened = (pa.ipc.new_file if file else pa.ipc.new_stream)(sink, table.schema, options=options)
    with opened as writer:
        writer.write_table(table, max_chunksize=rows or None)
    return sink.getvalue().to_pybytes()


SENSORS = {
    "time": pa.array(TIMES, pa.timestamp("us")),
    "host": pa.array(["a", "b", "a"]).dictionary_encode(),
    "room": pa.array([{"t": 21.5, "ok": True}, {"t": None, "ok": False}, None]),
    "trace": pa.array([[1.0, 2.0], None, []], pa.list_(pa.float32())),
}

COLUMNAR: Mapping[str, Sequence[Message]] = {
    "arrow": [
        Message(b"k", arrow(SENSORS), ""),
        Message(b"k", arrow(SENSORS, file=True), ""),
        Message(b"k", arrow(SENSORS, compression="zstd", rows=2), ""),
    ],
}
