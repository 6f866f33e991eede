"""The bank's definition, slow and obvious: float64, one stream at a time. Equations: plastic_core/regimes.py.

A stream's row of the pool is lifted to float64, lives one tick, and is put back. m: a slot; the last place is the
scout's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plastic_core.arrays import Float64, Int64
from plastic_core.regimes import RegimeMemory, RegimeSettings
from plastic_core.wave.contract import Told

LARGEST_CHANGE, LARGEST_WEIGHT, LARGEST_RATIO, SMALLEST_FLOOR, OUTLIER = 16.0, 1e6, 1e4, 1e-6, 9.0


def learn(told: Told, settings: RegimeSettings, memory: RegimeMemory) -> None:
    """See regime_kernel.regimes_learn_rows."""
    for b, row in enumerate(told.rows):
        stream = _lifted(memory, int(row))
        _judge(stream, _Tick(told, b, stream), settings)
        _put_back(memory, int(row), stream)


def expect(told: Told, settings: RegimeSettings, memory: RegimeMemory) -> None:
    """See regime_kernel.regimes_expect_rows."""
    for b, row in enumerate(told.rows):
        stream = _lifted(memory, int(row))
        tick = _Tick(told, b, stream)
        _take_in(stream, tick, int(told.given[b]), settings.prior)
        slots, n, size = int(stream.slots), tick.count, 1 + 2 * tick.count
        alive = [*range(slots), *([settings.slots] if stream.scout >= 0 else [])]
        for m in alive:
            change = stream.weights[m, :n, :size] @ stream.features[:size]
            stream.foretold[m, :n] = np.clip(change, -LARGEST_CHANGE, LARGEST_CHANGE)
        stream.part[:n] = stream.belief[:slots] @ stream.foretold[:slots, :n]
        _put_back(memory, int(row), stream)


class _Tick:
    """What came for the channels of the bank; count: so many are in use."""

    def __init__(self, told: Told, b: int, stream: RegimeMemory) -> None:
        given = int(told.given[b])
        self.count = min(len(stream.part), int(told.used[b]) - given)
        channels = slice(given, given + self.count)
        self.x = told.x[b, channels].astype(np.float64)
        self.mixed = told.mixed[b, channels].astype(np.float64)
        self.sensed = told.sensed[b, channels]
        self.known = stream.known[: self.count].astype(bool)

    @property
    def judged(self) -> Int64:
        """Channels whose expectation can be judged."""
        return np.flatnonzero(self.sensed & self.known)


def _judge(s: RegimeMemory, tick: _Tick, settings: RegimeSettings) -> None:
    s.switched[...] = s.spawned[...] = 0
    s.slow_error[...] = 0.0
    judged = tick.judged
    if not len(judged):
        return
    miss = np.zeros(s.foretold.shape)
    miss[:, judged] = tick.x[judged] - s.features[1 + 2 * judged] - s.foretold[:, judged]
    ready = judged[s.judged[judged] >= settings.settled_ticks]
    if len(ready):
        _decide(s, miss, ready, settings, tick.count)
    _track_floor(s, miss[int(s.lead), judged], judged, settings)
    _learn(s, miss, judged, settings, 1 + 2 * tick.count)


def _decide(s: RegimeMemory, miss: Float64, ready: Int64, settings: RegimeSettings, count: int) -> None:
    """Beliefs, return, alarm and scout."""
    nu, slots, scout = settings.nu, int(s.slots), settings.slots
    floors = miss[:, ready] ** 2 / s.floor[ready]
    say = min(1.0, settings.effective_channels / len(ready))
    likelihood = -say * (nu + 1) / 2 * np.log(1 + floors / (nu * float(s.inflation))).sum(axis=1)
    ratio = np.minimum(floors, LARGEST_RATIO).mean(axis=1)
    alive = [*range(slots), *([scout] if s.scout >= 0 else [])]
    s.short[alive] += (ratio - s.short)[alive] / settings.short_ticks
    s.inflation[...] = max(1.0, s.short[alive].min())
    consolidated = s.steady[:slots] >= settings.consolidated_ticks
    s.slow_error[...] = ratio[:slots][consolidated].min() if consolidated.any() else 0.0

    belief = s.belief[:slots] * np.exp(np.maximum(likelihood[:slots] - likelihood[:slots].max(), -settings.steepest))
    s.belief[:slots] = (1 - settings.share) * belief / belief.sum() + settings.share / slots
    new = int(np.argmax(s.belief[:slots]))
    if new != s.lead and s.belief[new] > settings.believed:
        _return(s, new, settings)

    evidence = np.minimum(floors[int(s.lead)], OUTLIER) / 4 - np.log(2) / 2
    s.alarm[...] = max(0.0, float(s.alarm) + evidence.sum())
    if s.scout < 0 and s.alarm > settings.alarm:
        _send_out(s, settings, 1 + 2 * count)
        miss[scout] = miss[int(s.lead)]
    elif s.scout >= 0:
        won = np.clip(likelihood[scout] - likelihood[int(s.lead)], -settings.steepest, settings.steepest)
        s.wins[...] = max(0.0, float(s.wins) + won)
        s.scout[...] += 1
        if s.wins > settings.wins:
            _spawn(s, settings)
            miss[int(s.lead)] = miss[scout]
        elif s.scout > settings.gone_ticks:
            s.scout[...], s.alarm[...] = -1, 0.0


def _return(s: RegimeMemory, new: int, settings: RegimeSettings) -> None:
    _set_aside(s, settings)
    s.root[...] *= np.sqrt(min(1.0, s.scale[new] / _trace(s.root)))
    s.lead[...], s.switched[...] = new, 1
    _settle_down(s)


def _send_out(s: RegimeMemory, settings: RegimeSettings, size: int) -> None:
    """A scout begins where the leader stands, with an inverse correlation of `widening` times the leader's."""
    scout, lead = settings.slots, int(s.lead)
    s.weights[scout] = s.weights[lead]
    s.scout_root[...] = s.root * np.sqrt(min(settings.widening, settings.prior * size / _trace(s.root)))
    s.short[scout] = s.short[lead]
    s.scout[...] = 0
    s.alarm[...] = s.wins[...] = 0.0


