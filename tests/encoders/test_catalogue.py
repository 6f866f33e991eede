"""Encoders by name, and those of others."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from encoders.catalogue import CATALOGUE, GROUP, CatalogueError, build, encoders, merged


def plug_in(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


def test_plug_ins_join_the_catalogue() -> None:
    lines: list[str] = []
    known = merged([plug_in("other", "encoders.codes.boolean:BooleanEncoder")], lines.append)
    assert known["other"] is CATALOGUE["boolean"]
    assert set(known) == {*CATALOGUE, "other"}
    assert lines == []


def test_no_plug_in_takes_a_name_of_ours_or_anothers() -> None:
    lines: list[str] = []
    twice = [plug_in("mine", "encoders.codes.scalar:ScalarEncoder"), plug_in("mine", "json:JSONDecoder")]
    known = merged([plug_in("scalar", "json:JSONDecoder"), *twice], lines.append)
    assert known["scalar"] is CATALOGUE["scalar"]
    assert known["mine"] is CATALOGUE["scalar"]
    assert len(lines) == 2
    assert all("is taken" in line for line in lines)


@pytest.mark.parametrize("value", ["no_such_module:Thing", "json:NoSuchThing", "encoders.catalogue:GROUP"])
def test_a_broken_plug_in_costs_one_line_and_nothing_else(value: str) -> None:
    lines: list[str] = []
    known = merged([plug_in("broken", value)], lines.append)
    assert known == CATALOGUE
    assert len(lines) == 1
    assert "broken" in lines[0]
    assert "\n" not in lines[0]


def test_equal_settings_give_the_same_encoder() -> None:
    assert set(CATALOGUE) <= set(encoders())
    assert build("category", {"numbers": True}) is build("category", {"numbers": True})
    assert build("category") is not build("category", {"numbers": True})


@pytest.mark.parametrize(
    ("name", "config"), [("nowhere", {}), ("scalar", {"unknown": 1}), ("category", {"numbers": []})]
)
def test_what_cannot_be_built_is_named(name: str, config: dict[str, object]) -> None:
    with pytest.raises(CatalogueError, match=name):
        build(name, config)
