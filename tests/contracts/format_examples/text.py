from __future__ import annotations

from collections.abc import Mapping, Sequence

from encoders.formats.contract import Message

TEXT: Mapping[str, Sequence[Message]] = {
    "json": [
        Message(b"k", b'{"host": "a", "time": 1790000000.5, "cpu": {"core0": 12.5, "core1": 3}, "ok": true}'),
        Message(b"k", b'{"ts": "2026-09-21T14:13:20Z", "list": [1, null], "deep": {"a": {"b": {"c": -1e-7}}}}'),
        Message(b"k", b"{}"),
    ],
    "influx": [
        Message(b"k", b'm,host=a,x=y x=1.5,n=3i,u=4u,ok=t,mode="a \\"b\\", c" 1790000000000000000'),
        Message(None, b"# comment\n\nm,host=a v=1 1790000000000000000\r\nm,host=b v=2 1790000001000000000\n"),
        Message(b"k", b"a\\ b,c\\,d=e\\=f g\\ h=-1e-7"),
    ],
    "ndjson": [
        Message(
            b"k", b'{"host": "a", "time": 1790000000, "x": 1}\n{"host": "b", "time": 1790000001, "x": {"y": null}}\n'
        ),
        Message(None, b'{"host": "a"}\r\n\r\n{"host": "a", "v": [1, 2]}'),
    ],
    "csv": [
        Message(b"k", b"1790000000,3.049,-7,MAN"),
        Message(b"k", b"1790000000;3,049;;0012"),
        Message(None, b'host,time,x\na,1790000000,"1"\nb,1790000001,"say ""hi"", twice"\n', "f"),
        Message(b"k", b"1790000000\t12.5\n1790000001\t12.75"),
    ],
    "number": [Message(b"k", b"23.5"), Message(b"k", b"-4\n"), Message(b"k", b"1.5e3")],
}
