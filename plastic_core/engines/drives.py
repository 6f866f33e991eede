"""What a rule's drive is called in compiled kernels, which take numbers where Python takes functions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTHING, DECAYING, SELF_LIMITED, ADDING, CORRECTING = range(5)
"""rules.silent, hebb, oja, accumulated, corrected."""

DRIVES: Mapping[str, int] = MappingProxyType(
    {
        "none": NOTHING,
        "hebb": DECAYING,
        "oja": SELF_LIMITED,
        "clipped": ADDING,
        "modulated": ADDING,
        "retroactive": DECAYING,
        "delta": CORRECTING,
    }
)
"""Rule -> its drive; names every rule of plastic_core.rules.RULES."""
