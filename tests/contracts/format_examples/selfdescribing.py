from __future__ import annotations

from collections.abc import Mapping, Sequence

import cbor2
import msgspec

from encoders.formats.contract import Message

_DOCUMENT = {"host": "a", "time": 1790000000.5, "cpu": {"core0": 12.5, "n": 3}, "ok": True, "raw": b"\x00\xff"}

_EVENT = b'"specversion": "1.0", "id": "1", "source": "/plant/7", "type": "com.example.motor.v1"'
_HEADERS = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"2"),
    ("ce_source", b"/plant/7"),
    ("ce_type", b"com.example.motor.v1"),
    ("ce_time", b"2026-09-21T14:13:21.5Z"),
)

SELFDESCRIBING: Mapping[str, Sequence[Message]] = {
    "cloudevents+json": [
        Message(None, b"{%s, " % _EVENT + b'"time": "2026-09-21T14:13:20Z", "data": {"rpm": 1480.5, "a": {"b": [1]}}}'),
        Message(None, b'{"plant": 7, %s, "datacontenttype": "application/cbor", "data_base64": "oWFhAQ=="}' % _EVENT),
        Message(None, b'[{%s}, {%s, "data": "text"}]' % (_EVENT, _EVENT)),
        Message(None, b'{"rpm": 1481}', headers=(*_HEADERS, ("content-type", b"application/json"))),
        Message(None, cbor2.dumps({"rpm": 1481}), headers=(*_HEADERS, ("content-type", b"application/cbor"))),
    ],
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
