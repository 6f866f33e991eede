"""Plans: who owns which block, and waves of readings through them."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.allocation import MOST_UNPLACED
from encoders.block import Unplaced
from encoders.catalogue import CatalogueError
from encoders.circumstances import Circumstances
from encoders.plan import EncodedRows, Plan, PlanError
from encoders.quality import BAD, MISSING, OK
from encoders.reading import Fields, Notes
from encoders.schema import FieldSchema, TimeKey, TopicSchema
from encoders.watch.marks import field_words

BARE = TopicSchema()
TIMED = TopicSchema(time=TimeKey(path="time", unit="s"))
START_S = 1_790_000_000.0

field_values = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=4)
    | st.lists(st.integers(), max_size=2)
    | st.just("2026-09-21T14:13:20Z")
)
messages = st.dictionaries(st.sampled_from([f"f{k}" for k in range(9)]), field_values, max_size=9)


def follow(stream: list[Fields], schema: TopicSchema, width: int) -> Plan:
    plan = Plan.empty(width)
    for fields in stream:
        plan = plan.extended(fields, schema)
    return plan


def live(stream: list[Fields], schema: TopicSchema, width: int) -> tuple[Plan, Any, list[EncodedRows]]:
    """One stream by itself, message after message."""
    plan = Plan.empty(width)
    state, rows = plan.initial(1), []
    for tick, fields in enumerate(stream):
        wider = plan.extended(fields, schema)
        state = wider.grown(state, plan) if wider is not plan else state
        plan = wider
        rows.append(plan.encode([fields], np.array([START_S + tick]), state))
        state = rows[-1].state
    return plan, state, rows


def test_time_comes_first_then_fields_by_first_sight() -> None:
    plan = Plan.empty(32).extended({"b": 1.5, "a": True, "c": "x", "t": "2026-09-21T14:13:20Z"}, TIMED)
    owners = [(block.path, block.kind, block.encoder, block.start, block.width) for block in plan.blocks]
    assert owners == [
        ("time", "datetime", "datetime", 0, 6),
        ("b", "number", "scalar", 6, 1),
        ("a", "boolean", "boolean", 7, 1),
        ("c", "category", "category", 8, 8),
        ("t", "datetime", "datetime", 16, 6),
    ]
    assert plan.used == 22
    assert [block.timed for block in plan.blocks] == [True, False, False, False, False]


def test_the_schema_names_the_encoder() -> None:
    fields = {
        "code": FieldSchema(type="category", encoder="category", settings={"numbers": True}),
        "text": FieldSchema(type="number", encoder="scalar"),
        "noise": FieldSchema(type="number", encoder=None),
    }
    plan = Plan.empty(16).extended({"code": 7, "text": "1.5", "noise": 3.0}, TopicSchema(fields=fields))
    assert [block.encoder for block in plan.blocks] == ["category", "scalar"]
    assert plan.unplaced == (Unplaced("noise", "unsupported"),)
    rows = plan.encode([{"code": 7, "text": "1.5", "noise": 3.0}], np.array([np.nan]), plan.initial(1))
    assert rows.quality.tolist() == [[OK, OK]]
    assert plan.decode(rows.x, rows.coding)["code"].tolist() == ["7"]


def test_nothing_new_gives_the_same_object_and_equal_streams_share_one() -> None:
    plan = Plan.empty(16).extended({"a": 1.0, "b": None}, TIMED)
    assert plan.extended({"a": 2.0}, TIMED) is plan
    assert plan.extended({"a": "no number", "b": None}, TIMED) is plan
    assert Plan.empty(16).extended({"a": 7}, TIMED) is plan
    assert hash(plan) == hash(Plan.from_json(plan.to_json()))
    assert pickle.loads(pickle.dumps(plan)) is plan  # noqa: S301 -- its own bytes
    later = plan.extended({"a": 1.0, "b": 2.0}, TIMED)
    assert [block.path for block in later.blocks] == ["time", "a", "b"]


def test_a_full_vector_lists_who_is_left_out() -> None:
    plan = Plan.empty(3).extended({"a": 1.0, "c": "word", "b": 2.0, "l": [{}], "d": 1.0, "e": 1.0}, BARE)
    assert [block.path for block in plan.blocks] == ["a", "b", "d"]
    assert plan.unplaced == (Unplaced("c", "no-room"), Unplaced("l", "unsupported"), Unplaced("e", "no-room"))
    assert plan.extended({"c": "word", "e": 3.0, "l": [{}]}, BARE) is plan
    crowd = {f"x{k}": 1.0 for k in range(MOST_UNPLACED + 10)}
    crowded = plan.extended(crowd, BARE)
    assert len(crowded.unplaced) == MOST_UNPLACED
    assert crowded.overflowed
    assert crowded.extended(crowd, BARE) is crowded


def test_an_unsupported_field_is_placed_once_its_value_can_be_encoded() -> None:
    plan = Plan.empty(4).extended({"a": [{}]}, BARE)
    assert plan.unplaced == (Unplaced("a", "unsupported"),)
    later = plan.extended({"a": 3.0}, BARE)
    assert later.unplaced == ()
    assert later.blocks[0].path == "a"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(stream=st.lists(messages, max_size=5), others=st.lists(messages, max_size=5))
def test_a_plan_depends_on_its_own_stream_alone(stream: list[Fields], others: list[Fields]) -> None:
    plan = follow(stream, TIMED, 24)
    follow(others, TIMED, 24)
    assert follow(stream, TIMED, 24) is plan
    used = 0
    for block in plan.blocks:
        assert block.start == used
        used = block.stop
    assert plan.used == used <= 24


@settings(max_examples=60, deadline=None, derandomize=True)
@given(stream=st.lists(messages, max_size=4))
def test_json_leads_back_to_the_plan(stream: list[Fields]) -> None:
    plan = follow(stream, TIMED, 24)
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) is plan


@settings(max_examples=40, deadline=None, derandomize=True)
@given(stream=st.lists(messages, min_size=1, max_size=12), arrival=st.integers(0, 11), value=field_values)
def test_a_new_field_leaves_the_bytes_of_the_others_as_they_are(stream: list[Fields], arrival: int, value: Any) -> None:
    more = [fields | ({"new": value} if tick >= arrival else {}) for tick, fields in enumerate(stream)]
    calm, _, before = live(stream, TIMED, 64)
    wider, _, after = live(more, TIMED, 64)
    place = {block.path: block for block in wider.blocks}
    for block in calm.blocks:
        other = place[block.path]
        for left, right in zip(before, after, strict=True):
            assert left.x[:, block.start : block.stop].tobytes() == right.x[:, other.start : other.stop].tobytes()


def test_a_field_that_arrives_later_moves_no_other() -> None:
    stream: list[Fields] = [{"a": 20.0 + k % 3, "s": "up" if k % 4 else "down", "ok": k % 2 == 0} for k in range(40)]
    more = [fields | ({"z": 1e6 + k, "late": "x"} if k >= 20 else {}) for k, fields in enumerate(stream)]
    plan, _, before = live(stream, TIMED, 32)
    wider, _, after = live(more, TIMED, 32)
    assert wider.blocks[: len(plan.blocks)] == plan.blocks
    for left, right in zip(before, after, strict=True):
        assert left.x[:, : plan.used].tobytes() == right.x[:, : plan.used].tobytes()
    assert before[-1].x[:, plan.used :].any() == False  # noqa: E712 -- a numpy bool
    assert after[-1].x[:, plan.used : wider.used].any()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(waves=st.lists(st.lists(messages, min_size=7, max_size=7), min_size=1, max_size=4), size=st.integers(1, 7))
def test_a_stream_has_the_same_bytes_in_any_wave(waves: list[list[Fields]], size: int) -> None:
    everything: Fields = {f"f{k}": value for k, value in enumerate([1.0, True, "a", 2, "b", 3.5, False, 1, "c"])}
    plan = Plan.empty(64).extended(everything, TIMED)
    whole, parts = plan.initial(7), plan.initial(7)
    for tick, wave in enumerate(waves):
        times = np.arange(7) * 1000.0 + START_S + tick
        together = plan.encode(wave, times, whole)
        for start in range(0, 7, size):
            rows = np.arange(start, min(start + size, 7))
            part = plan.encode([wave[row] for row in rows], times[rows], parts[rows])
            for mine, theirs in (
                (part.x, together.x[rows]),
                (part.sensed, together.sensed[rows]),
                (part.quality, together.quality[rows]),
                (plan.pack(part.coding), plan.pack(together.coding)[rows]),
            ):
                assert mine.tobytes() == theirs.tobytes()
            parts[rows] = part.state
        whole = together.state
        assert plan.pack(whole).tobytes() == plan.pack(parts).tobytes()


def test_quality_tells_missing_from_bad_and_the_rest_goes_on() -> None:
    first: Fields = {"a": 1.0, "b": 2.0, "s": "x"}
    plan = Plan.empty(32).extended(first, TIMED)
    state = plan.encode([first], np.array([START_S]), plan.initial(1)).state
    rows = plan.encode([{"a": "broken", "s": None}], np.array([np.nan]), state)
    assert [block.path for block in plan.blocks] == ["time", "a", "b", "s"]
    assert rows.quality.tolist() == [[MISSING, BAD, MISSING, MISSING]]
    assert not rows.sensed.any()
    assert not rows.x.any()
    for group in plan.groups:
        assert rows.state[group.name].tobytes() == state[group.name].tobytes()
    fine = plan.encode([{"a": "broken", "b": 2.5, "s": "y"}], np.array([START_S + 1]), state)
    assert fine.quality.tolist() == [[OK, BAD, OK, OK]]
    assert fine.sensed.tolist() == [[True] * 6 + [False] + [True] * 9 + [False] * 16]


def test_values_come_back_by_the_coding_state() -> None:
    stream: list[Fields] = [{"a": 20.0 + (k * 7 % 10), "ok": k % 3 == 0, "s": f"w{k % 5}"} for k in range(70)]
    plan, _, rows = live(stream, TIMED, 32)
    for tick, (fields, row) in enumerate(zip(stream, rows, strict=True)):
        values = plan.decode(row.x, row.coding)
        if np.abs(row.x[0, 6]) < 8.0:
            assert values["a"][0] == pytest.approx(fields["a"], rel=1e-5)
        assert values["ok"][0] is fields["ok"]
        assert values["s"][0] == fields["s"]
        assert "time" not in values, tick  # the event time is given, nobody asks it back


def test_the_first_reading_opens_its_own_range() -> None:
    plan, _, rows = live([{"a": 21.5}], BARE, 4)
    assert rows[0].x[0, 0] == 0.0
    assert rows[0].sensed[0, 0]
    assert plan.decode(rows[0].x, rows[0].coding)["a"].tolist() == [21.5]
    assert plan.decode(rows[0].x, plan.initial(1))["a"].tolist() == pytest.approx([np.nan], nan_ok=True)
    assert plan.translation(plan.initial(1), rows[0].state) is None


def test_translation_carries_codes_into_the_new_range() -> None:
    plan, state = Plan.empty(16).extended({"s": "x", "a": 1.0, "b": 1.0}, BARE), None
    state = plan.initial(2)
    seen = 0
    for k in range(40):
        wave: list[Fields] = [{"s": "x", "a": 20.0 + k % 7, "b": 5.0}, {"s": "y", "a": -3.0, "b": float(k)}]
        rows = plan.encode(wave, np.full(2, np.nan), state)
        found = plan.translation(state, rows.state)
        if found is None:
            assert (state["g1"]["version"] == rows.state["g1"]["version"])[state["g1"]["version"] > 0].all()
        else:
            seen += 1
            gain, offset = found
            codes = np.full((2, 16), 0.25, dtype=np.float32)
            before, after = plan.decode(codes, state), plan.decode(gain * codes + offset, rows.state)
            for path in ("a", "b"):
                assert after[path] == pytest.approx(before[path], rel=1e-5)
            assert (gain[:, :8] == 1.0).all()
            assert (offset[:, :8] == 0.0).all()
            assert np.isfinite(gain).all()
            assert np.isfinite(offset).all()
        state = rows.state
    assert seen >= 4


def test_spread_is_in_the_unit_of_the_field() -> None:
    plan, state, _ = live([{"a": 20.0 + 4.0 * (k % 2), "s": "x"} for k in range(64)], TIMED, 32)
    spread = plan.spread(np.ones((1, 32), dtype=np.float32), state)
    assert spread["a"][0] == pytest.approx(2.0, rel=0.1)
    assert np.isnan(spread["s"][0])


def test_state_rows_can_be_packed_taken_and_put() -> None:
    plan, state, _ = live([{"a": 1.0, "s": "x"}, {"a": 3.0, "s": "y"}], TIMED, 32)
    pool = plan.initial(5)
    pool[np.array([3])] = state
    packed = plan.pack(pool)
    assert packed.dtype == np.uint8
    again = plan.unpack(packed)
    assert again[np.array([3])].tobytes() == state.tobytes()
    again[0] = again[3]
    with pytest.raises(PlanError):
        plan.unpack(packed[:, :-1])
    with pytest.raises(PlanError):
        Plan.from_json(plan.to_json() | {"format": 99})
    with pytest.raises(PlanError):
        Plan.from_json(plan.to_json() | {"state": "other"})
    with pytest.raises(PlanError):
        Plan.from_json({"format": 1})


def test_a_plan_with_a_missing_plug_in_says_so() -> None:
    document = Plan.empty(8).extended({"a": 1.0}, BARE).to_json()
    document["blocks"][0]["encoder"] = "sold-elsewhere"
    with pytest.raises(CatalogueError, match="sold-elsewhere"):
        Plan.from_json(document)


def test_a_plan_without_blocks_encodes_nothing() -> None:
    plan = Plan.empty(8)
    rows = plan.encode([{}, {}], np.full(2, np.nan), plan.initial(2))
    assert rows.x.shape == (2, 8)
    assert not rows.sensed.any()
    assert plan.decode(rows.x, rows.coding) == {}
    packed = plan.pack(rows.state)
    assert plan.unpack(packed).tobytes() == rows.state.tobytes()


def test_noted_uncertainty_becomes_noise_of_the_codes() -> None:
    plan, state, _ = live([{"a": 20.0 + 4.0 * (k % 2), "b": float(k), "s": "x"} for k in range(64)], TIMED, 32)
    wave: list[Fields] = [{"a": 21.0, "b": 3.0, "s": "x"}] * 2
    two = np.repeat(state, 2)
    times = np.full(2, START_S + 64)
    assert plan.encode(wave, times, two).noise is None
    noted = Circumstances({1: Notes(sigmas={"a": 2.0, "s": 1.0, "b": -1.0, "unknown": 1.0})})
    noise = plan.encode(wave, times, two, noted).noise
    assert noise is not None
    place = next(block.start for block in plan.blocks if block.path == "a")
    assert noise[1, place] == pytest.approx(1.0, rel=0.2)
    assert np.count_nonzero(noise) == 1
    foreign = Circumstances({1: Notes(units={"a": "degF"}, sigmas={"a": 2.0})})
    schema = TopicSchema(fields={"a": FieldSchema(type="number", encoder="scalar", unit="degC")})
    plan, state, _ = live([{"a": 20.0 + 4.0 * (k % 2)} for k in range(64)], schema, 8)
    rows = plan.encode([{"a": 22.0}, {"a": 71.6}], np.full(2, np.nan), np.repeat(state, 2), foreign)
    assert rows.noise is not None
    assert rows.noise[1, 0] == pytest.approx(noise[1, place] / 1.8, rel=1e-3)
    assert rows.x[0, 0] == pytest.approx(rows.x[1, 0])
    assert [field_words(bits) for bits in rows.marks[:, 0].tolist()] == [(), ("unit",)]
