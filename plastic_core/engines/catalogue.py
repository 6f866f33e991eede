"""The engines by name: each is loaded, with its library, only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from plastic_core.engines.contract import Engine


def _cpu() -> Engine:
    from plastic_core.engines.cpu import CpuEngine  # numba loads here and nowhere before

    return CpuEngine()


def _reference() -> Engine:
    from plastic_core.engines.reference import ReferenceEngine  # torch loads here and nowhere before

    return ReferenceEngine()


ENGINES: Mapping[str, Callable[[], Engine]] = MappingProxyType({"cpu": _cpu, "reference": _reference})
"""Name -> maker; makers take no required argument."""
