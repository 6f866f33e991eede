"""One field's place in the vector of its stream, or the reason why it has none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from encoders.catalogue import build_canonical
from encoders.contract import Encoder
from encoders.schema.topic import FieldType


@dataclass(frozen=True)
class Block:
    """Channels [start, start + width) of the vector, owned by one field for life."""

    path: str
    kind: FieldType
    encoder: str
    """Name in the catalogue."""
    config: str
    """The encoder's complete settings as JSON with sorted keys."""
    start: int
    width: int
    timed: bool = False
    """True for the event time of the message, which `Readings.times` carries."""
    parts: tuple[str, ...] = ()
    """Fields of the message whose values, as a list, are the value of this one; () where it has its own."""
    unit: str | None = None
    """See encoders.schema.topic.FieldSchema, as the next three."""
    unit_path: str | None = None
    low: float | None = None
    high: float | None = None

    @property
    def stop(self) -> int:
        """The first channel behind this block."""
        return self.start + self.width

    def code(self) -> Encoder:
        """The encoder; raises CatalogueError where it is not installed."""
        return build_canonical(self.encoder, self.config)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "path": self.path,
            "kind": self.kind,
            "encoder": self.encoder,
            "config": json.loads(self.config),
            "start": self.start,
            "width": self.width,
            "timed": self.timed,
            "parts": list(self.parts),
            "unit": self.unit,
            "unit_path": self.unit_path,
            "low": self.low,
            "high": self.high,
        }

    @staticmethod
    def of(document: dict[str, Any]) -> Block:
        """The inverse of `to_json`; raises TypeError where a name is missing or unknown."""
        given: dict[str, Any] = {
            **document,
            "config": json.dumps(document["config"], sort_keys=True),
            "parts": tuple(document.get("parts", ())),
        }
        return Block(**given)

    def value(self, fields: Mapping[str, Any]) -> Any:
        """What a message says about this field: its value, or the list of its parts', None where one is missing."""
        if not self.parts:
            return fields.get(self.path)
        values = [fields.get(part) for part in self.parts]
        return None if None in values else values


def sensor_places(blocks: Sequence[Block]) -> dict[str, int]:
    """Path -> position among the blocks, of all but the event time."""
    return {block.path: place for place, block in enumerate(blocks) if not block.timed}


@dataclass(frozen=True)
class Unplaced:
    """A field without a block: it is left out of the vector, and said so."""

    path: str
    reason: Literal["no-room", "unsupported"]
