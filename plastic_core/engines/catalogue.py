"""The engines by name: each is loaded, with its library, only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from plastic_core.engines.contract import Engine
from plastic_core.readout import ReadoutSettings
from plastic_core.slow import SlowWeights

Maker = Callable[[SlowWeights, str, ReadoutSettings], Engine]


def _cpu(slow: SlowWeights, rule: str, settings: ReadoutSettings) -> Engine:
    from plastic_core.engines.cpu import CpuEngine  # numba loads here and nowhere before

    return CpuEngine(slow, rule, settings)


def _reference(slow: SlowWeights, rule: str, settings: ReadoutSettings) -> Engine:
    from plastic_core.engines.reference import ReferenceEngine  # torch loads here and nowhere before

    return ReferenceEngine(slow, rule, settings)


ENGINES: Mapping[str, Maker] = MappingProxyType({"cpu": _cpu, "reference": _reference})
"""Name -> maker from slow weights, rule and readout settings."""
