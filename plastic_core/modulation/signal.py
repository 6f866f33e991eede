"""M(t): how much of what was just lived through is to be kept, one number a stream and tick.

Three drives open the gate: an error that the expectation did not foresee, a reward or salience told from outside, and
novelty against what is known to be normal. While predictions hold and nothing is told, M is exactly 0 and nothing is
written. Neuromodulation as a gate of plasticity: Miconi, Rawal, Clune and Stanley 2019; its drives: Yu and Dayan 2005.

Letters: B streams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.arrays import Float32

LARGEST = np.float32(1)
"""M lies within [-1, 1]."""


@dataclass(frozen=True)
class ModulationSettings:
    """How much each drive counts, and from where on. A weight of 0 turns a drive off."""

    surprise_from: float = 3.0
    """Sigmas below which surprise says nothing."""
    surprise_full: float = 6.0
    """Sigmas from which on it says all that it can."""
    surprise_weight: float = 1.0
    """M at full surprise, in [0, 1]."""
    reward_weight: float = 1.0
    """M at a reward of 1, in [0, 1]."""
    novelty_from: float = 0.9
    """Novelty, in [0, 1), below which it says nothing; at 1 it says all that it can."""
    novelty_weight: float = 0.0
    """M at full novelty, in [0, 1]; novelty lasts, so what drives all the time would teach all that comes."""

    def __post_init__(self) -> None:
        weights = (self.surprise_weight, self.reward_weight, self.novelty_weight)
        if not all(0 <= weight <= 1 for weight in weights):
            raise ValueError("modulation settings: weights within [0, 1]")
        if not 0 <= self.surprise_from < self.surprise_full or not 0 <= self.novelty_from < 1:
            raise ValueError("modulation settings: 0 <= surprise_from < surprise_full, novelty_from within [0, 1)")


def modulator(surprise: Float32, reward: Float32, novelty: Float32, settings: ModulationSettings) -> Float32:
    """M, float32[B] in [-1, 1]: the sum of the drives, held there.

    surprise: float32[B], sigmas, as Mixture's. reward: float32[B], any number, of which [-1, 1] counts: reward or
    salience > 0, punishment < 0 (takes back what led there). novelty: float32[B] in [0, 1]. NaN counts as nothing.

    >>> settings = ModulationSettings()
    >>> told = np.array([1.0, 4.5, 90.0], np.float32)
    >>> modulator(told, np.zeros(3, np.float32), np.zeros(3, np.float32), settings).tolist()
    [0.0, 0.5, 1.0]
    """
    surprised = _ramp(surprise, settings.surprise_from, settings.surprise_full)
    novel = _ramp(novelty, settings.novelty_from, 1.0)
    told: Float32 = np.clip(_known(reward), -LARGEST, LARGEST)
    total: Float32 = surprised * np.float32(settings.surprise_weight)
    total += novel * np.float32(settings.novelty_weight)
    total += told * np.float32(settings.reward_weight)
    return np.clip(total, -LARGEST, LARGEST, out=total)


def _ramp(values: Float32, start: float, full: float) -> Float32:
    """0 up to `start`, 1 from `full` on, straight between; float32."""
    share = (_known(values) - np.float32(start)) / np.float32(full - start)
    return np.clip(share, np.float32(0), LARGEST, out=share)


def _known(values: Float32) -> Float32:
    """0 in place of NaN."""
    return np.where(np.isnan(values), np.float32(0), values)
