"""What a column of values is taken for, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from encoders.schema.columns import Column, Observed
from encoders.schema.topic import FieldType


@dataclass(frozen=True)
class Judgement:
    """The type of a field."""

    type: FieldType
    trust: float
    """0 to 1."""
    why: tuple[str, ...]
    """A line each, for a person."""
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of the encoder that the type gets, where they differ from its defaults."""


@dataclass(frozen=True)
class Case:
    """One column to judge, among the others."""

    column: Column
    observed: Observed
    has_array: bool = False
    """Whether another field of the topic holds lists or arrays of numbers."""
    siblings: tuple[Column, ...] = ()
    """The fields of the same object, this one among them."""

    @property
    def path(self) -> str:
        """Of the column."""
        return self.column.path
