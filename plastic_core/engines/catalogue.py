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
"""Name -> maker of those that run everywhere; makers take no required argument."""


def _gpu() -> Engine:
    from plastic_core.engines.gpu import GpuEngine  # Triton and torch load here and nowhere before

    return GpuEngine()


GPU_ENGINES: Mapping[str, Callable[[], Engine]] = MappingProxyType({"gpu": _gpu})
"""Those that need a CUDA device; makers raise NoCudaDevice, a RuntimeError, where there is none."""
