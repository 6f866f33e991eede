"""What a topic's messages look like: where time and stream id stand, and the type, unit and encoder of each field."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

TimeUnit = Literal["s", "ms", "us", "ns", "iso", "iso-local"]
"""Numbers since 1970, or ISO-8601 text; iso-local has no zone: TimeKey.zone says which."""

FieldType = Literal[
    "number",
    "counter",
    "constant",
    "boolean",
    "category",
    "text",
    "set",
    "datetime",
    "angle_deg",
    "angle_rad",
    "latitude",
    "longitude",
    "vector",
    "quaternion",
    "waveform",
    "spectrum",
    "ranges",
    "image",
    "points",
    "position",
    "unsupported",
]

NUMERIC: frozenset[FieldType] = frozenset(
    {"number", "counter", "constant", "angle_deg", "angle_rad", "latitude", "longitude"}
)
"""Types whose values are single numbers."""

ENCODER_OF: dict[FieldType, str | None] = {
    "number": "scalar",
    "counter": "counter",
    "constant": "scalar",
    "boolean": "boolean",
    "category": "category",
    "text": "text",
    "set": "set",
    "datetime": "datetime",
    "angle_deg": "periodic",
    "angle_rad": "periodic",
    "latitude": "scalar",
    "longitude": "scalar",  # a code of the whole turn would not tell neighbours on earth apart
    "vector": "vector",
    "quaternion": "pose",
    "waveform": "waveform",
    "spectrum": "spectrum",
    "ranges": "laser",
    "image": "image",
    "points": "points",
    "position": "geospatial",
    "unsupported": None,
}
"""Field type -> name in the catalogue of the encoder that it gets unless the schema names another."""

SETTINGS_OF: dict[FieldType, dict[str, Any]] = {
    "angle_deg": {"period": 360.0},
    "angle_rad": {"period": 2.0 * math.pi},
}
"""Field type -> settings of that encoder where they differ from its own defaults."""

Cast = Literal["number", "boolean", "category"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeKey(_Part):
    """Where a message tells its event time."""

    path: str
    unit: TimeUnit
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    zone: str = "UTC"
    """Zone of the times that name none, by its name in the time zone database ("Europe/Berlin")."""

    @field_validator("unit", mode="before")
    @classmethod
    def _renamed(cls, unit: object) -> object:
        return "iso" if unit == "iso8601" else unit  # as version 0.1 wrote it


class IdKey(_Part):
    """Where a message tells which stream it belongs to."""

    path: str
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)


class FieldSchema(_Part):
    """One field: its type, and the encoder that owns its block."""

    type: FieldType
    encoder: str | None
    """Name in the catalogue; None leaves the field out."""
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    """Settings of the encoder where they differ from its own defaults."""
    unit: str | None = None
    """Unit of the values as the network gets them, in pint's spelling ("degC"); readings noted in another are turned
    into it."""
    unit_path: str | None = None
    """Field of the same message that names the unit of this one's values."""
    low: float | None = None
    """Lowest value that makes sense; lower ones are marked out of range."""
    high: float | None = None
    parts: tuple[str, ...] = ()
    """Fields of the same message whose values, as a list in this order, are the value of this one (latitude and
    longitude as one position)."""
    why: tuple[str, ...] = ()
    """What spoke for this type and encoder, a line each, for `schema explain`."""


class FieldRule(_Part):
    """What a user has decided about all fields whose path a glob matches; the first rule that says something counts."""

    path: str
    """Glob on the path as sent: * stands for anything within a part, ** for anything."""
    exclude: bool | None = None
    """Leave these fields out; False keeps them where a later rule would not."""
    rename: str | None = None
    """Their path from here on; only for a glob that matches one field."""
    cast: Cast | None = None
    """Read values as this before anything else."""
    type: FieldType | None = None
    unit: str | None = None
    encoder: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict[str, Any])
    low: float | None = None
    high: float | None = None
    parts: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Of what can be hashed; rules are equal only if their settings are too."""
        return hash((self.path, self.exclude, self.rename, self.cast, self.type, self.encoder))


class TopicSchema(_Part):
    """The shape of a topic's messages. JSON: `model_dump_json()` and `model_validate_json()`.

    Paths are flattened ("cpu.core0"); encoders.formats.contract.Format tells how a dot inside a key is written.
    """

    format: str = "json"
    format_confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    time: TimeKey | None = None
    id: IdKey | None = None
    fields: dict[str, FieldSchema] = Field(default_factory=dict[str, FieldSchema])
    rules: tuple[FieldRule, ...] = ()
    """They hold for fields that come later too."""
    include: tuple[str, ...] = ()
    """Globs; where there are any, fields that none of them matches are left out."""
