"""Who lives through it: the modulated association as it is, and the same without one of its parts.

Letters: B seeds side by side, T ticks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from plastic_core.modulation.association import Association, Associations, AssociationSettings
from plastic_core.modulation.signal import ModulationSettings, modulator
from plastic_core.state import Float32
from service.bench.reward.world import CHANNELS, Life

WHOLE = AssociationSettings()
DRIVES = ModulationSettings()
ALWAYS = 0.05
"""M of the control that is not modulated: about the mean of what the others are given."""


@dataclass(frozen=True)
class Learner:
    """One way to live through a world."""

    settings: AssociationSettings = WHOLE
    modulation: ModulationSettings = DRIVES
    constant: float | None = None
    """M at every tick, in place of the signal."""
    rests: bool = True
    """Consolidates between what is taught and what interferes."""


LEARNERS: Mapping[str, Learner] = MappingProxyType(
    {
        "plastream": Learner(),
        "no consolidation": Learner(rests=False),
        "no eligibility": Learner(settings=replace(WHOLE, eligible_ticks=1.0, gain=WHOLE.gain / WHOLE.eligible_ticks)),
        "no reward": Learner(modulation=ModulationSettings(reward_weight=0.0)),
        "no surprise": Learner(modulation=ModulationSettings(surprise_weight=0.0)),
        "M = 0": Learner(constant=0.0),
        "M constant": Learner(constant=ALWAYS),
    }
)
"""Name -> learner; all but the first are controls."""


def live(layer: Associations, memory: Association, learner: Learner, lives: Sequence[Life]) -> None:
    """Every row of the memory through its own life, side by side, in place; lives are equally long."""
    rows = np.arange(len(lives))
    cues, outcomes = (np.stack([getattr(life, part) for life in lives], 1) for part in ("cues", "outcomes"))
    signal = _signals(learner, lives)
    for tick in range(len(signal)):
        layer.tick(memory, rows, cues[tick], outcomes[tick], signal[tick])


def layer_of(learner: Learner) -> Associations:
    """The association layer that a learner lives with."""
    return Associations(CHANNELS, CHANNELS, learner.settings)


def _signals(learner: Learner, lives: Sequence[Life]) -> Float32:
    """M, float32[T, B]."""
    surprise, reward = (np.stack([getattr(life, part) for life in lives], 1) for part in ("surprise", "reward"))
    if learner.constant is not None:
        return np.full_like(surprise, learner.constant)
    signal = modulator(surprise.ravel(), reward.ravel(), np.zeros(surprise.size, np.float32), learner.modulation)
    return signal.reshape(surprise.shape)
