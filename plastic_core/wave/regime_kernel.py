"""The bank of regimes, a tick of all rows, compiled. Equations: regimes.py.

Sums run in a fixed order, so that a stream's bits hang neither on its batch nor on the machine.
"""

from __future__ import annotations

import math

import numpy as np

from plastic_core import new_codes
from plastic_core.arrays import Float32
from plastic_core.compiled import compiled, inlined
from plastic_core.engines.lanes import LANES, dot
from plastic_core.readout import LARGEST_CODE
from plastic_core.regimes import RegimeMemory, RegimeRates
from plastic_core.wave.contract import Told
from plastic_core.wave.least_squares_kernel import decorrelated
from plastic_core.wave.regime_belief_kernel import (
    Desk,
    alarmed,
    believed,
    chosen,
    floored,
    inflated,
    missed,
    present,
    slow_error,
    weighed,
)
from plastic_core.wave.regime_scout_kernel import remembered, returned, scouted

LARGEST_CHANGE = np.float32(2 * LARGEST_CODE)
"""No slot expects a larger one."""
LARGEST_WEIGHT = np.float32(new_codes.LARGEST_WEIGHT)


@inlined
def _span(count: int) -> int:
    """Features of so many channels, rounded up to whole vectors."""
    return (1 + 2 * count + LANES - 1) // LANES * LANES


@inlined
def _corrected(
    weights: Float32, root: Float32, miss: Float32, q: Float32, found: int, rates: RegimeRates, desk: Desk
) -> None:
    """One step of recursive least squares of the channels judged, with features q [n]: one root serves all."""
    size = len(q)
    packed, gain = desk.root[: size * size].reshape(size, size), desk.gain[:size]
    for i in range(size):
        for j in range(size):
            packed[i, j] = root[i, j]
    decorrelated(packed, q, rates.forgetting, rates.ceiling, desk.seen[:size], gain)
    for i in range(size):
        for j in range(size):
            root[i, j] = packed[i, j]
    for chosen_one in range(found):
        k = desk.chosen[chosen_one]
        row, error = weights[k], miss[k]
        for i in range(size):
            row[i] = min(max(row[i] + gain[i] * error, -LARGEST_WEIGHT), LARGEST_WEIGHT)


@inlined
def _decided(r: int, ready: int, count: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """Who leads, and whether somebody is scouted."""
    weighed(r, ready, regimes, rates, desk)
    inflated(r, regimes, rates, desk)
    regimes.slow_error[r] = slow_error(r, regimes, rates, desk)
    new = believed(r, regimes, rates, desk)
    if new != regimes.lead[r] and regimes.belief[r, new] > rates.believed:
        returned(r, new, count, regimes, rates)
    alarmed(r, ready, regimes, desk)
    scouted(r, count, regimes, rates, desk)


@inlined
def _learned(r: int, found: int, count: int, regimes: RegimeMemory, rates: RegimeRates, desk: Desk) -> None:
    """Leader and scout learn; the other slots rest."""
    lead, scout = regimes.lead[r], regimes.belief.shape[1]
    q = regimes.features[r, : _span(count)]
    regimes.led[r, lead] = regimes.ticks[r]
    regimes.ticks[r] += 1
    _corrected(regimes.weights[r, lead], regimes.root[r], desk.miss[lead], q, found, rates, desk)
    if regimes.scout[r] >= 0:
        _corrected(regimes.weights[r, scout], regimes.scout_root[r], desk.miss[scout], q, found, rates, desk)
    else:
        remembered(r, count, regimes, rates)


@compiled
def regimes_learn_rows(told: Told, rates: RegimeRates, regimes: RegimeMemory) -> None:
    """Judge what was foretold of this tick, decide who leads and let it learn, for all rows.

    Call it before `regimes_expect_rows` of the same tick. Where nothing known was sensed, only the flags are cleared.
    """
    places, seen, size = regimes.foretold.shape[1], regimes.part.shape[1], regimes.features.shape[1]
    desk = Desk(
        np.empty(seen, np.int64),
        np.zeros((places, seen), np.float32),
        np.zeros(places, np.float32),
        np.zeros(places, np.float32),
        np.empty(size * size, np.float32),
        np.empty(size, np.float32),
        np.empty(size, np.float32),
    )
    for b in range(len(told.rows)):
        r, count = told.rows[b], min(seen, told.used[b] - told.given[b])
        regimes.switched[r] = regimes.spawned[r] = 0
        regimes.slow_error[r] = np.float32(0)
        ready, found = chosen(told, b, r, count, regimes, rates.settled, desk)
        if found == 0:
            continue
        missed(told, b, r, found, regimes, desk)
        if ready > 0:
            _decided(r, ready, count, regimes, rates, desk)
        floored(r, found, regimes, rates, desk)
        _learned(r, found, count, regimes, rates, desk)


@inlined
def _met(r: int, k: int, regimes: RegimeMemory, prior: np.float32) -> None:
    """A channel is sensed for the first time: leader and scout may learn from it, and the leader is young again.

    What it knows of the others makes it slow to learn how the new one hangs on them; a scout that is quicker shall take
    its place, not be taken for another regime.
    """
    regimes.known[r, k] = 1
    regimes.steady[r, regimes.lead[r]] = 0
    for i in range(1 + 2 * k, 3 + 2 * k):
        regimes.root[r, i, i] = regimes.scout_root[r, i, i] = np.float32(math.sqrt(prior))


@inlined
def _taken_in(told: Told, b: int, r: int, count: int, regimes: RegimeMemory, prior: np.float32) -> None:
    """Levels into the features; where a channel was not sensed, what was imagined."""
    q = regimes.features[r]
    q[0] = np.float32(1)
    regimes.first[r] = told.given[b]
    for k in range(count):
        c, level = told.given[b] + k, 1 + 2 * k
        if told.sensed[b, c]:
            new = told.x[b, c]
        elif regimes.known[r, k]:
            new = told.mixed[b, c]
        else:
            continue
        q[level + 1] = q[level] if regimes.known[r, k] else new
        q[level] = new
        if not regimes.known[r, k]:
            _met(r, k, regimes, prior)


@compiled
def regimes_expect_rows(told: Told, rates: RegimeRates, regimes: RegimeMemory) -> None:
    """Take the percept into the features and foretell the change of each channel, for all rows: `part`."""
    seen = regimes.part.shape[1]
    for b in range(len(told.rows)):
        r, count = told.rows[b], min(seen, told.used[b] - told.given[b])
        _taken_in(told, b, r, count, regimes, rates.prior)
        size = _span(count)
        q = regimes.features[r, :size]
        for k in range(count):
            regimes.part[r, k] = np.float32(0)
        for m in range(regimes.foretold.shape[1]):
            if not present(regimes, r, m):
                continue
            for k in range(count):
                change = dot(regimes.weights[r, m, k, :size], q)
                regimes.foretold[r, m, k] = min(max(change, -LARGEST_CHANGE), LARGEST_CHANGE)
            if m < regimes.belief.shape[1]:
                for k in range(count):
                    regimes.part[r, k] += regimes.belief[r, m] * regimes.foretold[r, m, k]
