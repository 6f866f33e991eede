"""The YAML file in which a user pins a topic's schema, read and written; docs/schema.md shows one.

PyYAML is known here alone.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, cast, get_args

import yaml
from pydantic import ValidationError

from encoders.schema.pin import Pins
from encoders.schema.rules import literal, spoken
from encoders.schema.topic import FieldRule, FieldSchema, FieldType, TimeKey, TopicSchema

KEYS = ("format", "time", "id", "include", "exclude", "fields")
TIME_KEYS = ("path", "unit", "zone")
RULE_KEYS = tuple(key for key in FieldRule.model_fields if key != "path")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


class PinsError(ValueError):
    """The file cannot be used; the message is one line that names the place and what to do."""


def read_pins(path: Path) -> Pins:
    """The decisions in a file. Raises PinsError."""
    try:
        return parsed_pins(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise PinsError(f"schema file {path} does not exist: correct its name, or leave it out") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PinsError(f"schema file {path} cannot be read: {error}") from None


def parsed_pins(text: str, origin: str) -> Pins:
    """The decisions in YAML text; origin: what errors call it. Raises PinsError."""
    try:
        root = cast("yaml.Node | None", cast("Any", yaml).compose(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError) as error:
        raise PinsError(f"{origin} is not YAML: {' '.join(str(error).split())[:200]}") from None
    if root is None:
        return Pins()
    where = _Place(origin)
    top = dict(where.entries(root, KEYS, "the file"))
    time = where.time(top["time"]) if "time" in top else None
    rules = tuple(where.rules(top["fields"])) if "fields" in top else ()
    left_out = where.globs(top["exclude"], "exclude") if "exclude" in top else ()
    return Pins(
        format=where.text(top["format"], "format") if "format" in top else None,
        time_path=time.path if time else None,
        time_unit=time.unit if time and "unit" in time.model_fields_set else None,
        zone=time.zone if time and "zone" in time.model_fields_set else None,
        id_path=where.key_path(top["id"], "id") if "id" in top else None,
        rules=rules + tuple(FieldRule(path=glob, exclude=True) for glob in left_out),
        include=where.globs(top["include"], "include") if "include" in top else (),
    )


class _Place:
    """Reads nodes of one file and knows where they stand."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def wrong(self, node: yaml.Node, what: str) -> PinsError:
        """The error that something is wrong there."""
        return PinsError(f"{self.origin}, line {node.start_mark.line + 1}: {what}")

    def entries(self, node: yaml.Node, known: Collection[str] | None, of: str) -> Iterator[tuple[str, yaml.Node]]:
        """Key and value of a mapping; known: the keys that it may have, None for any."""
        if not isinstance(node, yaml.MappingNode):
            raise self.wrong(node, f"{of} must hold keys with values" + (f": {', '.join(known)}" if known else ""))
        seen: set[str] = set()
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            name = self.text(key, f"a key of {of}")
            if known is not None and name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
                raise self.wrong(key, f"{of} has no key {name!r}; did you mean {near[0]}?")
            if name in seen:
                raise self.wrong(key, f"{name!r} stands twice in {of}")
            seen.add(name)
            yield name, value

    def text(self, node: yaml.Node, of: str) -> str:
        """A single word or number, as text."""
        if not isinstance(node, yaml.ScalarNode) or not str(node.value):
            raise self.wrong(node, f"{of} must be text")
        return str(node.value)

    def plain(self, node: yaml.Node) -> Any:
        """Any value."""
        loader = yaml.SafeLoader("")
        try:
            return cast("Any", loader).construct_document(node)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self.wrong(node, " ".join(str(error).split())[:200]) from None
        finally:
            cast("Any", loader).dispose()

    def globs(self, node: yaml.Node, of: str) -> tuple[str, ...]:
        """One glob or a list of them."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(item, f"each of {of}") for item in cast("list[yaml.Node]", node.value))
        return (self.text(node, of),)

    def key_path(self, node: yaml.Node, of: str) -> str:
        """A path, or {path: it}."""
        if isinstance(node, yaml.MappingNode):
            found = dict(self.entries(node, ("path",), of))
            if "path" not in found:
                raise self.wrong(node, f"{of} needs a path")
            return self.text(found["path"], f"{of}.path")
        return self.text(node, of)

    def time(self, node: yaml.Node) -> TimeKey:
        """A path, or {path, unit, zone}; a unit that is not said counts as not set."""
        if not isinstance(node, yaml.MappingNode):
            return TimeKey.model_construct(_fields_set={"path"}, path=self.text(node, "time"), unit="s", zone="UTC")
        given = {key: self.text(value, f"time.{key}") for key, value in self.entries(node, TIME_KEYS, "time")}
        try:
            key = TimeKey.model_validate({"unit": "s", **given})
        except ValidationError as error:
            raise self.wrong(node, f"time.{_told(error)}") from None
        return key.model_copy() if "unit" in given else TimeKey.model_construct(_fields_set=set(given), **dict(key))

    def rules(self, node: yaml.Node) -> Iterator[FieldRule]:
        """{glob: type or {key: value}}, in the order of the file."""
        for glob, value in self.entries(node, None, "fields"):
            given: dict[str, Any] = {}
            if isinstance(value, yaml.ScalarNode):
                given["type"] = self.text(value, f"fields.{glob}")
            else:
                given = {key: self.plain(said) for key, said in self.entries(value, RULE_KEYS, f"fields.{glob}")}
            if given.get("rename") is not None and "*" in glob.replace("[*]", ""):
                raise self.wrong(value, f"fields.{glob}: rename needs a path without stars, of one field")
            try:
                yield FieldRule.model_validate({"path": glob, **given})
            except ValidationError as error:
                raise self.wrong(value, f"fields.{glob}: {_told(error)}") from None


def _told(error: ValidationError) -> str:
    """The first thing that is wrong, in one line, with the nearest known type."""
    first = error.errors()[0]
    key, given = ".".join(map(str, first["loc"])), first.get("input")
    near = difflib.get_close_matches(str(given), get_args(FieldType), n=1) if key == "type" else []
    return f"{key}: {first['msg']}, not {str(given)[:60]!r}" + (f"; did you mean {near[0]}?" if near else "")


def written_pins(schema: TopicSchema) -> str:
    """A schema as YAML that `read_pins` reads: what was found, as decisions."""
    document: dict[str, Any] = {"format": schema.format}
    if schema.time is not None:
        document["time"] = {"path": schema.time.path, "unit": schema.time.unit, "zone": schema.time.zone}
    if schema.id is not None:
        document["id"] = schema.id.path
    if schema.include:
        document["include"] = list(schema.include)
    fields: dict[str, dict[str, Any]] = {rule.path: _plain(spoken(rule)) for rule in schema.rules}
    sent_as = {rule.rename: rule.path for rule in schema.rules if rule.rename is not None}
    for path, field in schema.fields.items():
        glob = sent_as.get(path, literal(path))
        fields[glob] = fields.get(glob, {}) | _decided(field)
    document["fields"] = fields
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    if _LINE_ENDS.search(text):  # PyYAML would fold them into blanks when it reads them back
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=False)
    return text


def _decided(field: FieldSchema) -> dict[str, Any]:
    keys = ("type", "unit", "encoder", "settings", "low", "high", "parts")
    return _plain({key: getattr(field, key) for key in keys if getattr(field, key) not in (None, {}, ())})


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {key: list(said["parts"]) if key == "parts" else value for key, value in said.items()}
