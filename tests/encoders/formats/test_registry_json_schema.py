"""JSON by schema registry: what fits its JSON Schema is read, what does not is refused with the place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator

from encoders.formats.catalogue import Access
from encoders.formats.contract import Message, Unreadable
from encoders.formats.registry.json_quick import quick_check
from encoders.formats.registry.json_schema import ConfluentJson, validator_of
from tests.contracts.format_examples.registry import AVRO_ID, JSON_ID
from tests.contracts.registry import STORE, as_json, framed, headers, reader_of

READER = reader_of("confluent+json")


def read(schema: Any, document: Any, references: Sequence[tuple[str, str, int]] = ()) -> dict[str, Any]:
    schema_id = STORE.register("json-tests", schema if isinstance(schema, str) else as_json(schema), "JSON", references)
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    (parsed,) = READER.parse(Message(b"k", framed(schema_id, body)), {})  # type: ignore[misc]
    return parsed.fields


def test_what_fits_is_flattened_as_all_json() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "object"}}, "required": ["a"]}
    assert read(schema, {"a": {"b": 1, "c.d": [1, 2]}, "e": None}) == {"a.b": 1, "a.c\\.d": [1, 2], "e": None}


@pytest.mark.parametrize(
    ("schema", "document", "place"),
    [
        (
            {"properties": {"a": {"properties": {"b": {"type": "number"}}}}},
            {"a": {"b": "x"}},
            r"at \$\.a\.b: 'x' is not",
        ),
        ({"properties": {"a": {"items": {"maximum": 1}}}}, {"a": [0, 5]}, r"at \$\.a\[1\]: 5 is greater"),
        ({"required": ["time"]}, {}, r"at \$: 'time' is a required property"),
        ({"additionalProperties": False}, {"b": 1}, r"at \$: Additional properties"),
        (False, {}, r"at \$: False schema"),
    ],
)
def test_what_does_not_fit_is_malformed_with_the_place(schema: Any, document: Any, place: str) -> None:
    with pytest.raises(Unreadable, match="malformed: " + place):
        read(schema, document)


def test_a_schema_that_names_no_draft_is_of_draft_7() -> None:
    old = {"properties": {"a": {"items": [{"type": "number"}], "additionalItems": False}}}
    with pytest.raises(Unreadable, match="malformed"):
        read(old, {"a": [1, 2]})
    new = {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"a": {"prefixItems": [False]}}}
    with pytest.raises(Unreadable, match="malformed"):
        read(new, {"a": [1]})
    assert read({"$schema": "https://example.com/our-own", "required": ["a"]}, {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("base", [None, "http://example.com/schemas/top.json"])
@pytest.mark.parametrize("own_id", [None, "http://example.com/schemas/point.json"])
def test_references_lead_to_what_the_registry_lists(base: str | None, own_id: str | None) -> None:
    point: dict[str, Any] = {"type": "object", "required": ["lat"], "properties": {"lat": {"$ref": "angle.json"}}}
    if own_id is not None:
        point["$id"] = own_id
    subject = f"point-{base}-{own_id}"
    STORE.register("angle", as_json({"type": "number", "maximum": 90}), "JSON")
    STORE.register(subject, as_json(point), "JSON", [("angle.json", "angle", 1)])
    top: dict[str, Any] = {"properties": {"p": {"$ref": "point.json"}}}
    if base is not None:
        top["$id"] = base
    references = [("point.json", subject, 1)]
    if own_id is not None and base is None:
        top["properties"]["p"]["$ref"] = own_id
        references = [(own_id, subject, 1)]
    assert read(top, {"p": {"lat": 46.5}}, references) == {"p.lat": 46.5}
    with pytest.raises(Unreadable, match=r"malformed: at \$\.p\.lat: 91"):
        read(top, {"p": {"lat": 91}}, references)


def test_a_reference_to_nowhere_is_never_looked_for_in_the_net() -> None:
    for schema in ({"properties": {"a": {"$ref": "http://127.0.0.1:9/x.json"}}}, {"$ref": "#/definitions/none"}):
        with pytest.raises(Unreadable, match="unsupported: the JSON Schema cannot be applied"):
            read(schema, {"a": 1})


@pytest.mark.parametrize("schema", ["{", "7", '{"type": "nothing"}', '{"pattern": 7}', '{"$id": 7}', "[" * 5000])
def test_schemas_that_are_none_are_unsupported(schema: str) -> None:
    with pytest.raises(Unreadable, match="unsupported: the JSON Schema"):
        read(schema, {"a": 1})


def test_a_schema_that_leads_to_itself_ends() -> None:
    with pytest.raises(Unreadable, match="too-deep"):
        read({"$ref": "#"}, {"a": 1})
    tree = {"properties": {"a": {"$ref": "#"}}, "items": {"$ref": "#"}}
    assert read(tree, {"a": {"a": {"a": [1]}}}) == {"a.a.a": [1]}
    with pytest.raises(Unreadable, match="too-deep"):
        read(tree, b'{"a":' * 40 + b"1" + b"}" * 40)
    with pytest.raises(Unreadable, match="too-deep"):
        read(tree, b'{"a":' + b"[" * 900 + b"]" * 900 + b"}")


@pytest.mark.parametrize(("body", "reason"), [(b"", "malformed"), (b"{", "malformed"), (b"[1]", "not-an-object")])
def test_what_is_no_json_object_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read({}, body)


def test_a_schema_of_another_kind_is_not_this_format() -> None:
    with pytest.raises(Unreadable, match="is of kind AVRO"):
        READER.parse(Message(b"k", framed(AVRO_ID, b"{}")), {})


def test_sniff_goes_by_looks_while_there_is_no_registry() -> None:
    reader = ConfluentJson(Access())
    assert reader.sniff(Message(b"k", framed(JSON_ID, b' {"a": 1}'))) == 0.7
    assert reader.sniff(Message(b"k", framed(JSON_ID, b'{"a": '))) == 0.0
    bare = Message(b"k", b'{"a": 1}', headers=headers(JSON_ID))
    assert reader.sniff(bare) > reader_of("json").sniff(bare)
    assert reader.sniff(Message(b"k", b'{"a": 1}')) == 0.0


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, -2.0, 1e300]) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
numbers = st.integers(-3, 3) | st.just(0.5)
types = st.sampled_from(["null", "boolean", "number", "integer", "string", "array", "object"])
counts = st.integers(0, 3)


def plain(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of the keywords that have a quick answer."""
    return st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
            "minimum": numbers,
            "maximum": numbers,
            "exclusiveMinimum": numbers,
            "exclusiveMaximum": numbers,
            "minLength": counts,
            "maxLength": counts,
            "minItems": counts,
            "maxItems": counts,
            "enum": st.lists(st.sampled_from(["a", "b", None]), min_size=1, unique=True),
            "items": inner,
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "additionalProperties": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "format": st.just("date-time"),
            "title": st.just("a"),
        },
    )


@pytest.mark.parametrize("draft", [Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator])
@settings(max_examples=150, deadline=None)
@given(schema=st.recursive(st.booleans(), plain, max_leaves=8), documents=st.lists(values, min_size=1, max_size=8))
def test_the_quick_answer_is_that_of_the_whole_validator(draft: Any, schema: Any, documents: list[Any]) -> None:
    quick = quick_check(schema, draft.VALIDATORS)
    assert quick is not None
    whole = draft(schema)
    assert [quick(each) for each in documents] == [whole.is_valid(each) for each in documents]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/definitions/a"},
        {"pattern": "^a"},
        {"properties": {"a": {"patternProperties": {}}}},
        {"items": [{"type": "null"}]},
        {"enum": [1]},
        {"not": {}},
    ],
)
def test_schemas_that_say_more_have_no_quick_answer(schema: Any) -> None:
    assert quick_check(schema, Draft7Validator.VALIDATORS) is None
    assert validator_of(as_json({"$schema": "http://json-schema.org/draft-04/schema#"}), {}).quick is None
