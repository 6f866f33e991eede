from __future__ import annotations

from collections.abc import Mapping, Sequence

from encoders.formats.contract import Message

TEXT: Mapping[str, Sequence[Message]] = {
    "json": [
        Message(b"k", b'{"host": "a", "time": 1790000000.5, "cpu": {"core0": 12.5, "core1": 3}, "ok": true}'),
        Message(b"k", b'{"ts": "2026-09-21T14:13:20Z", "list": [1, null], "deep": {"a": {"b": {"c": -1e-7}}}}'),
        Message(b"k", b"{}"),
    ],
}
