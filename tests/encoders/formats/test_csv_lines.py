"""CSV: separators, headers, quotes, and what becomes of a cell."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.contract import MOST_READINGS, Message
from encoders.formats.csv_lines import CsvLines
from encoders.formats.decoding import decode
from encoders.schema import IdKey, TimeKey, TopicSchema


def read(value: bytes, schema: TopicSchema | None = None) -> list[dict[str, Any]] | str:
    readings = decode(CsvLines(), [Message(b"k", value)], schema or TopicSchema(format="csv"))
    return readings.rejects[0].reason if readings.rejects else list(readings.fields)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (b"1790000000,3.049,-7,MAN", [{"0": 1790000000, "1": 3.049, "2": -7, "3": "MAN"}]),
        (b"1;2;x\r\n", [{"0": 1, "1": 2, "2": "x"}]),
        (b"1\t2\tx", [{"0": 1, "1": 2, "2": "x"}]),
        (b"1, 2 ,x ", [{"0": 1, "1": 2, "2": "x"}]),
        (b"1,,NaN,", [{"0": 1, "1": None, "2": None, "3": None}]),
        (b"007,-01,0,0.5,-0.5", [{"0": "007", "1": "-01", "2": 0, "3": 0.5, "4": -0.5}]),
        (b"1e3,.5,5.,+5,1_0,true", [{"0": 1000.0, "1": 0.5, "2": 5.0, "3": 5, "4": "1_0", "5": "true"}]),
        (b'1,"a, ""b"";c",2', [{"0": 1, "1": 'a, "b";c', "2": 2}]),
        (b'1,"two\nlines"\n2,x', [{"0": 1, "1": "two\nlines"}, {"0": 2, "1": "x"}]),
        (b"1,2\n\n3,4\n", [{"0": 1, "1": 2}, {"0": 3, "1": 4}]),
        (b"\xef\xbb\xbf1,2", [{"0": 1, "1": 2}]),
        (b"1,5;2,25;1.5", [{"0": 1.5, "1": 2.25, "2": 1.5}]),
        (b"36893488147419103232,1", [{"0": 2.0**65, "1": 1}]),
        (b"a,b;c,d", [{"0": "a", "1": "b;c", "2": "d"}]),
    ],
)
def test_cells(value: bytes, fields: list[dict[str, Any]]) -> None:
    found = read(value)
    assert found == fields
    assert not isinstance(found, str)
    assert [list(map(type, row.values())) for row in found] == [list(map(type, row.values())) for row in fields]


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (b"t,cpu.load\n1,2\n3,4", [{"t": 1, "cpu\\.load": 2}, {"t": 3, "cpu\\.load": 4}]),
        (b"time;state\n2026-09-21T14:13:20Z;on", [{"time": "2026-09-21T14:13:20Z", "state": "on"}]),
        (b'"a, b",c\n1,x', [{"a, b": 1, "c": "x"}]),
        (b"a,a,b\n1,2,3", [{"a": 1, "1": 2, "b": 3}]),
        (b"a,b\nc,d", [{"0": "a", "1": "b"}, {"0": "c", "1": "d"}]),
        (b"a,b\n1,2\nc,d", [{"0": "a", "1": "b"}, {"0": 1, "1": 2}, {"0": "c", "1": "d"}]),
        (b"a,1\nb,2", [{"0": "a", "1": 1}, {"0": "b", "1": 2}]),
        (b"a,\n1,2", [{"0": "a", "1": None}, {"0": 1, "1": 2}]),
    ],
)
def test_a_first_line_of_text_over_lines_that_are_not_is_a_header(value: bytes, fields: list[dict[str, Any]]) -> None:
    assert read(value) == fields


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty"),
        (b"7", "malformed"),
        (b"ERROR", "malformed"),
        (b" \n ", "malformed"),
        (b"1,2\n3", "malformed"),
        (b'1,"2', "malformed"),
        (b'1,"2"x', "malformed"),
        (b"1,\xff", "malformed"),
        (b"1,\0", "malformed"),
        (b"1," + b"x" * 200_000, "malformed"),
        (b"1," * 1024 + b"1", "too-many-fields"),
        (b"1,2\n" * (MOST_READINGS + 1), "too-many-readings"),
        (b"1,2" * 400_000, "too-large"),
    ],
)
def test_what_is_rejected(value: bytes, reason: str) -> None:
    assert read(value) == reason


def test_a_column_may_name_the_stream_and_the_time() -> None:
    schema = TopicSchema(format="csv", time=TimeKey(path="t", unit="ms"), id=IdKey(path="who"))
    readings = decode(CsvLines(), [Message(b"k", b"who,t,x\na,1000,1\n,2000,2")], schema)
    assert readings.streams == ["a", "k"]
    assert readings.times.tolist() == [1.0, 2.0]
    assert list(readings.fields) == [{"x": 1}, {"x": 2}]


cells = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x != 0)


@given(
    rows=st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=4)
    ),
    separator=st.sampled_from(",;\t"),
)
def test_numbers_come_back_as_they_were_written(rows: list[list[float]], separator: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    found = read(out.getvalue().encode())
    assert not isinstance(found, str)
    assert [list(row.values()) for row in found] == rows


@pytest.mark.parametrize(
    ("value", "sure"),
    [
        (b"1790000000,3.049,7.069,MAN", 0.6),
        (b"a,b\n1,2", 0.6),
        (b"Hello, world", 0.1),
        (b"7", 0.0),
        (b'{"a": 1, "b": 2}', 0.0),
        (b"[1, 2]", 0.0),
        (b"<a>1,2</a>", 0.0),
        (b"1,\x01", 0.0),
        (b"\xff,1", 0.0),
        (b"", 0.0),
    ],
)
def test_how_sure_it_is(value: bytes, sure: float) -> None:
    assert CsvLines().sniff(Message(None, value)) == sure


def test_a_content_type_tells_it() -> None:
    assert CsvLines().sniff(Message(None, b"x", headers=(("content-type", b"text/csv"),))) == 1.0
