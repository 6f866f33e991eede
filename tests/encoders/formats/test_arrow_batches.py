"""Arrow IPC: every type that is read, batches joined, and what is refused before it is unpacked."""

from __future__ import annotations

import datetime as dt
import decimal
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats import arrow_sizes
from encoders.formats.arrow_batches import ArrowBatches
from encoders.formats.contract import MOST_READINGS, Message, Table, Unreadable
from encoders.formats.decoding import decode
from encoders.schema import IdKey, TimeKey, TopicSchema
from tests.contracts.format_examples.columnar import TIMES, arrow


def table(body: bytes) -> Table:
    found = ArrowBatches().parse(Message(None, body), {})
    assert isinstance(found, Table)
    return found


def column(values: pa.Array) -> np.ndarray[Any, Any]:
    return table(arrow({"x": values})).fields.columns["x"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint16(), pa.int64(), pa.uint64(), pa.float32(), pa.float64()])
def test_numbers_are_a_look_into_the_message(kind: pa.DataType) -> None:
    found = column(pa.array([1, 2, 3], kind))
    assert found.dtype == kind.to_pandas_dtype()
    assert found.tolist() == [1, 2, 3]
    assert not found.flags.owndata


@pytest.mark.parametrize(("kind", "dtype"), [(pa.int64(), np.float64), (pa.float32(), np.float32)])
def test_a_number_that_is_null_is_nan(kind: pa.DataType, dtype: type) -> None:
    found = column(pa.array([1, None, 3], kind))
    assert found.dtype == dtype
    assert repr(found.tolist()) == "[1.0, nan, 3.0]"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (pa.array([True, None, False]), [True, None, False]),
        (pa.array(["a", None, "b"]), ["a", None, "b"]),
        (pa.array(["a", None, "b"], pa.large_string()), ["a", None, "b"]),
        (pa.array([b"a", None]), [b"a", None]),
        (pa.array([b"ab", None], pa.binary(2)), [b"ab", None]),
        (pa.array(["x", None, "y", "x"]).dictionary_encode(), ["x", None, "y", "x"]),
        (pa.array([None, None]), [None, None]),
        (pa.array([decimal.Decimal("1.25")]), [1.25]),
        (pa.array([TIMES[0]], pa.timestamp("us", "UTC")), [TIMES[0]]),
        (pa.array([2**62 + 1, None], pa.timestamp("ns")), [2**62 + 1, None]),
        (pa.array([dt.date(1970, 1, 3)]), [2 * 86_400]),
        (pa.array([dt.date(1970, 1, 3)], pa.date64()), [2 * 86_400]),
        (pa.array([5], pa.time32("ms")), [5]),
        (pa.array([5, None], pa.duration("ns")), [5, None]),
        (pa.array([["a", "b"], None, []], pa.list_(pa.string())), [["a", "b"], None, []]),
        (
            pa.array([[{"a": 1, "b": "x"}]], pa.list_(pa.struct([("a", pa.int32()), ("b", pa.string())]))),
            [[{"a": 1, "b": "x"}]],
        ),
        (pa.array([[[True], []]], pa.list_(pa.list_(pa.bool_()))), [[[True], []]]),
        (pa.array([["x", "y", "x"]]), [["x", "y", "x"]]),
    ],
)
def test_other_values_are_plain(values: pa.Array, told: list[Any]) -> None:
    found = column(values).tolist()
    assert found == told
    assert list(map(type, found)) == list(map(type, told))


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 2)], ids=str
)
def test_lists_of_numbers_are_arrays(kind: pa.DataType) -> None:
    first, missing, last = column(pa.array([[1.0, 2.0], None, [3.0, None]], kind))
    assert first.dtype == np.float32
    assert repr([first.tolist(), missing, last.tolist()]) == "[[1.0, 2.0], None, [3.0, nan]]"


def test_structs_are_columns_of_their_own() -> None:
    rooms = pa.array([{"a.b": {"c": 1.5}, "d": 1}, {"a.b": None, "d": 2}, None])
    columns = table(arrow({"room": rooms})).fields.columns
    assert {path: repr(found.tolist()) for path, found in columns.items()} == {
        "room.a\\.b.c": "[1.5, nan, nan]",
        "room.d": "[1.0, 2.0, nan]",
    }


def test_units_are_noted_with_every_reading() -> None:
    fields = [
        pa.field("t", pa.float64(), metadata={"unit": "degC"}),
        pa.field("d", pa.duration("ms")),
        pa.field("n", pa.int8()),
    ]
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([pa.array([1.0, 2.0]), pa.array([1, 2], pa.duration("ms")), [1, 2]], pa.schema(fields))
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    found = table(sink.getvalue().to_pybytes())
    assert [found.notes[place].units for place in (0, 1)] == [{"t": "degC", "d": "ms"}] * 2


