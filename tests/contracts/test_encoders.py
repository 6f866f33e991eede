"""What every encoder in the catalogue promises (encoders/contract.py). A new encoder adds one row to EXAMPLES."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.catalogue import CATALOGUE, build
from encoders.contract import Encoded, Encoder, NumberEncoder, Rescaled, State, reading_state

NEVER_SENSED = (None, float("nan"), float("inf"), -float("inf"), [], [1.0], {}, {"a": 1}, b"bytes", object(), 10**400)


def number_error(given: Any, back: Any) -> float:
    return abs(float(given) - back)


def symbol_error(given: Any, back: Any) -> float:
    return 0.0 if str(given) == str(back) else 1.0


def moment_error(given: Any, back: Any) -> float:
    return abs((given - back).total_seconds())


@dataclass(frozen=True)
class Example:
    """How to try one encoder."""

    values: st.SearchStrategy[Any]
    """Values that it understands, over its whole range."""
    edges: Sequence[Any]
    """The ends of its range."""
    wrong: Sequence[Any]
    """Values that it does not understand, beside NEVER_SENSED."""
    error: Callable[[Any, Any], float]
    """Distance between a value and what came back."""
    ramp: Sequence[Any] = ()
    """For ordered values: equal steps upwards, within the range that `history` teaches."""
    history: Sequence[Any] = ()
    """Values that come before the ramp."""
    config: dict[str, Any] = field(default_factory=dict)


EXAMPLES: dict[str, Example] = {
    "boolean": Example(
        values=st.booleans(), edges=(True, False), wrong=(2, -1, 0.5, "maybe", ""), error=lambda a, b: float(a != b)
    ),
    "category": Example(
        values=st.text(max_size=8),
        edges=("", "a" * 32, "\u00e9" * 16, "\U0001f321" * 8, "a\0", "\0"),
        wrong=(1, 2.5, True),
        error=symbol_error,
    ),
    "datetime": Example(
        values=st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)),
        edges=(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        wrong=(True, "yesterday", "2026-13-01T00:00", "12", 1e12),
        error=moment_error,
        ramp=[datetime(2026, 9, 21, tzinfo=UTC) + timedelta(seconds=20 * k) for k in range(40)],
    ),
    "scalar": Example(
        values=st.floats(-1e36, 1e36) | st.integers(-(10**30), 10**30) | st.floats(-100.0, 100.0),
        edges=(0, -0.0, 5e-324, -5e-324, 1e36, -1e36, 2**63, "12.5", "-3e4"),
        wrong=(True, False, "warm", "", "1_000", "nan", "inf", 1e308, -1e308, "9" * 400),
        error=number_error,
        ramp=[20.0 + 0.1 * k for k in range(40)],
        history=[20.0, 24.0, 21.0, 22.0, 23.0, 20.5, 21.5, 23.5],
    ),
}

each = pytest.mark.parametrize("name", sorted(EXAMPLES))
quick = settings(max_examples=40, deadline=None, derandomize=True)


def make(name: str) -> Encoder:
    return build(name, EXAMPLES[name].config)


def objects(values: Sequence[Any]) -> Any:
    array = np.empty(len(values), dtype=np.object_)
    array[:] = list(values)
    return array


def hostile(name: str) -> list[Any]:
    return [*NEVER_SENSED, *EXAMPLES[name].wrong]


def lived(encoder: Encoder, histories: Sequence[Sequence[Any]]) -> State:
    """The states of streams that have sent these values, each by itself."""
    states = [encoder.initial(1)]
    for history in histories:
        state = encoder.initial(1)
        for value in history:
            state = encoder.encode(objects([value]), state).state
        states.append(state)
    return np.concatenate(states)[1:] if histories else encoder.initial(0)


def same(left: Encoded, right: Encoded) -> bool:
    pairs = ((left.codes, right.codes), (left.sensed, right.sensed), (left.state, right.state))
    return all(a.tobytes() == b.tobytes() and a.dtype == b.dtype for a, b in pairs)


def test_each_encoder_of_the_catalogue_has_an_example() -> None:
    assert set(EXAMPLES) == set(CATALOGUE)


@each
def test_name_config_and_width_rebuild_the_encoder(name: str) -> None:
    encoder = make(name)
    again = CATALOGUE[name](**encoder.config.model_dump())
    assert encoder.name == again.name == name
    assert again.config == encoder.config
    assert again.width == encoder.width >= 1
    assert again.state_dtype == encoder.state_dtype


@each
def test_state_rows_have_a_fixed_size_without_objects_or_padding(name: str) -> None:
    dtype = make(name).state_dtype
    assert not dtype.hasobject
    assert dtype["version"] == np.int32
    assert dtype.itemsize == sum(part[0].itemsize for part in dtype.fields.values())
    assert make(name).initial(3).dtype == dtype


@each
@quick
@given(data=st.data())
def test_a_row_has_the_same_bytes_in_any_batch(name: str, data: st.DataObject) -> None:
    encoder, example = make(name), EXAMPLES[name]
    anything = example.values | st.sampled_from(hostile(name)) | st.sampled_from(list(example.edges))
    histories = data.draw(st.lists(st.lists(anything, max_size=10), min_size=1, max_size=19))
    values = objects(data.draw(st.lists(anything, min_size=len(histories), max_size=len(histories))))
    state = lived(encoder, histories)
    whole = encoder.encode(values, state)
    decoded = encoder.decode(whole.codes, whole.state)
    order = np.array(data.draw(st.permutations(range(len(values)))))
    size = data.draw(st.integers(1, len(values)))
    for start in range(0, len(values), size):
        rows = order[start : start + size]
        part = encoder.encode(values[rows], state[rows])
        assert same(part, Encoded(whole.codes[rows], whole.sensed[rows], whole.state[rows]))
        again = encoder.decode(part.codes, part.state)
        assert list(again.values) == list(decoded.values[rows])
        assert again.confidence.tobytes() == decoded.confidence[rows].tobytes()
        deviation = np.abs(part.codes)
        whole_spread = encoder.spread(np.abs(whole.codes), whole.state)
        assert encoder.spread(deviation, part.state).tobytes() == whole_spread[rows].tobytes()


@each
@quick
@given(data=st.data())
def test_encode_is_pure_bounded_and_deterministic(name: str, data: st.DataObject) -> None:
    encoder, example = make(name), EXAMPLES[name]
    anything = example.values | st.sampled_from(hostile(name))
    histories = data.draw(st.lists(st.lists(anything, max_size=20), min_size=1, max_size=5))
    values = objects(data.draw(st.lists(anything, min_size=len(histories), max_size=len(histories))))
    state = lived(encoder, histories)
    before = state.tobytes()
    encoded = encoder.encode(values, state)
    assert state.tobytes() == before
    assert same(encoded, encoder.encode(values, state))
    assert encoded.codes.dtype == np.float32
    assert encoded.codes.shape == (len(values), encoder.width)
    assert np.isfinite(encoded.codes).all()
    assert np.abs(encoded.codes).max() <= 8.0
    for part in encoded.state.dtype.names:
        if encoded.state.dtype[part].kind == "f":
            assert np.isfinite(encoded.state[part]).all()


@each
@quick
@given(data=st.data())
def test_what_is_missing_or_wrong_is_not_sensed_and_changes_nothing(name: str, data: st.DataObject) -> None:
    encoder = make(name)
    wrong = hostile(name)
    history = data.draw(st.lists(EXAMPLES[name].values, max_size=8))
    state = np.repeat(lived(encoder, [history]), len(wrong))
    encoded = encoder.encode(objects(wrong), state)
    assert not encoded.sensed.any()
    assert not encoded.codes.any()
    assert encoded.state.tobytes() == state.tobytes()


@each
@quick
@given(data=st.data())
def test_a_value_comes_back_within_the_resolution(name: str, data: st.DataObject) -> None:
    encoder, example = make(name), EXAMPLES[name]
    history = data.draw(st.lists(example.values, max_size=12))
    value = data.draw(example.values | st.sampled_from(list(example.edges)))
    check_round_trip(encoder, example, history, value)


@each
def test_the_edges_of_the_range_come_back(name: str) -> None:
    for value in EXAMPLES[name].edges:
        check_round_trip(make(name), EXAMPLES[name], [], value)


def check_round_trip(encoder: Encoder, example: Example, history: Sequence[Any], value: Any) -> None:
    state = lived(encoder, [history])
    encoded = encoder.encode(objects([value]), state)
    assert encoded.sensed.all()
    coding = reading_state(state, encoded.state)
    decoded = encoder.decode(encoded.codes, coding)
    if np.abs(encoded.codes).max() < 8.0:  # beyond, it comes back as the end of the coded range
        assert example.error(value, decoded.values[0]) <= encoder.resolution(coding)[0]
        assert decoded.confidence[0] > 0.99


@each
def test_nothing_seen_reads_as_nothing(name: str) -> None:
    encoder = make(name)
    codes = np.zeros((2, encoder.width), dtype=np.float32)
    decoded = encoder.decode(codes, encoder.initial(2))
    assert list(decoded.values) == [None, None]
    assert not decoded.confidence.any()
    assert np.isnan(encoder.resolution(encoder.initial(2))).all()


@each
@quick
@given(data=st.data())
def test_any_finite_code_reads_as_a_value(name: str, data: st.DataObject) -> None:
    encoder = make(name)
    state = lived(encoder, [data.draw(st.lists(EXAMPLES[name].values, min_size=1, max_size=9))])
    numbers = st.floats(-1e6, 1e6, width=32)
    codes = data.draw(st.lists(numbers, min_size=encoder.width, max_size=encoder.width))
    decoded = encoder.decode(np.array([codes], dtype=np.float32), state)
    assert decoded.values[0] is not None
    assert 0.0 <= decoded.confidence[0] <= 1.0


@pytest.mark.parametrize("name", [name for name in sorted(EXAMPLES) if EXAMPLES[name].ramp])
def test_near_values_have_near_codes(name: str) -> None:
    encoder, example = make(name), EXAMPLES[name]
    state = np.repeat(lived(encoder, [example.history]), len(example.ramp))
    codes = encoder.encode(objects(example.ramp), state).codes if example.history else _codes(encoder, example)
    away = np.sqrt(np.square(codes - codes[0]).sum(axis=1))
    assert (np.diff(away) > 0.0).all()
    assert away[1] < 0.1 * away[-1]


def _codes(encoder: Encoder, example: Example) -> Any:
    return encoder.encode(objects(example.ramp), encoder.initial(len(example.ramp))).codes


@each
@quick
@given(data=st.data())
def test_within_a_version_a_code_keeps_its_meaning(name: str, data: st.DataObject) -> None:
    encoder, example = make(name), EXAMPLES[name]
    state = lived(encoder, [data.draw(st.lists(example.values, min_size=1, max_size=12))])
    probe = objects([data.draw(example.values)])
    before = encoder.encode(probe, state).codes
    after = encoder.encode(objects([data.draw(example.values)]), state).state
    if after["version"][0] == state["version"][0]:
        assert encoder.encode(probe, after).codes.tobytes() == before.tobytes()
    else:
        assert after["version"][0] == state["version"][0] + 1
        assert isinstance(encoder, Rescaled)
        assert (reading_state(state, after) == state).all()


@each
@quick
@given(data=st.data())
def test_the_path_of_numbers_is_the_path_of_objects(name: str, data: st.DataObject) -> None:
    encoder = make(name)
    if not isinstance(encoder, NumberEncoder):
        return
    anything = EXAMPLES[name].values | st.sampled_from(hostile(name))
    values = data.draw(st.lists(anything, min_size=1, max_size=9))
    state = lived(encoder, [data.draw(st.lists(EXAMPLES[name].values, max_size=5)) for _ in values])
    fast = encoder.encode_numbers(encoder.parse(values), state)
    assert same(fast, encoder.encode(objects(values), state))
    numbers = encoder.decode_numbers(fast.codes, fast.state)
    seen = [value is not None for value in encoder.decode(fast.codes, fast.state).values]
    assert list(~np.isnan(numbers)) == seen


@each
def test_memory_stops_growing(name: str) -> None:
    encoder = make(name)
    state = encoder.initial(1)
    size = state.nbytes
    for step in range(100):
        state = encoder.encode(objects([f"symbol-{step}" if name == "category" else step % 2]), state).state
    assert state.nbytes == size
