"""Readable messages of each format in the catalogue, from which the mutants are bred: one dict a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from encoders.formats.contract import Message
from tests.contracts.format_examples.columnar import COLUMNAR
from tests.contracts.format_examples.media import MEDIA
from tests.contracts.format_examples.registry import REGISTRY
from tests.contracts.format_examples.robotics import ROBOTICS
from tests.contracts.format_examples.selfdescribing import SELFDESCRIBING
from tests.contracts.format_examples.telemetry import TELEMETRY
from tests.contracts.format_examples.text import TEXT

EXAMPLES: Mapping[str, Sequence[Message]] = {
    **TEXT,
    **SELFDESCRIBING,
    **REGISTRY,
    **TELEMETRY,
    **COLUMNAR,
    **ROBOTICS,
    **MEDIA,
}
