"""Which encoder a field gets: the one made for its type, if it is installed and takes the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from encoders.catalogue import CatalogueError, build
from encoders.schema.judgement import Judgement
from encoders.schema.topic import ENCODER_OF, NUMERIC, SETTINGS_OF, FieldSchema, FieldType


def field_of(found: Judgement, unit: str | None = None, unit_path: str | None = None) -> FieldSchema:
    """The schema of a field by its judgement."""
    encoder, settings = chosen(found.type, found.settings)
    return FieldSchema(
        type=found.type,
        encoder=encoder,
        confidence=round(min(max(found.trust, 0.001), 1.0), 3),
        settings=settings,
        unit=unit,
        unit_path=unit_path,
        why=found.why,
    )


def chosen(kind: FieldType, settings: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Encoder and settings for this type; None where nothing that is installed takes it."""
    wanted, given = ENCODER_OF[kind], {**SETTINGS_OF.get(kind, {}), **settings}
    if wanted is not None and buildable(wanted, given):
        return wanted, given
    instead = "scalar" if kind in NUMERIC else "category" if kind == "text" else None
    return (instead, {}) if instead is not None and buildable(instead, {}) else (None, {})


def buildable(encoder: str, settings: Mapping[str, Any]) -> bool:
    """Whether it is in the catalogue and takes these settings."""
    try:
        build(encoder, settings)
    except CatalogueError:
        return False
    return True
