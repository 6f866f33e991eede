"""Why each field of a topic gets the encoder and the channels that it gets, and which fields are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from encoders.formats.catalogue import NO_ACCESS, Access, format_named
from encoders.formats.contract import Message
from encoders.formats.decoding import decode
from encoders.plan import Plan
from encoders.reading import Fields
from encoders.schema.rules import is_left_out, rule_for
from encoders.schema.topic import FieldSchema, TopicSchema
from encoders.schema.units import si

_REASONS = {"no-room": "no room: the vector has no free channels for it", "unsupported": "nothing encodes its values"}


@dataclass(frozen=True)
class Explained:
    """One field, for a person."""

    path: str
    role: str
    """event time, stream id, field or left out."""
    type: str
    encoder: str | None
    width: int
    """Channels of its block; 0 without one."""
    channels: str
    """First and last channel ("6-13")."""
    unit: str | None
    si: str | None
    """The SI unit of the same quantity."""
    confidence: float
    why: tuple[str, ...]


def explained(
    messages: Sequence[Message], schema: TopicSchema, width: int, access: Access = NO_ACCESS
) -> list[Explained]:
    """Every field of these messages under a schema, and of a vector of this many channels. Raises Unavailable."""
    reader = format_named(schema.format, access)
    named = [message._replace(fallback=message.fallback or "-") for message in messages]
    bare = schema.model_copy(update={"rules": (), "include": ()})
    sent = _samples(decode(reader, named, bare).fields)
    shown = _samples(decode(reader, named, schema).fields)
    plan = Plan.empty(width).extended(shown, schema)
    lines = _keys(schema, plan)
    blocks = {block.path: block for block in plan.blocks if not block.timed}
    left = {field.path: _REASONS[field.reason] for field in plan.unplaced}
    for path, value in shown.items():
        field = schema.fields.get(path)
        block = blocks.pop(path, None)
        if block is not None:
            known = field or FieldSchema(type=block.kind, encoder=block.encoder, why=("its first value",))
            lines.append(_placed(path, known, block.start, block.stop))
        else:
            partly = field is not None and any(path in other.parts for other in schema.fields.values())
            reason = "only ever null" if value is None else left.get(path, "no place")
            lines.append(_left_out(path, field, "it goes in with another" if partly else reason))
    lines += [_placed(path, schema.fields[path], block.start, block.stop) for path, block in blocks.items()]
    made = [path for path in left if path not in shown]
    lines += [_left_out(path, schema.fields.get(path), left[path]) for path in made]
    return lines + _excluded(sent, schema)


def _samples(readings: Iterable[Fields]) -> Fields:
    """The first value of each field that is not null, in order of first sight."""
    found: Fields = {}
    for fields in readings:
        for path, value in fields.items():
            if found.get(path) is None:
                found[path] = value
    return found


def _keys(schema: TopicSchema, plan: Plan) -> list[Explained]:
    lines: list[Explained] = []
    timed = next((block for block in plan.blocks if block.timed), None)
    if schema.time is not None:
        key = schema.time
        zone = f"zone {key.zone}" if key.unit == "iso-local" else ""
        why = tuple(part for part in ("hour, day and week go in", zone) if part)
        width, channels = (timed.width, _span(timed.start, timed.stop)) if timed else (0, "")
        encoder = timed.encoder if timed else None
        lines.append(
            Explained(key.path, "event time", key.unit, encoder, width, channels, None, None, key.confidence, why)
        )
    if schema.id is not None:
        why = ("it names the stream, and is no input",)
        lines.append(Explained(schema.id.path, "stream id", "", None, 0, "", None, None, schema.id.confidence, why))
    return lines


def _placed(path: str, field: FieldSchema, start: int, stop: int) -> Explained:
    unit = field.unit
    return Explained(
        path,
        "field",
        field.type,
        field.encoder,
        stop - start,
        _span(start, stop),
        unit,
        None if unit is None else si(unit),
        field.confidence,
        field.why,
    )


def _left_out(path: str, field: FieldSchema | None, reason: str) -> Explained:
    kind, trust, why = (field.type, field.confidence, field.why) if field else ("", 1.0, ())
    return Explained(path, "left out", kind, None, 0, "", None, None, trust, (reason, *why))


def _excluded(sent: Fields, schema: TopicSchema) -> list[Explained]:
    lines: list[Explained] = []
    for path in sent:
        rule = rule_for(path, schema.rules)
        if is_left_out(path, rule, schema.include):
            reason = "excluded by a rule" if rule is not None and rule.exclude else "not among those to include"
            lines.append(_left_out(path, None, reason))
    return lines


def _span(start: int, stop: int) -> str:
    return str(start) if stop - start == 1 else f"{start}-{stop - 1}"
