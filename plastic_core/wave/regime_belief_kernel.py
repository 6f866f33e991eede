"""What the errors of a tick say about the regimes of a stream, compiled. Equations: regimes.py.

r: the stream's row of the pool; m: a slot, or M for the scout; k: a channel of the bank.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Int64
from plastic_core.compiled import inlined
from plastic_core.regimes import RegimeMemory, RegimeRates
from plastic_core.wave.contract import Told
from plastic_core.wave.student_kernel import exponential, logarithm

SMALLEST_FLOOR = np.float32(1e-6)
"""As mixing.SMALLEST_VARIANCE."""
LARGEST_RATIO = np.float32(1e4)
"""No channel's squared error counts for more floors than this in the errors of late."""
OUTLIER = np.float32(9)
"""Squared errors beyond so many floors are cut in floor and alarm."""
LOG_2_HALF = np.float32(0.34657359)


class Desk(NamedTuple):
    """Scratch of one tick of one stream."""

    chosen: Int64
    """[R]: channels that are judged: known and sensed, those with a settled floor first."""
    miss: Float32
    """[M + 1, R]: change minus what was foretold."""
    likelihood: Float32
    """[M + 1]: log-likelihood of the tick."""
    ratio: Float32
    """[M + 1]: mean squared error over the settled channels, in floors."""
    root: Float32
    """[Q * Q]."""
    seen: Float32
    """[Q]."""
    gain: Float32
    """[Q]."""


@inlined
def present(regimes: RegimeMemory, r: int, m: int) -> bool:
    """Whether a slot is in use, or the scout alive."""
    if m < regimes.belief.shape[1]:
        return m < regimes.slots[r]
    return regimes.scout[r] >= 0


@inlined
def chosen(told: Told, b: int, r: int, count: int, regimes: RegimeMemory, settled: int, desk: Desk) -> tuple[int, int]:
    """Name the channels that are judged; how many of them have a settled floor, and how many there are."""
    ready, found = 0, 0
    for k in range(count):
        if told.sensed[b, told.given[b] + k] and regimes.known[r, k] and regimes.judged[r, k] >= settled:
            desk.chosen[ready] = k
            ready += 1
    found = ready
    for k in range(count):
        if told.sensed[b, told.given[b] + k] and regimes.known[r, k] and regimes.judged[r, k] < settled:
            desk.chosen[found] = k
            found += 1
    return ready, found


@inlined
def missed(told: Told, b: int, r: int, found: int, regimes: RegimeMemory, desk: Desk) -> None:
    """The errors of all slots and the scout."""
    for i in range(found):
        k = desk.chosen[i]
        change = told.x[b, told.given[b] + k] - regimes.features[r, 1 + 2 * k]
        for m in range(regimes.foretold.shape[1]):
            desk.miss[m, k] = change - regimes.foretold[r, m, k]


@inlined
def weighed(r: int, ready: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """Likelihoods of the tick, Student t with the leader's floor as the scale of all, and mean errors in floors.

    The channels' say is that of `effective` independent ones: their errors are as a rule alike.
    """
    one, zero = np.float32(1), np.float32(0)
    say = min(one, rates.effective / np.float32(ready)) * (rates.nu + one) * np.float32(0.5)
    width = one / (rates.nu * regimes.inflation[r])
    for m in range(regimes.short.shape[1]):
        if not present(regimes, r, m):
            continue
        total, ratio = zero, zero
        for i in range(ready):
            k = desk.chosen[i]
            floors = desk.miss[m, k] * desk.miss[m, k] / regimes.floor[r, k]
            ratio += min(floors, LARGEST_RATIO)
            total += logarithm(one + floors * width)
        desk.likelihood[m] = -say * total
        desk.ratio[m] = ratio / np.float32(ready)


@inlined
def inflated(r: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """Errors of late, and how far even the smallest lie above the floor: noise that rose for all is no regime."""
    least = LARGEST_RATIO
    for m in range(regimes.short.shape[1]):
        if present(regimes, r, m):
            regimes.short[r, m] += rates.short_share * (desk.ratio[m] - regimes.short[r, m])
            least = min(least, regimes.short[r, m])
    regimes.inflation[r] = max(np.float32(1), least)


@inlined
def believed(r: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> int:
    """Update the belief in each slot; the one that is believed most, the leader where equal."""
    zero, slots = np.float32(0), regimes.slots[r]
    belief, best = regimes.belief[r], desk.likelihood[0]
    for m in range(1, slots):
        best = max(best, desk.likelihood[m])
    total = zero
    for m in range(slots):
        belief[m] *= exponential(max(desk.likelihood[m] - best, -rates.steepest))
        total += belief[m]
    dealt = rates.share / np.float32(slots)
    most = regimes.lead[r]
    for m in range(slots):
        belief[m] = (np.float32(1) - rates.share) * belief[m] / total + dealt
    for m in range(slots):
        if belief[m] > belief[most]:
            most = m
    return most


@inlined
def alarmed(r: int, ready: int, regimes: RegimeMemory, desk: Desk) -> None:
    """The leader's cumulative sum: errors of twice the floor against errors of the floor."""
    lead, evidence = regimes.lead[r], np.float32(0)
    for i in range(ready):
        k = desk.chosen[i]
        floors = desk.miss[lead, k] * desk.miss[lead, k] / regimes.floor[r, k]
        evidence += np.float32(0.25) * min(floors, OUTLIER) - LOG_2_HALF
    regimes.alarm[r] = max(np.float32(0), regimes.alarm[r] + evidence)


@inlined
def slow_error(r: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> np.float32:
    """The smallest mean error of a consolidated slot, in floors; 0 where there is none."""
    least, any_slot = np.float32(0), False
    for m in range(regimes.slots[r]):
        if regimes.steady[r, m] >= rates.consolidated and (not any_slot or desk.ratio[m] < least):
            least, any_slot = desk.ratio[m], True
    return least


@inlined
def floored(r: int, found: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """The leader's mean squared errors: a plain mean until `floor_ticks`, outliers cut once settled."""
    lead = regimes.lead[r]
    for i in range(found):
        k = desk.chosen[i]
        floor, square = regimes.floor[r, k], desk.miss[lead, k] * desk.miss[lead, k]
        if regimes.judged[r, k] >= rates.settled:
            square = min(square, OUTLIER * floor)
        regimes.judged[r, k] += 1
        share = max(np.float32(1) / np.float32(regimes.judged[r, k]), rates.floor_share)
        regimes.floor[r, k] = max(floor + share * (square - floor), SMALLEST_FLOOR)
