"""The ways to keep traces, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from plastic_core.trace.adjoint import adjoint_trace
from plastic_core.trace.contract import Tracing
from plastic_core.trace.pairs import pairs_trace
from plastic_core.trace.plain import PlainTrace

TRACINGS: Mapping[str, Tracing] = MappingProxyType(
    {"plain": PlainTrace, "adjoint": adjoint_trace, "pairs": pairs_trace}
)
"""Name -> Tracing. `plain` is the definition, differentiable to any order; `adjoint` trains with little memory; `pairs`
is for short episodes of many neurons, and for rules that only fade and add."""

GENERAL = ("plain", "adjoint")
"""Those of TRACINGS that keep the traces of every rule."""
