"""The schema of a topic from its first messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from encoders.formats.catalogue import format_named
from encoders.formats.contract import Message
from encoders.formats.decoding import decode
from encoders.instant import is_iso
from encoders.schema.keys import id_key, time_key
from encoders.schema.names import says_truth
from encoders.schema.topic import ENCODER_OF, FieldSchema, FieldType, TopicSchema

FIELDS_LIMIT = 1024
"""Fields that a schema lists; a topic with more is not described further."""
NUMERIC_SHARE = 0.6
"""Of values sent as text, the share that must be numbers where all the others are signs for "none"."""
_NONE_SIGNS = {"", "-", "--", "---", "n/a", "na", "nan", "null", "none", "nil", "?", "#n/a"}
_NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_CODE = re.compile(r"[+-]?0\d")
"""Leading zeros: a code, not a number."""


def infer(messages: Sequence[Message]) -> TopicSchema:
    """Find time key, id key and field types from messages in order of arrival.

    Deterministic, never raises. Without one readable message `fields` is empty; time and id are None where the
    messages show none. Fields of a shape that nothing can encode yet (lists) have type "unsupported". A field that was
    only ever null is not listed.
    """
    readings = decode(format_named("json"), [message._replace(fallback="-") for message in messages], TopicSchema())
    columns: dict[str, list[object]] = {}
    for fields in readings.fields:
        for path, value in fields.items():
            if value is not None and (path in columns or len(columns) < FIELDS_LIMIT):
                columns.setdefault(path, []).append(value)
    time = time_key(columns)
    identity = id_key(columns, len(readings), time)
    taken = {key.path for key in (time, identity) if key is not None}
    fields = {path: _field(path, values) for path, values in columns.items() if path not in taken}
    return TopicSchema(format="json", time=time, id=identity, fields=fields)


def _field(path: str, values: Sequence[object]) -> FieldSchema:
    """Type and encoder of a column: what most of its values are, trusted by how many of them are that."""
    votes: dict[FieldType, int] = {}
    for value in values:
        kind = _kind(value)
        votes[kind] = votes.get(kind, 0) + 1
    kind, count = max(votes.items(), key=lambda vote: vote[1])
    trust = count / len(values)
    if kind == "category" and _numeric_text(values):
        kind, trust = "number", 0.8
    elif kind == "number" and says_truth(path) and all(value in (0, 1) for value in values):
        kind, trust = "boolean", 0.7
    return FieldSchema(type=kind, encoder=ENCODER_OF[kind], confidence=round(trust, 3))


def _kind(value: object) -> FieldType:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "datetime" if is_iso(value) else "category"
    return "unsupported"


def _numeric_text(values: Sequence[object]) -> bool:
    """Whether these are numbers sent as text, with perhaps a sign for "none" in between."""
    texts = [str(value).strip() for value in values]
    numerals = [text for text in texts if _NUMERAL.fullmatch(text)]
    if len(numerals) < NUMERIC_SHARE * len(texts) or any(_CODE.match(text) for text in numerals):
        return False
    return all(_NUMERAL.fullmatch(text) or text.lower() in _NONE_SIGNS for text in texts)