def _spawn(s: RegimeMemory, settings: RegimeSettings) -> None:
    scout, slots, lead = settings.slots, int(s.slots), int(s.lead)
    others = [m for m in range(slots) if m != lead]
    if s.steady[lead] > 2 * settings.milestone_ticks and settings.slots > 1:
        _set_aside(s, settings)
        slot = slots if slots < settings.slots else min(others, key=lambda m: int(s.led[m]))
        s.slots[...] = slots = max(slots, slot + 1)
        s.belief[:slots] = settings.share / settings.slots
        s.belief[slot] = 1 - (slots - 1) * settings.share / settings.slots
        s.lead[...], s.spawned[...], s.switched[...] = slot, 1, 1
        lead = slot
    s.weights[lead] = s.weights[scout]
    s.root[...] = s.scout_root
    s.short[lead] = s.short[scout]
    s.steady[lead] = 0
    _settle_down(s)


def _set_aside(s: RegimeMemory, settings: RegimeSettings) -> None:
    lead = int(s.lead)
    s.scale[lead] = _trace(s.root)
    if s.steady[lead] > 2 * settings.milestone_ticks:
        s.weights[lead], s.scale[lead] = s.old, s.milestones[1]


def _settle_down(s: RegimeMemory) -> None:
    s.scout[...], s.calm[...] = -1, 0
    s.alarm[...] = s.wins[...] = 0.0
    s.young[...] = s.old[...] = s.weights[int(s.lead)]
    s.milestones[...] = _trace(s.root)


def _track_floor(s: RegimeMemory, miss: Float64, judged: Int64, settings: RegimeSettings) -> None:
    floor, seen = s.floor[judged], s.judged[judged]
    square = np.where(seen >= settings.settled_ticks, np.minimum(miss**2, OUTLIER * floor), miss**2)
    share = np.maximum(1 / (seen + 1), 1 / settings.floor_ticks)
    s.floor[judged] = np.maximum(floor + share * (square - floor), SMALLEST_FLOOR)
    s.judged[judged] += 1


def _learn(s: RegimeMemory, miss: Float64, judged: Int64, settings: RegimeSettings, size: int) -> None:
    lead, scout = int(s.lead), settings.slots
    s.led[lead] = s.ticks
    s.ticks[...] += 1
    _correct(s.weights[lead], s.root[:size, :size], s.features[:size], miss[lead], judged, settings)
    if s.scout >= 0:
        _correct(s.weights[scout], s.scout_root[:size, :size], s.features[:size], miss[scout], judged, settings)
        return
    s.calm[...] += 1
    s.steady[lead] += 1
    if s.calm % settings.milestone_ticks == 0:
        newborn = s.steady[lead] <= settings.milestone_ticks
        s.old[...] = s.weights[lead] if newborn else s.young
        s.young[...] = s.weights[lead]
        s.milestones[...] = _trace(s.root), _trace(s.root) if newborn else s.milestones[0]


def _correct(
    weights: npt.NDArray[Any],
    root: npt.NDArray[Any],
    q: npt.NDArray[Any],
    miss: Float64,
    judged: Int64,
    settings: RegimeSettings,
) -> None:
    """Recursive least squares with P = S S^T: k = P q / (lambda + q P q), then P <- (P - k q^T P) / lambda."""
    seen = root.T @ q
    power = settings.forgetting + seen @ seen
    gain = root @ seen / power
    wound = _trace(root) >= settings.ceiling * len(q)
    root -= np.outer(gain, seen) / (1 + np.sqrt(settings.forgetting / power))
    root /= 1.0 if wound else np.sqrt(settings.forgetting)
    learned = weights[judged, : len(q)] + np.outer(miss[judged], gain)
    weights[judged, : len(q)] = np.clip(learned, -LARGEST_WEIGHT, LARGEST_WEIGHT)


def _take_in(s: RegimeMemory, tick: _Tick, given: int, prior: float) -> None:
    s.features[0], s.first[...] = 1.0, given
    for k in np.flatnonzero(tick.sensed | tick.known):
        new, level = (tick.x[k] if tick.sensed[k] else tick.mixed[k]), 1 + 2 * k
        s.features[level + 1] = s.features[level] if tick.known[k] else new
        s.features[level] = new
        if not tick.known[k]:
            s.known[k], s.steady[int(s.lead)] = 1, 0
            for i in (level, level + 1):
                s.root[i, i] = s.scout_root[i, i] = np.sqrt(prior)


def _trace(root: npt.NDArray[Any]) -> float:
    """Of P = S S^T."""
    return float((root * root).sum())


def _lifted(memory: RegimeMemory, row: int) -> RegimeMemory:
    """A row of every array, float64 where it was float32."""
    wide: list[Any] = [np.array(a[row], np.float64 if a.dtype == np.float32 else a.dtype) for a in memory]
    return RegimeMemory(*wide)


def _put_back(memory: RegimeMemory, row: int, stream: RegimeMemory) -> None:
    for array, value in zip(memory, stream, strict=True):
        array[row] = value
