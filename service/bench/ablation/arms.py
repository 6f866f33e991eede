"""The mind, and what is left of it without each of its parts.

An arm makes a core from a config; equal configs make cores of the same slow weights, so that arms differ in one part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from plastic_core.core import Core, CoreConfig
from plastic_core.slow import drawn

Arm = Callable[[CoreConfig], Core]

WHOLE = "whole"
STILL_S = 1e15
"""A turn of the clock's hand so slow that it recalls for ever what came first: no day is remembered."""


def _no_clock(config: CoreConfig) -> CoreConfig:
    return replace(config, clock=replace(config.clock, period_s=STILL_S))


def _no_episodes(config: CoreConfig) -> CoreConfig:
    return replace(config, episodes=replace(config.episodes, joint=(), own=()))


def _no_regimes(config: CoreConfig) -> CoreConfig:
    """One slot: a joint readout of all channels that learns anew, and remembers no regime."""
    return replace(config, regimes=replace(config.regimes, slots=1))


def _no_bank(config: CoreConfig) -> CoreConfig:
    """One slot of one channel, the least that there is: it knows no more than the channel's own readout."""
    return replace(config, regimes=replace(config.regimes, slots=1, channels=1))


def _no_neurons(config: CoreConfig) -> CoreConfig:
    return replace(config, readout=replace(config.readout, joint=False))


def _all_written(config: CoreConfig) -> CoreConfig:
    return replace(config, economy=replace(config.economy, skipped=0.0))


def _no_mixing(config: CoreConfig) -> CoreConfig:
    return replace(config, mixing=replace(config.mixing, strategy="off"))


def _frozen(config: CoreConfig) -> Core:
    """The neurons as they were drawn: their traces never learn and never count."""
    slow = drawn(config.neurons, config.width, config.seed)
    return Core.of(config, replace(slow, alpha=np.zeros_like(slow.alpha), eta=np.zeros_like(slow.eta)))


def _least_squares(config: CoreConfig) -> Core:
    """Each channel's readout of its own lags and averages, and nothing else."""
    return _frozen(_no_clock(_no_episodes(_no_bank(_no_neurons(_no_mixing(config))))))


ARMS: Mapping[str, Arm] = MappingProxyType(
    {
        WHOLE: Core.build,
        "no clock": lambda config: Core.build(_no_clock(config)),
        "no episodes": lambda config: Core.build(_no_episodes(config)),
        "no regimes": lambda config: Core.build(_no_regimes(config)),
        "no bank": lambda config: Core.build(_no_bank(config)),
        "no neurons": lambda config: Core.build(_no_neurons(config)),
        "trace frozen": _frozen,
        "Hebb's rule": lambda config: Core.build(replace(config, rule="hebb")),
        "all written": lambda config: Core.build(_all_written(config)),
        "no mixing": lambda config: Core.build(_no_mixing(config)),
        "least squares": _least_squares,
    }
)
"""Name -> arm; a new one is one function and one line here."""
