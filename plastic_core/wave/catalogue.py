"""The engines by name: each is loaded, with its library, only when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from plastic_core.clock import ClockSettings
from plastic_core.episodes import EpisodeSettings
from plastic_core.readout import ReadoutSettings
from plastic_core.regimes import RegimeSettings
from plastic_core.slow import SlowWeights
from plastic_core.wave.contract import WaveEngine

if TYPE_CHECKING:
    from plastic_core.wave.heads import Heads

Maker = Callable[[SlowWeights, str, ReadoutSettings, ClockSettings], WaveEngine]


def _cpu(slow: SlowWeights, rule: str, settings: ReadoutSettings, clock: ClockSettings) -> WaveEngine:
    from plastic_core.wave.cpu import CpuWave  # numba loads here and nowhere before

    return CpuWave(slow, rule, settings, clock)


def _reference(slow: SlowWeights, rule: str, settings: ReadoutSettings, clock: ClockSettings) -> WaveEngine:
    from plastic_core.wave.reference import ReferenceWave  # torch loads here and nowhere before

    return ReferenceWave(slow, rule, settings, clock)


def heads(episodes: EpisodeSettings, regimes: RegimeSettings) -> Heads:
    """The heads, with numba loaded."""
    from plastic_core.wave.heads import Heads

    return Heads(episodes, regimes)


WAVE_ENGINES: Mapping[str, Maker] = MappingProxyType({"cpu": _cpu, "reference": _reference})
"""Name -> maker from slow weights, rule, readout and clock settings."""
