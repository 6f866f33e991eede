"""Inference over families of payloads, calm and disturbed: time, unit, id and every type must be right."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson
import pytest

from encoders.formats.contract import Message
from encoders.schema.infer import infer
from tests.encoders.payload_families import Document, Family, disturbed
from tests.encoders.payload_families_arrays import ARRAYS
from tests.encoders.payload_families_keys import KEYS

FAMILIES = KEYS | ARRAYS


def mistakes(documents: list[Document], family: Family) -> list[Any]:
    """What inference gets wrong of these messages: (what, truth, found)."""
    schema = infer([Message(None, orjson.dumps(document)) for document in documents])
    time, identity = schema.time, schema.id
    pairs: list[tuple[str, Any, Any]] = [
        ("time", family.time, time and time.path),
        ("unit", family.unit, time and time.unit),
        ("id", family.id, identity and identity.path),
    ]
    for path, kind in family.fields.items():
        found = schema.fields.get(path)
        pairs.append((path, kind, found and found.type))
    return [pair for pair in pairs if pair[1] != pair[2]]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_key_and_type_is_found(name: str, seed: int) -> None:
    family, r = FAMILIES[name], Random(seed)  # noqa: S311 -- no secrets here
    documents = [family.make(r, k) for k in range(family.count)]
    assert mistakes(documents, family) == []
    assert mistakes(disturbed(documents, family, r), family) == []


def test_there_are_many_families() -> None:
    assert len(FAMILIES) >= 30
