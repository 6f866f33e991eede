"""Rules on fields: which paths a glob means, what rules make of readings and of schemas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.formats.catalogue import format_named
from encoders.formats.contract import Message
from encoders.formats.decoding import decode
from encoders.plan import Plan
from encoders.reading import Columns, Fields, Notes, Readings
from encoders.schema.clash import clash
from encoders.schema.infer import infer
from encoders.schema.pin import Pins, overlaid, pinned, typed, unkept
from encoders.schema.rules import literal, matches, rule_for
from encoders.schema.shaping import shaped
from encoders.schema.topic import FieldRule, TopicSchema


@pytest.mark.parametrize(
    ("glob", "path", "means"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.bc", False),
        ("*", "a", True),
        ("*", "a.b", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.**", "a.b.c", True),
        ("**", "a.b.c", True),
        ("**.rpm", "m.x.rpm", True),
        ("temp*", "temp_c", True),
        (r"a.*", r"a.b\.c", True),
        (r"*", r"b\.c", True),
        ("a[*]", "a*", True),
        ("a[*]", "ab", False),
        ("a?c", "abc", False),
        ("", "", True),
    ],
)
def test_globs(glob: str, path: str, means: bool) -> None:
    assert matches(glob, path) is means


@given(st.text(), st.text())
def test_a_literal_means_itself_alone(path: str, other: str) -> None:
    assert matches(literal(path), path)
    assert matches(literal(path), other) == (path == other)
    assert matches("**", path)


def test_of_each_thing_the_first_rule_that_says_it_counts() -> None:
    rules = (
        FieldRule(path="debug.level", exclude=False),
        FieldRule(path="debug.*", exclude=True, unit="V"),
        FieldRule(path="**", unit="A", low=0.0),
    )
    assert rule_for("debug.level", rules) == FieldRule(path="debug.level", exclude=False, unit="V", low=0.0)
    assert rule_for("x", rules) == FieldRule(path="x", unit="A", low=0.0)
    assert rule_for("x", rules[:2]) is None
    stored = tuple(FieldRule.model_validate_json(rule.model_dump_json()) for rule in rules)
    assert rule_for("debug.level", stored) == rule_for("debug.level", rules)


RULES = (
    FieldRule(path="t1", rename="oil", cast="number"),
    FieldRule(path="ok", cast="boolean"),
    FieldRule(path="code", cast="category"),
    FieldRule(path="debug.*", exclude=True),
)
SHAPED = TopicSchema(rules=RULES)


def read(fields: list[Fields] | Columns, notes: dict[int, Notes] | None = None) -> Readings:
    count = len(fields)
    return Readings(np.arange(count), ["s"] * count, np.full(count, math.nan), fields, notes=notes or {})


def test_rows_are_shaped() -> None:
    rows: list[Fields] = [
        {"t1": "61,5", "ok": "on", "code": 7.0, "debug.x": 1, "rest": [1]},
        {"t1": "-", "ok": 0, "code": "-"},
        {"t1": None, "ok": "perhaps", "code": True},
        {"t1": 3},
    ]
    assert list(shaped(read(rows), SHAPED).fields) == [
        {"oil": 61.5, "ok": True, "code": "7", "rest": [1]},
        {"oil": None, "ok": False, "code": None},
        {"oil": None, "ok": None, "code": "true"},
        {"oil": 3},
    ]


def test_columns_are_shaped_as_rows_are() -> None:
    columns: dict[str, Any] = {
        "t1": np.array([1.0, math.nan]),
        "ok": np.array([1, 0]),
        "code": np.array([1.0, 2.5]),
        "debug.x": np.array([1, 2]),
    }
    table = shaped(read(Columns(columns, 2)), SHAPED).fields
    assert isinstance(table, Columns)
    assert list(table) == list(shaped(read(list(Columns(columns, 2))), SHAPED).fields)
    assert table.columns["oil"] is columns["t1"]


def test_nothing_is_touched_where_nothing_is_to_be_done() -> None:
    readings = read([{"a": 1.0}])
    assert shaped(readings, TopicSchema()) is readings
    assert shaped(readings, SHAPED).fields[0] is readings.fields[0]
    assert shaped(read([{"a.x": 1, "b": 2}]), TopicSchema(include=("a.*",))).fields[0] == {"a.x": 1}


def test_notes_go_along() -> None:
    notes = {0: Notes(units={"t1": "Cel", "debug.x": "V"}, reasons={"ok": "stale"}, sigmas={"t1": 0.5})}
    moved = shaped(read([{"t1": 1.0, "ok": 1, "debug.x": 2.0}], notes), SHAPED).notes[0]
    assert moved == Notes(units={"oil": "Cel"}, reasons={"ok": "stale"}, sigmas={"oil": 0.5})


def test_of_two_fields_of_one_name_the_first_counts() -> None:
    rules = TopicSchema(rules=(FieldRule(path="b", rename="a"),))
    assert shaped(read([{"a": 1, "b": 2}, {"b": 3}]), rules).fields == [{"a": 1}, {"a": 3}]


@given(st.lists(st.dictionaries(st.text(max_size=4), st.none() | st.text(max_size=3) | st.floats() | st.booleans())))
def test_casts_take_anything(rows: list[Fields]) -> None:
    for cast in ("number", "boolean", "category"):
        done = shaped(read(rows), TopicSchema(rules=(FieldRule(path="**", cast=cast),)))
        assert [set(row) for row in done.fields] == [set(row) for row in rows]


def messages(count: int = 20) -> list[Message]:
    documents = [
        {"ts": 1_790_000_000 + k, "host": "h", "t1": f"{20 + k % 3}", "lat": 51.0 + k / 100, "lon": 1.0, "junk": k % 5}
        for k in range(count)
    ]
    return [Message(None, orjson.dumps(document)) for document in documents]


def test_rules_make_the_schema_and_later_fields() -> None:
    rules = (
        *typed({"new.*": "angle_deg"}),
        FieldRule(path="t1", rename="oil", unit="degC", high=90.0),
        FieldRule(path="junk", exclude=True),
        FieldRule(path="place", parts=("lat", "lon")),
    )
    pins, inferred = Pins(rules=rules), infer(messages())
    assert clash(pinned(pins, inferred), inferred) == []
    schema = overlaid(inferred, pinned(pins, inferred))
    kinds = {path: (field.type, field.encoder) for path, field in schema.fields.items()}
    assert kinds == {
        "oil": ("number", "scalar"),
        "lat": ("latitude", None),
        "lon": ("longitude", None),
        "place": ("position", "geospatial"),
    }
    assert (schema.fields["oil"].unit, schema.fields["oil"].high) == ("degC", 90.0)
    assert TopicSchema.model_validate_json(schema.model_dump_json()) == schema
    readings = decode(format_named("json"), messages(), schema)
    assert set(readings.fields[0]) == {"oil", "lat", "lon"}
    plan = Plan.empty(64).extended(readings.fields[0], schema)
    assert [block.path for block in plan.blocks if not block.timed][0:2] == ["place", "oil"]
    grown = plan.extended({**readings.fields[0], "new.x": 7, "other": 7}, schema)
    assert grown.blocks[: len(plan.blocks)] == plan.blocks
    assert {block.path: block.kind for block in grown.blocks[len(plan.blocks) :]} == {
        "new.x": "angle_deg",
        "other": "number",
    }


def test_a_changed_rule_is_held_against_the_schema_in_force() -> None:
    inferred = infer(messages())
    pins = Pins(rules=(FieldRule(path="junk", exclude=True), FieldRule(path="t1", type="number")))
    assert unkept(pins, overlaid(inferred, pinned(pins, inferred))) == []
    assert unkept(pins, inferred) == ["field junk: the schema in force has no such rule (exclude)"]
    assert unkept(Pins(include=("a",)), inferred) == ["include: the schema in force has none"]


def test_a_pinned_key_needs_values_that_can_be_one() -> None:
    schema = infer(messages(), time_path="junk", id_path="t1")
    assert schema.time is not None
    assert schema.id is not None
    assert (schema.time.path, schema.id.path) == ("ts", "t1")