@settings(max_examples=40, deadline=None)
@given(
    numbers=st.lists(st.none() | st.floats(width=32), min_size=1, max_size=20),
    rows=st.integers(1, 7),
    file=st.booleans(),
    compression=st.sampled_from([None, "lz4", "zstd"]),
)
def test_batches_are_joined(numbers: list[float | None], rows: int, file: bool, compression: str | None) -> None:
    words = [None if number is None else repr(number) for number in numbers]
    sent = {
        "x": pa.array(numbers, pa.float64()),
        "w": pa.array(words),
        "d": pa.array(words).dictionary_encode(),
        "l": pa.array([[number, 1.0] for number in numbers], pa.list_(pa.float64())),
        "s": pa.array([{"i": number} for number in numbers], pa.struct([("i", pa.float64())])),
    }
    columns = table(arrow(sent, rows=rows, file=file, compression=compression)).fields.columns
    expected = [float("nan") if number is None else number for number in numbers]
    assert repr(columns["x"].tolist()) == repr(columns["s.i"].tolist()) == repr(expected)
    assert columns["w"].tolist() == columns["d"].tolist() == words
    assert repr([row[0] for row in columns["l"].tolist()]) == repr([np.float64(number) for number in expected])


def test_rows_name_their_streams_and_times() -> None:
    body = arrow({"time": pa.array(TIMES, pa.timestamp("us")), "host": ["a", "b", "a"], "x": [1.0, 2.0, 3.0]})
    schema = TopicSchema(format="arrow", time=TimeKey(path="time", unit="us"), id=IdKey(path="host"))
    readings = decode(ArrowBatches(), [Message(b"k", body)], schema)
    assert readings.streams == ["a", "b", "a"]
    assert readings.times.tolist() == pytest.approx([time / 1e6 for time in TIMES])
    assert list(readings.fields) == [{"x": 1.0}, {"x": 2.0}, {"x": 3.0}]


def test_lists_and_objects_name_no_stream() -> None:
    body = arrow({"host": pa.array([["a"], ["b"]]), "x": [1.0, 2.0]})
    readings = decode(ArrowBatches(), [Message(b"k", body)], TopicSchema(format="arrow", id=IdKey(path="host")))
    assert readings.streams == ["k", "k"]


def test_a_stream_without_rows_holds_no_readings() -> None:
    assert len(table(arrow({"x": pa.array([], pa.float64())})).fields) == 0


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int8())),
        pa.array(["a"], pa.string_view()),
        pa.RunEndEncodedArray.from_arrays([2], ["a"]),
        pa.UnionArray.from_dense(pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([1])]),
    ],
    ids=lambda values: str(values.type),
)
def test_types_that_are_not_read_are_refused(values: pa.Array) -> None:
    with pytest.raises(Unreadable) as refused:
        column(values)
    assert refused.value.reason == "unsupported"


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as found:
        ArrowBatches().parse(Message(None, body), {})
    return found.value.reason


def test_what_unpacks_to_too_much_is_refused_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    body = arrow({"x": pa.array(np.zeros(50_000))}, compression="zstd")
    assert len(body) < 2000
    monkeypatch.setattr(arrow_sizes, "MOST_BYTES", 399_999)
    assert refused(body) == "too-large"
    monkeypatch.setattr(arrow_sizes, "MOST_BYTES", 400_000)
    assert len(table(body).fields) == 50_000


def test_a_length_that_is_only_claimed_is_refused() -> None:
    body = bytearray(arrow({"x": pa.array(np.zeros(5000))}, compression="zstd"))
    at = body.index(struct.pack("<q", 40_000))
    body[at : at + 8] = struct.pack("<q", 1 << 40)
    assert refused(bytes(body)) == "too-large"


def test_too_many_rows_and_fields_are_refused() -> None:
    assert refused(arrow({"x": pa.nulls(MOST_READINGS + 1)})) == "too-many-readings"
    assert refused(arrow({f"x{n}": pa.nulls(1) for n in range(1025)})) == "too-many-fields"


def test_two_columns_of_one_name_are_refused() -> None:
    batch = pa.record_batch([pa.array([1.0]), pa.array([2.0])], ["x", "x"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    assert refused(sink.getvalue().to_pybytes()) == "malformed"


@pytest.mark.parametrize("file", [False, True])
def test_what_is_cut_off_is_refused(file: bool) -> None:
    body = arrow({"x": pa.array([1.0, 2.0]), "w": pa.array(["a", "b"])}, file=file)
    whole = len(body) - 8 if not file else len(body)  # a stream may end without its mark
    assert {refused(body[:cut]) for cut in range(8, whole) if cut % 5 == 0 and body[:cut]} <= {"malformed"}


def test_offsets_that_lead_outside_are_refused() -> None:
    body = bytearray(arrow({"w": pa.array(["abc", "def"])}))
    at = body.index(struct.pack("<3i", 0, 3, 6))
    body[at : at + 12] = struct.pack("<3i", 0, 900, 6)
    assert refused(bytes(body)) == "malformed"
