"""The episodic head's definition: float64, one stream at a time, every percept kept. Equations: episodes.py."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from plastic_core.arrays import Bool, Float64
from plastic_core.episodes import JOINT, OWN, EpisodeSettings

SMALLEST_DISTANCE, SMALLEST_SCALE, SMALLEST_ROOT = 1e-12, 1e-6, 1e-3
"""See wave/episode_kernel.py."""


@dataclass
class Likeness:
    """How like each past course is to the present one, in the eyes of the heads of a kind."""

    heads: tuple[tuple[float, float], ...]
    settings: EpisodeSettings
    distance: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    """By head and lag, both counted from 0; heads of a single channel with lambda 0 keep none."""
    change: float = 0.0
    spread: float = 0.0

    def compare(self, apart: list[float], lived: int) -> None:
        """Take in d of every lag; of `lived` ticks before this one."""
        for head, (keep, _) in enumerate(self.heads):
            for lag, d in enumerate(apart):
                self.distance[head, lag] = keep * self.distance.get((head, lag), 0.0) + (1 - keep) * d
        known = apart[:lived]
        if known:
            fresh = max(1 / lived, 1 / self.settings.horizon_ticks)
            self.change += fresh * (known[0] - self.change)
            self.spread += fresh * (sum(known) / len(known) - self.spread)

    def weight(self, head: int, lag: int, distance: float | None = None) -> float:
        """Work out k of a lag; `distance` stands in for the one remembered."""
        scale = SMALLEST_SCALE
        if self.spread > 0:
            scale += self.spread * (self.change / (self.spread + 3 * self.change)) ** 0.5
        far = self.distance.get((head, lag), 0.0) if distance is None else distance
        return max(1 / (1 + far / (8 * self.heads[head][1] * scale)), SMALLEST_ROOT) ** 8


class Recollection:
    """The episodes of one stream of D channels."""

    def __init__(self, width: int, settings: EpisodeSettings) -> None:
        self.settings = settings
        self.percepts: list[Float64] = []
        """Newest last, each [D]."""
        self.joint = Likeness(settings.joint, settings)
        self.own = [Likeness(settings.own, settings) for _ in range(width)]

    def recall(self, x: Float64, mixed: Float64, sensed: Bool) -> tuple[Float64, Float64]:
        """What was recalled [D, H] and how far it moved [D, 2], once the percept of x, mixed, sensed [D] is written."""
        lived, kinds = len(self.percepts), len(self.settings.joint)
        self.percepts.append(np.where(sensed, x, mixed))
        apart = np.array([self._apart(lag) for lag in range(self.settings.length)])
        if sensed.any():
            self.joint.compare([float(d[sensed].mean()) for d in apart], lived)
        recalled, moved = np.empty((len(x), self.settings.heads)), np.zeros((len(x), 2))
        for c in range(len(x)):
            if sensed[c]:
                self.own[c].compare([float(d) for d in apart[:, c]], lived)
            for head in range(kinds):
                weights = [self.joint.weight(head, lag) for lag in range(self._known())]
                recalled[c, head], moved[c, JOINT] = self._read(c, weights)
            for head, (keep, _) in enumerate(self.settings.own):
                weights = [
                    self.own[c].weight(head, lag, None if keep else float(apart[lag, c]))
                    for lag in range(self._known())
                ]
                recalled[c, kinds + head], moved[c, OWN] = self._read(c, weights)
        return recalled, moved

    def _past(self, ticks: int) -> Float64:
        """The percept so many ticks ago; before birth, 0."""
        return self.percepts[-1 - ticks] if ticks < len(self.percepts) else np.zeros_like(self.percepts[-1])

    def _apart(self, lag: int) -> Float64:
        """Squared differences [D] between now and lag + 1 ticks ago."""
        return (self._past(0) - self._past(1 + lag)) ** 2 + SMALLEST_DISTANCE

    def _known(self) -> int:
        """Lags that were lived through."""
        return min(len(self.percepts) - 1, self.settings.length)

    def _read(self, channel: int, weights: list[float]) -> tuple[float, float]:
        """Where a channel went to, and how far it moved."""
        doubt = self.settings.doubt
        past = [float(self._past(ticks)[channel]) for ticks in range(len(weights) + 1)]
        total = sum(weights) + doubt
        went = sum(k * past[lag] for lag, k in enumerate(weights)) + doubt * past[0]
        return went / total, sum(k * (past[lag] - past[lag + 1]) for lag, k in enumerate(weights)) / total
