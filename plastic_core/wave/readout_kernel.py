"""The readout's learning and reading, only over the channels in use, compiled.

Sums run in index order, so that a stream's bits hang neither on its batch nor on the machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Int64
from plastic_core.clock import ClockMemory
from plastic_core.compiled import compiled, inlined
from plastic_core.engines.lanes import dot
from plastic_core.episodes import EpisodeMemory
from plastic_core.readout import AHEAD, BIAS, FIRST_EPISODE, LEVEL, MOVED, NOW, WITHHELD, ReadoutMemory
from plastic_core.regimes import RegimeMemory
from plastic_core.wave.clock_kernel import recalled, visited
from plastic_core.wave.contract import Told
from plastic_core.wave.least_squares_kernel import decorrelated


class Rates(NamedTuple):
    """ReadoutSettings and ClockSettings as the kernels take them."""

    shares: Float32
    lags: int
    forgetting: np.float32
    joint_forgetting: np.float32
    joint: bool
    ceiling: np.float32
    heed_prior: Float32
    heed_forgetting: np.float32
    horizon: np.float32
    reach_forgetting: np.float32
    clock_rate: np.float32
    limit: np.float32


@compiled
def learn_rows(
    told: Told, rates: Rates, hidden: Float32, level: Float32, seen: Int64, readout: ReadoutMemory, clock: ClockMemory
) -> None:
    """WaveEngine.learn for all rows."""
    one = np.float32(1)
    features, neurons = readout.short.shape[2], readout.joint.shape[2]
    candidates = readout.parts.shape[2]
    scratch, gain = np.empty(features, np.float32), np.empty(features, np.float32)
    joint_scratch, joint_gain = np.empty(neurons, np.float32), np.empty(neurons, np.float32)
    joint = np.zeros(neurons, np.float32)
    for b in range(len(told.rows)):
        r, ready = told.rows[b], False
        for c in range(told.given[b], told.used[b]):
            if not told.sensed[b, c]:
                continue
            if told.now[b] >= 0:
                visited(
                    clock.profile[r, c], clock.visits[r, c], told.now[b], told.x[b, c], told.share[b], rates.clock_rate
                )
            if seen[r, c] == 0:
                continue
            change = told.x[b, c] - level[r, c]
            part, loss = readout.parts[r, c], readout.losses[r, c]
            fresh = max(one / np.float32(seen[r, c] + 1), one / rates.horizon)
            for e in range(candidates):
                miss = change - part[e]
                loss[e] += fresh * (miss * miss - loss[e])
            weights = readout.own[r, c]
            missed = change - dot(weights, readout.short[r, c])
            decorrelated(readout.own_root[r, c], readout.short[r, c], rates.forgetting, rates.ceiling, scratch, gain)
            for i in range(features):
                weights[i] += gain[i] * missed
            if rates.joint:
                if not ready:
                    ready = True
                    joint[: hidden.shape[1]] = hidden[r]
                    decorrelated(
                        readout.joint_root[r],
                        joint,
                        rates.joint_forgetting,
                        rates.ceiling,
                        joint_scratch,
                        joint_gain,
                    )
                added = dot(readout.joint[r, c], joint)
                heed = readout.heed[r, c]
                fade = one - rates.heed_forgetting
                heed[0] += fade * (rates.heed_prior[0] - heed[0]) + added * missed
                heed[1] += fade * (rates.heed_prior[1] - heed[1]) + added * added
                for i in range(neurons):
                    readout.joint[r, c, i] += joint_gain[i] * (missed - added)
            readout.reach[r, c] = max(readout.reach[r, c] * rates.reach_forgetting, abs(change))


@inlined
def _trusted_change(parts: Float32, losses: Float32) -> np.float32:
    """Mean of the candidates' changes, weighted by their losses to the power of minus eight."""
    zero = np.float32(0)
    least = losses[0]
    for e in range(1, len(losses)):
        least = min(least, losses[e])
    total, weight = zero, zero
    for e in range(len(losses)):
        trust = np.float32(1)
        if losses[e] > least:
            trust = least / losses[e]
            trust *= trust
            trust *= trust
            trust *= trust
        total += trust * parts[e]
        weight += trust
    return total / weight


@compiled
def expect_rows(
    told: Told,
    rates: Rates,
    hidden: Float32,
    level: Float32,
    expected: Float32,
    seen: Int64,
    imagined: Int64,
    readout: ReadoutMemory,
    clock: ClockMemory,
    episodes: EpisodeMemory,
    regimes: RegimeMemory,
) -> None:
    """WaveEngine.expect for all rows."""
    size, heads, seen_by_bank = len(rates.shares), episodes.recalled.shape[2], regimes.part.shape[1]
    first_average = FIRST_EPISODE + heads
    first_lag = first_average + size
    one, zero = np.float32(1), np.float32(0)
    joint = np.zeros(readout.joint.shape[2], np.float32)
    for b in range(len(told.rows)):
        r = told.rows[b]
        joint[: hidden.shape[1]] = hidden[r]
        for c in range(told.used[b]):
            first = seen[r, c] == 0
            if told.sensed[b, c]:
                seen[r, c] += 1
                imagined[r, c] = 0
                new = told.x[b, c]
            else:
                if first:
                    continue
                imagined[r, c] += 1
                new = told.mixed[b, c]
            moved = zero if first else new - level[r, c]
            level[r, c] = new
            if c < told.given[b]:
                expected[r, c] = new
                continue
            q, part, averages = readout.short[r, c], readout.parts[r, c], readout.averages[r, c]
            profile, visits = clock.profile[r, c], clock.visits[r, c]
            q[BIAS] = one
            q[LEVEL] = new
            q[WITHHELD] = told.mixed[b, c] - new
            q[AHEAD] = recalled(profile, visits, told.ahead[b], new) - new
            q[NOW] = recalled(profile, visits, told.now[b], new) - new
            q[MOVED] = episodes.moved[r, c, 0]
            q[MOVED + 1] = episodes.moved[r, c, 1]
            for k in range(heads):
                q[FIRST_EPISODE + k] = episodes.recalled[r, c, k] - new
            for k in range(size):
                if first:
                    averages[k] = new
                averages[k] += rates.shares[k] * (new - averages[k])
                q[first_average + k] = averages[k] - new
                part[1 + k] = averages[k] - new
            for k in range(first_lag + rates.lags - 1, first_lag, -1):
                q[k] = q[k - 1]
            q[first_lag] = moved
            part[size + 1] = q[AHEAD]
            far = readout.reach[r, c]
            place = c - told.given[b]
            bank = regimes.part[r, place] if place < seen_by_bank else zero
            part[size + 2] = min(max(bank, -far), far)
            own = dot(readout.own[r, c], q)
            part[size + 3] = min(max(own, -far), far)
            if rates.joint:
                heed = readout.heed[r, c]
                trusted = min(max(heed[0] / heed[1], zero), one)
                own += trusted * dot(readout.joint[r, c], joint)
            part[size + 4] = min(max(own, -far), far)
            change = zero if told.stale[b, c] else _trusted_change(part, readout.losses[r, c])
            expected[r, c] = min(max(new + change, -rates.limit), rates.limit)
