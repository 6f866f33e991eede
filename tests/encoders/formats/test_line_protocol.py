"""InfluxDB line protocol: values, guards, comments, clashes of names, and what is rejected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.contract import MOST_READINGS, Message
from encoders.formats.decoding import decode, escaped
from encoders.formats.line_protocol import LineProtocol
from encoders.reading import Readings
from encoders.schema import IdKey, TimeKey, TopicSchema

SCHEMA = TopicSchema(format="influx", time=LineProtocol().time, id=IdKey(path="site"))


def read(value: bytes) -> Readings:
    return decode(LineProtocol(), [Message(b"k", value)], SCHEMA)


def fields(value: bytes) -> list[dict[str, Any]]:
    return [reading.fields for reading in LineProtocol().parse(Message(b"k", value), {})]


def test_tags_and_fields_stand_side_by_side_in_the_order_of_the_line() -> None:
    line = b'weather,site=s0,model=x temperature=9.961,n=-5i,u=7u,ok=f,mode="auto",a=.5,b=5. 1790000000000000000'
    found = fields(line)
    assert found == [
        {
            "time": 1790000000000000000,
            "measurement": "weather",
            "site": "s0",
            "model": "x",
            "temperature": 9.961,
            "n": -5,
            "u": 7,
            "ok": False,
            "mode": "auto",
            "a": 0.5,
            "b": 5.0,
        }
    ]
    assert list(found[0])[:6] == ["time", "measurement", "site", "model", "temperature", "n"]
    assert type(found[0]["n"]) is int
    assert type(found[0]["temperature"]) is float


def test_each_line_is_a_reading_of_its_own_stream_and_moment() -> None:
    readings = read(b"# all\n\n  m,site=a x=1 1790000000500000000\r\n \t\n # more\nm,site=b x=2 -1\nm x=3\n")
    assert readings.streams == ["a", "b", "k"]
    assert readings.times.tolist()[:2] == [1790000000.5, -1e-9]
    assert str(readings.times[2]) == "nan"
    assert list(readings.fields) == [{"measurement": "m", "x": float(x)} for x in (1, 2, 3)]


def test_names_that_clash_have_paths_of_their_own() -> None:
    assert fields(b"m,x=a,time=b,measurement=c,y=d x=1,time=2,measurement=3,tag=4 7") == [
        {
            "time": 7,
            "measurement": "m",
            "tag.x": "a",
            "tag.time": "b",
            "tag.measurement": "c",
            "y": "d",
            "x": 1.0,
            "field.time": 2.0,
            "field.measurement": 3.0,
            "tag": 4.0,
        }
    ]


def test_what_is_guarded_is_part_of_names_and_texts() -> None:
    line = (
        b'm\\ 1\\,2,a\\,b=c\\ d\\=e f\\ g="x y,z=\\"1\\" \\\\",h.i="two\nlines # no comment" 5\nn,t=6" v=1\nn,t=7" v=2'
    )
    assert fields(line) == [
        {"time": 5, "measurement": "m 1,2", "a,b": "c d=e", "f g": 'x y,z="1" \\', "h\\.i": "two\nlines # no comment"},
        {"measurement": "n", "t": '6"', "v": 1.0},
        {"measurement": "n", "t": '7"', "v": 2.0},
    ]


names = st.text("abcäé:/-_. ,=", min_size=1, max_size=6)
numbers = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)  # the library refuses subnormal ones
values = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | numbers
    | st.text('ab ,="\\\n#', max_size=8).filter(lambda text: not text.endswith("\\"))
)


def written(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{value}i" if isinstance(value, int) and not isinstance(value, bool) else repr(value)


def guarded(name: str) -> str:
    return name.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


@given(
    tags=st.dictionaries(names.map("t".__add__), names, max_size=3),
    found=st.dictionaries(names.map("f".__add__), values, min_size=1, max_size=4),
    time=st.integers(-(2**62), 2**62),
)
def test_what_is_written_by_the_book_comes_back(tags: dict[str, str], found: dict[str, object], time: int) -> None:
    head = "".join(f",{guarded(name)}={guarded(tag)}" for name, tag in tags.items())
    body = ",".join(f"{guarded(name)}={written(value)}" for name, value in found.items())
    line = f"m{head} {body} {time}"
    expected = {"time": time, "measurement": "m"}
    expected |= {escaped(name): value for part in (tags, found) for name, value in part.items()}  # type: ignore[misc]
    assert fields(f"{line}\n{line}".encode()) == [expected, expected]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty"),
        (b"m", "malformed"),
        (b"m x", "malformed"),
        (b"m x=", "malformed"),
        (b"m x=abc", "malformed"),
        (b"m x=nan", "malformed"),
        (b"m x=1e999", "malformed"),
        (b"m x=99999999999999999999i", "malformed"),
        (b"m x=1 1.5", "malformed"),
        (b"m x=1 99999999999999999999", "malformed"),
        (b"m,a= x=1", "malformed"),
        (b"m,a=1,a=2 x=1", "malformed"),
        (b'm x="open', "malformed"),
        (b"m x=1\nm x", "malformed"),
        (b"m x=1\0", "malformed"),
        (b"\xff x=1", "malformed"),
        (b'm x="' + b"a" * 200_000 + b'"', "too-large"),
        (b"m," + b",".join(b"t%d=1" % n for n in range(1100)) + b" x=1", "too-many-fields"),
        (b"m " + b",".join(b"f%d=1" % n for n in range(1100)), "too-many-fields"),
        (b"m x=1\n" * (MOST_READINGS + 1), "too-many-readings"),
    ],
)
def test_what_is_rejected(value: bytes, reason: str) -> None:
    readings = read(value)
    assert len(readings) == 0
    assert [reject.reason for reject in readings.rejects] == [reason]


def test_comments_alone_hold_no_reading() -> None:
    readings = read(b"# nothing\n\n")
    assert len(readings) == 0
    assert not readings.rejects


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (b"m,a=b x=1", 0.9, 1.0),
        (b"# c\n m x=1i 5", 0.9, 1.0),
        (b"m x=1", 0.6, 0.8),
        (b"level=info took=5", 0.0, 0.3),
        (b"1,2,3", 0.0, 0.0),
        (b"23.5", 0.0, 0.0),
        (b'{"a b": "x=1"}', 0.0, 0.0),
        (b"Hello, world", 0.0, 0.0),
        (b"# x", 0.0, 0.0),
        (b"\xff", 0.0, 0.0),
        (b"", 0.0, 0.0),
    ],
)
def test_how_sure_it_is(value: bytes, low: float, high: float) -> None:
    assert low <= LineProtocol().sniff(Message(None, value)) <= high


def test_times_in_another_precision_are_the_schemas_to_tell() -> None:
    schema = TopicSchema(format="influx", time=TimeKey(path="time", unit="s"))
    assert decode(LineProtocol(), [Message(b"k", b"m x=1 1790000000")], schema).times.tolist() == [1790000000.0]
