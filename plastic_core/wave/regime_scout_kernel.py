"""How regimes of a stream take the lead, are scouted and are kept, compiled. Equations: regimes.py.

r: the stream's row of the pool; count: channels of the bank that are in use; 1 + 2 count features.
"""

from __future__ import annotations

import math

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.compiled import inlined
from plastic_core.regimes import RegimeMemory, RegimeRates
from plastic_core.wave.regime_belief_kernel import Desk


@inlined
def copied(source: Float32, target: Float32, count: int) -> None:
    """Weights [R, Q] over others."""
    for k in range(count):
        for i in range(1 + 2 * count):
            target[k, i] = source[k, i]


@inlined
def scaled(source: Float32, target: Float32, factor: np.float32, count: int) -> None:
    """A root [Q, Q] times a factor, over another or itself."""
    for i in range(1 + 2 * count):
        for j in range(1 + 2 * count):
            target[i, j] = factor * source[i, j]


@inlined
def trace(root: Float32, count: int) -> np.float32:
    """Of S S^T: the sum of the squares of S, row by row."""
    total = np.float32(0)
    for i in range(1 + 2 * count):
        row = np.float32(0)
        for j in range(1 + 2 * count):
            row += root[i, j] * root[i, j]
        total += row
    return total


@inlined
def settled_down(r: int, count: int, regimes: RegimeMemory) -> None:
    """A leader begins: no scout, no alarm, and both milestones are where it stands."""
    weights = regimes.weights[r, regimes.lead[r]]
    regimes.scout[r], regimes.calm[r] = -1, 0
    regimes.alarm[r] = regimes.wins[r] = np.float32(0)
    copied(weights, regimes.young[r], count)
    copied(weights, regimes.old[r], count)
    regimes.milestones[r, :] = trace(regimes.root[r], count)


@inlined
def grown_up(r: int, regimes: RegimeMemory, rates: RegimeRates) -> bool:
    """Whether the leader has led calmly for long enough to be worth keeping."""
    return regimes.steady[r, regimes.lead[r]] > 2 * rates.milestone


@inlined
def set_aside(r: int, count: int, regimes: RegimeMemory, rates: RegimeRates) -> None:
    """The leader goes to rest; what it learned from the first ticks of another regime is taken back."""
    lead = regimes.lead[r]
    regimes.scale[r, lead] = trace(regimes.root[r], count)
    if grown_up(r, regimes, rates):
        copied(regimes.old[r], regimes.weights[r, lead], count)
        regimes.scale[r, lead] = regimes.milestones[r, 1]


@inlined
def returned(r: int, new: int, count: int, regimes: RegimeMemory, rates: RegimeRates) -> None:
    """Another slot takes the lead, as certain as it was when it last led, or less."""
    set_aside(r, count, regimes, rates)
    now = trace(regimes.root[r], count)
    if regimes.scale[r, new] < now:
        factor = np.float32(math.sqrt(regimes.scale[r, new] / now))
        scaled(regimes.root[r], regimes.root[r], factor, count)
    regimes.lead[r], regimes.switched[r] = new, 1
    settled_down(r, count, regimes)


@inlined
def sent_out(r: int, count: int, regimes: RegimeMemory, rates: RegimeRates) -> None:
    """A scout begins where the leader stands, but learns quickly."""
    lead, scout = regimes.lead[r], regimes.belief.shape[1]
    mean = trace(regimes.root[r], count) / np.float32(1 + 2 * count)
    widening = min(rates.widening, rates.prior / mean) if mean > np.float32(0) else rates.widening
    copied(regimes.weights[r, lead], regimes.weights[r, scout], count)
    scaled(regimes.root[r], regimes.scout_root[r], np.float32(math.sqrt(widening)), count)
    regimes.short[r, scout] = regimes.short[r, lead]
    regimes.scout[r] = 0
    regimes.alarm[r] = regimes.wins[r] = np.float32(0)


@inlined
def vacant(r: int, regimes: RegimeMemory) -> int:
    """A slot for a new regime: a free one, else the one that led longest ago."""
    lead, slots = regimes.lead[r], regimes.slots[r]
    if slots < regimes.belief.shape[1]:
        return slots
    chosen = -1
    for m in range(slots):
        if m != lead and (chosen < 0 or regimes.led[r, m] < regimes.led[r, chosen]):
            chosen = m
    return chosen


@inlined
def dealt(r: int, slot: int, regimes: RegimeMemory, share: np.float32) -> None:
    """Belief in a new slot, but for the share of the others."""
    each = share / np.float32(regimes.belief.shape[1])
    for m in range(regimes.slots[r]):
        regimes.belief[r, m] = each
    regimes.belief[r, slot] = np.float32(1) - each * np.float32(regimes.slots[r] - 1)


@inlined
def spawned(r: int, count: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """The scout has won: its own slot from now on, or that of a leader too young to be kept."""
    lead, scout = regimes.lead[r], regimes.belief.shape[1]
    slot = vacant(r, regimes) if grown_up(r, regimes, rates) else lead
    if slot >= 0 and slot != lead:
        set_aside(r, count, regimes, rates)
        regimes.slots[r] = max(regimes.slots[r], slot + 1)
        dealt(r, slot, regimes, rates.share)
        regimes.lead[r], regimes.spawned[r], regimes.switched[r] = slot, 1, 1
    lead = regimes.lead[r]
    copied(regimes.weights[r, scout], regimes.weights[r, lead], count)
    scaled(regimes.scout_root[r], regimes.root[r], np.float32(1), count)
    regimes.short[r, lead] = regimes.short[r, scout]
    for k in range(count):
        desk.miss[lead, k] = desk.miss[scout, k]
    regimes.steady[r, lead] = 0
    settled_down(r, count, regimes)


@inlined
def scouted(r: int, count: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """A tick of the scout: it wins, goes on or ends; without one, an alarm sends one out."""
    lead, scout = regimes.lead[r], regimes.belief.shape[1]
    if regimes.scout[r] < 0:
        if regimes.alarm[r] > rates.alarm:
            sent_out(r, count, regimes, rates)
            for k in range(count):
                desk.miss[scout, k] = desk.miss[lead, k]
        return
    won = min(max(desk.likelihood[scout] - desk.likelihood[lead], -rates.steepest), rates.steepest)
    regimes.wins[r] = max(np.float32(0), regimes.wins[r] + won)
    regimes.scout[r] += 1
    if regimes.wins[r] > rates.wins:
        spawned(r, count, regimes, rates, desk)
    elif regimes.scout[r] > rates.gone:
        regimes.scout[r], regimes.alarm[r] = -1, np.float32(0)


@inlined
def remembered(r: int, count: int, regimes: RegimeMemory, rates: RegimeRates) -> None:
    """Count a calm tick of the leader, and at every milestone keep where it stands; a newborn's first is both."""
    lead = regimes.lead[r]
    regimes.calm[r] += 1
    regimes.steady[r, lead] += 1
    if regimes.calm[r] % rates.milestone:
        return
    weights = regimes.weights[r, lead]
    newborn = regimes.steady[r, lead] <= rates.milestone
    copied(weights if newborn else regimes.young[r], regimes.old[r], count)
    copied(weights, regimes.young[r], count)
    now = trace(regimes.root[r], count)
    regimes.milestones[r, 1] = now if newborn else regimes.milestones[r, 0]
    regimes.milestones[r, 0] = now
