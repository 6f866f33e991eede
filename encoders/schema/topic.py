"""What a topic's messages look like: where time and stream id stand, and the type of each field."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TimeUnit = Literal["s", "ms", "us", "ns", "iso8601"]
FieldType = Literal["number", "boolean", "category", "datetime", "unsupported"]

ENCODER_OF: dict[FieldType, str | None] = {
    "number": "scalar",
    "boolean": "boolean",
    "category": "category",
    "datetime": "datetime",
    "unsupported": None,
}
"""Field type -> name in the catalogue of the encoder that it gets unless the schema names another."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeKey(_Part):
    """Where a message tells its event time."""

    path: str
    unit: TimeUnit
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)


class IdKey(_Part):
    """Where a message tells which stream it belongs to; a record key goes before it."""

    path: str
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)


class FieldSchema(_Part):
    """One field: its type, and the encoder that owns its block."""

    type: FieldType
    encoder: str | None
    """Name in the catalogue; None leaves the field out."""
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    settings: dict[str, bool | int | float | str] = Field(default_factory=dict)
    """Settings of the encoder where they differ from its own defaults."""


class TopicSchema(_Part):
    """The shape of a topic's messages. JSON: `model_dump_json()` and `model_validate_json()`.

    Paths are flattened ("cpu.core0"); see encoders.formats.json_messages for how a dot inside a key is written.
    """

    format: str = "json"
    time: TimeKey | None = None
    id: IdKey | None = None
    fields: dict[str, FieldSchema] = Field(default_factory=dict)
