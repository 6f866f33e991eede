from __future__ import annotations

from collections.abc import Mapping, Sequence

import cbor2
import msgspec

from encoders.formats.contract import Message

_DOCUMENT = {"host": "a", "time": 1790000000.5, "cpu": {"core0": 12.5, "n": 3}, "ok": True, "raw": b"\x00\xff"}

SELFDESCRIBING: Mapping[str, Sequence[Message]] = {
    "cbor": [
        Message(b"k", cbor2.dumps(_DOCUMENT)),
        Message(None, cbor2.dumps([{"host": "a", 1: cbor2.CBORTag(1, 1790000000)}, {"host": "b", "v": [1, 2.5]}])),
        Message(b"k", b"\xd9\xd9\xf7" + cbor2.dumps({"a": cbor2.CBORTag(85, b"\0\0\x80?"), "b": 2**70})),
    ],
    "msgpack": [
        Message(b"k", msgspec.msgpack.encode(_DOCUMENT)),
        Message(None, msgspec.msgpack.encode([{"host": "a", "v": [1, None]}, {"host": "b"}])),
    ],
}
