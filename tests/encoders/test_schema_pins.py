"""The YAML file of pins: read, written, and what is wrong with it said in one line; the page that documents it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from encoders.formats.contract import Message
from encoders.schema.difference import difference
from encoders.schema.explain import explained
from encoders.schema.infer import infer
from encoders.schema.pin import Pins, overlaid, pinned
from encoders.schema.pins_file import PinsError, parsed_pins, read_pins, written_pins
from encoders.schema.topic import FieldRule, FieldSchema, TopicSchema

PAGE = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def of_the_page() -> tuple[list[Message], TopicSchema]:
    pins = parsed_pins(block("yaml"), "docs/schema.md")
    messages = [Message(None, line.encode()) for line in block("json").splitlines()]
    inferred = infer(messages, format=pins.format, time_path=pins.time_path, id_path=pins.id_path)
    return messages, overlaid(inferred, pinned(pins, inferred))


def test_the_example_of_the_page_gives_what_the_page_says() -> None:
    _, schema = of_the_page()
    assert [f"{path} {field.type}" for path, field in schema.fields.items()] == block("text").split("\n")[:-1]
    assert schema.time is not None
    assert (schema.time.path, schema.time.unit, schema.id and schema.id.path) == ("ts", "ms", "machine")
    assert schema.fields["oil"].low == -20.0


def test_every_field_is_explained() -> None:
    messages, schema = of_the_page()
    lines = {line.path: line for line in explained(messages, schema, 64)}
    assert (lines["ts"].role, lines["ts"].channels) == ("event time", "0-5")
    assert lines["machine"].role == "stream id"
    assert (lines["oil"].unit, lines["oil"].si, lines["oil"].width) == ("degC", "K", 1)
    assert lines["place"].encoder == "geospatial"
    assert lines["lat"].why[0] == "it goes in with another"
    assert lines["debug.trace"].why == ("excluded by a rule",)
    narrow = {line.path: line for line in explained(messages, schema, 8)}
    assert narrow["oil"].role == "left out"
    assert narrow["oil"].why[0].startswith("no room")
    assert len(lines) == len(narrow) == len(schema.fields) + 3
    owned = [line for line in lines.values() if line.width]
    assert sum(line.width for line in owned) == 1 + max(int(line.channels.split("-")[-1]) for line in owned)


def test_what_is_written_is_read_as_the_same() -> None:
    messages, schema = of_the_page()
    pins = parsed_pins(written_pins(schema), "written")
    again = overlaid(infer(messages), pinned(pins, infer(messages)))
    assert difference(schema, again) == []
    assert pins.time_unit == "ms"


@given(st.text(min_size=1, max_size=8))
@example("\x85")
@example("a\u2028b")
def test_any_path_can_be_written(path: str) -> None:
    schema = TopicSchema(fields={path: FieldSchema(type="number", encoder="scalar")})
    assert [rule.path for rule in parsed_pins(written_pins(schema), "x").rules] == [path.replace("*", "[*]")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fromat: json", "line 1: the file has no key 'fromat'; did you mean format?"),
        ("id: a\nfields:\n  x: {unti: V}", "line 3: fields.x has no key 'unti'; did you mean unit?"),
        ("fields:\n  x: nubmer", "line 2: fields.x: type: .* did you mean number?"),
        ("fields:\n  x: {low: cold}", "line 2: fields.x: low: .*, not 'cold'"),
        ("fields:\n  a: number\n  a: text", "line 3: 'a' stands twice in fields"),
        ("fields:\n  'a.*': {rename: b}", "line 2: .*rename needs a path without stars"),
        ("time: {path: t, unit: minutes}", "line 1: time.unit: "),
        ("time: {unit: s}", "line 1: time.path: "),
        ("fields: [a]", "line 1: fields must hold keys"),
        ("id: [a]", "line 1: id must be text"),
        ("- a", "line 1: the file must hold keys with values: format, time"),
        ("a: [", "is not YAML"),
        ("fields: {a: {cast: datetime}}", "fields.a: cast: "),
    ],
)
def test_what_is_wrong_is_one_line(text: str, told: str) -> None:
    with pytest.raises(PinsError, match=told) as raised:
        parsed_pins(text, "pins.yaml")
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("pins.yaml")


@given(st.text(max_size=40) | st.from_regex(r"(fields|time|id|exclude): ?[\[{a-z:, }\]&*!]{0,20}"))
def test_any_text_gives_pins_or_one_error(text: str) -> None:
    try:
        assert isinstance(parsed_pins(text, "x"), Pins)
    except PinsError as error:
        assert "\n" not in str(error)  # noqa: PT017 -- whether it raises at all depends on the text


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(PinsError, match="does not exist"):
        read_pins(tmp_path / "none.yaml")
    (tmp_path / "empty.yaml").write_text("")
    assert read_pins(tmp_path / "empty.yaml") == Pins()


def test_pins_over_pins() -> None:
    own = Pins(time_path="t", rules=(FieldRule(path="a", unit="V"),))
    file = Pins(format="csv", time_path="u", time_unit="ms", id_path="i", rules=(FieldRule(path="a", unit="A"),))
    both = own.over(file)
    assert (both.format, both.time_path, both.time_unit, both.id_path) == ("csv", "t", None, "i")
    assert [rule.unit for rule in both.rules] == ["V", "A"]


def test_differences_are_lines() -> None:
    number = FieldSchema(type="number", encoder="scalar")
    old = TopicSchema(fields={"a": number, "b": number})
    new = TopicSchema(
        format="csv",
        fields={"b": number.model_copy(update={"unit": "V", "confidence": 0.5}), "c": number},
        rules=(FieldRule(path="x", exclude=True), FieldRule(path="b", unit="V")),
    )
    assert difference(old, old) == []
    assert difference(old, new) == [
        "~ format: json -> csv",
        "- a: number",
        "~ b: unit none -> V",
        "+ c: number",
        "+ rule on x: exclude True",
    ]
