"""Handing out blocks: which field gets which channels, in order of first sight."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from encoders.block import Block, Unplaced
from encoders.catalogue import build
from encoders.reading import Fields
from encoders.schema.choice import field_of
from encoders.schema.kinds import judged_alone
from encoders.schema.rules import rule_for, ruled
from encoders.schema.topic import FieldSchema, TopicSchema

MOST_UNPLACED = 256
"""Fields without a block that a plan lists by name; it then only says that there are more."""

_TIME = FieldSchema(type="datetime", encoder="datetime")


def allocated(
    width: int, blocks: tuple[Block, ...], unplaced: tuple[Unplaced, ...], fields: Fields, schema: TopicSchema
) -> tuple[tuple[Block, ...], tuple[Unplaced, ...], bool]:
    """Blocks and unplaced fields after a message, and whether a field could not even be listed as unplaced."""
    placed = list(blocks)
    left = {field.path: field for field in unplaced}
    overflowed = False
    for path, shape, timed in _wanted(blocks, left, fields, schema):
        block = _block(path, shape, placed[-1].stop if placed else 0, timed=timed)
        if block is not None and block.stop <= width:
            placed.append(block)
            left.pop(path, None)
        elif path in left or len(left) < MOST_UNPLACED:
            left[path] = Unplaced(path, "unsupported" if block is None else "no-room")
        else:
            overflowed = True
    return tuple(placed), tuple(left.values()), overflowed


def _wanted(
    blocks: tuple[Block, ...], left: Mapping[str, Unplaced], fields: Fields, schema: TopicSchema
) -> Iterator[tuple[str, FieldSchema, bool]]:
    """Path, shape and whether it is the event time, of all about which something is left to decide."""
    if schema.time is not None and not any(block.timed for block in blocks):
        yield schema.time.path, _TIME, True
    owners = {block.path for block in blocks if not block.timed}
    for path, shape in schema.fields.items():
        undecided = bool(shape.parts) and path not in owners and path not in left and path not in fields
        if undecided and fields.keys() >= set(shape.parts):
            yield path, shape, False
    for path, value in fields.items():
        settled = path in owners or (path in left and left[path].reason == "no-room")
        shape = None if settled else _shape(path, value, schema)
        if shape is not None:
            yield path, shape, False


def _shape(path: str, value: object, schema: TopicSchema) -> FieldSchema | None:
    """Type and encoder of a field: as the schema says, else by name, value and rules; None while nothing is known."""
    known = schema.fields.get(path)
    if known is not None:
        return known
    if value is None:
        return None
    found = field_of(judged_alone(path, value))
    return ruled(found, rule_for(path, schema.rules, renamed=True)) if schema.rules else found


def _block(path: str, shape: FieldSchema, start: int, *, timed: bool) -> Block | None:
    """The block from channel `start` on; None for a field that nothing encodes."""
    if shape.encoder is None:
        return None
    encoder = build(shape.encoder, shape.settings)
    config = json.dumps(encoder.config.model_dump(mode="json"), sort_keys=True)
    told = (shape.parts, shape.unit, shape.unit_path, shape.low, shape.high)
    return Block(path, shape.type, shape.encoder, config, start, encoder.width, timed, *told)
