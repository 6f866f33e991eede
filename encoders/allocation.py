"""Handing out blocks: which field gets which channels, in order of first sight."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from encoders.block import Block, Unplaced
from encoders.catalogue import build
from encoders.instant import is_iso
from encoders.reading import Fields
from encoders.schema.topic import ENCODER_OF, FieldSchema, FieldType, TopicSchema

MOST_UNPLACED = 256
"""Fields without a block that a plan lists by name; it then only says that there are more."""

_UNKNOWN = {kind: FieldSchema(type=kind, encoder=encoder) for kind, encoder in ENCODER_OF.items()}
_TIME = _UNKNOWN["datetime"]


def kind_of(value: object) -> FieldType | None:
    """The type of a field by one value of it; None by a null, which tells nothing."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "datetime" if is_iso(value) else "category"
    return "unsupported"


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
    for path, value in fields.items():
        settled = path in owners or (path in left and left[path].reason == "no-room")
        shape = None if settled else _shape(path, value, schema)
        if shape is not None:
            yield path, shape, False


def _shape(path: str, value: object, schema: TopicSchema) -> FieldSchema | None:
    """Type and encoder of a field: as the schema says, else by its value; None while nothing is known."""
    known = schema.fields.get(path)
    if known is not None:
        return known
    kind = kind_of(value)
    return None if kind is None else _UNKNOWN[kind]


def _block(path: str, shape: FieldSchema, start: int, *, timed: bool) -> Block | None:
    """The block from channel `start` on; None for a field that nothing encodes."""
    if shape.encoder is None:
        return None
    encoder = build(shape.encoder, shape.settings)
    config = json.dumps(encoder.config.model_dump(mode="json"), sort_keys=True)
    return Block(path, shape.type, shape.encoder, config, start, encoder.width, timed, shape.parts)
