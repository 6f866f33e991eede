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
    "senml+json": [
        Message(
            None,
            b'[{"bn": "urn:dev:ow:10e2:", "bt": 1790000000, "n": "temp", "u": "Cel", "v": 22.5},'
            b' {"n": "rh", "u": "%RH", "v": 40, "t": -2}, {"n": "door", "vb": true}, {"n": "mode", "vs": "auto"}]',
        ),
        Message(b"k", b'[{"n": "a", "v": 1, "s": 2}, {"n": "a", "v": 2, "t": 1}, {"n": "b", "vd": "AP8"}]'),
        Message(
            b"k", b'[{"bn": "d/", "bver": 10, "bv": 20, "bu": "A"}, {"n": "x", "v": 0.5, "ut": 60}]', received_s=1.7e9
        ),
    ],
    "senml+cbor": [
        Message(None, cbor2.dumps([{-2: "d:", -3: 1790000000, 0: "temp", 1: "Cel", 2: 22.5}, {0: "door", 4: True}])),
        Message(b"k", cbor2.dumps([{0: "a", 2: 1, 6: -1}, {0: "a", 3: "x"}, {0: "b", 8: b"\x00\xff", 5: 3}])),
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
