"""What each channel should read now that the others have been read, and which readings are out of line.

Errors are taken in sigmas, u = e / s, where s^2 = S (1 + ticks imagined), no wider than the codes' own spread. With C
their correlation, Q = C_AA^-1 over the channels A that are believed, the residual of one of them given the others and
that of another channel x are

    r_a = (Q u)_a / Q_aa,  variance 1 / Q_aa        r_x = u_x - C_xA Q u_A,  variance C_xx - C_xA Q C_Ax

(Gaussian conditioning). Channels leave A one by one, the one first whose leaving explains most, r_a^2 Q_aa, as long as
a residual lies beyond SUSPECT robust deviations.

Letters: B rows of the wave, C rows of the pool, D channels, M channels in company, m of them in use.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.compiled import compiled
from plastic_core.mixing.memory import ErrorsMemory
from plastic_core.mixing.mixture import Doubts

SUSPECT = 4.0
"""Robust deviations beyond which a reading is out of line."""
GRADES = (4.0, 6.0, 9.0, 14.0)
"""Lower ends of the classes of readings out of line; each learns whether such readings pass or last."""
HELD = len(GRADES)
"""The class of sensors that repeat themselves against all expectation."""
CAUTION = 2.0
"""Readings of a class are overridden where this many times more of them passed than lasted."""
SHRINKAGE = 0.02
"""Least weight of independence in the correlation of errors."""
HAZARD = 2e-3
"""Chance that a sensor gets stuck at a tick, before anything is known of it."""
SURE = 1e4
"""Odds of being stuck are held within [HAZARD, SURE]."""
DOUBTED = 0.1
"""Odds of being stuck from which a channel no longer vouches for the others."""
STILL = 0.7
"""Where more than this share of the channels repeat themselves at once, the process or its sender stands still, no
sensor is to blame."""
SAME = 4e-6
"""Codes that differ by less than this share of 1 + |code| are the same reading."""


@compiled
def inverted(matrix: Float64, size: int, inverse: Float64) -> None:
    """The inverse [m, m] of a symmetric matrix [m, m], positive definite or nearly so: pivots are held above 1e-3."""
    factor = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            if i == j:
                factor[i, i] = np.sqrt(max(total, 1e-3))
            else:
                factor[i, j] = total / factor[j, j]
    for column in range(size):
        for i in range(column, size):
            total = 1.0 if i == column else 0.0
            for k in range(column, i):
                total -= factor[i, k] * inverse[k, column]
            inverse[i, column] = total / factor[i, i]
        for i in range(size - 1, column - 1, -1):
            total = inverse[i, column]
            for k in range(i + 1, size):
                total -= factor[k, i] * inverse[k, column]
            inverse[i, column] = total / factor[i, i]
        for i in range(column, size):
            inverse[column, i] = inverse[i, column]


@compiled
def repeated_odds(held: float, after_new: float, after_same: float) -> float:
    """Odds of being stuck after one more repetition, by how often this channel repeats itself anyway."""
    if held > 0.0:
        return held / max(after_same, 1e-3)
    return HAZARD / max(after_new, 1e-3)


@compiled
def unlikely(z: float) -> float:
    """How much likelier a residual of z deviations is where the sensor is stuck.

    Ratio of Student's t densities: as wide for a working sensor, two or six times as wide for one that is left behind.
    """
    near = (1.0 + z * z / 3.0) / (1.0 + z * z / 12.0)
    far = (1.0 + z * z / 3.0) / (1.0 + z * z / 108.0)
    return 0.35 * near * near + 0.05 * far * far


@compiled
def grade_of(z: float) -> int:
    """Which of GRADES, from 1; 0 for a reading in line."""
    grade = 0
    for place in range(len(GRADES)):
        if abs(z) > GRADES[place]:
            grade = place + 1
    return grade


@compiled
def members_of(measured: Bool, used: int, member: Int64) -> int:
    """m: how many channels in use vouch for each other; their numbers go into member [M]."""
    count = 0
    for c in range(used):
        if measured[c] and count < len(member):
            member[count] = c
            count += 1
    return count


@compiled
def repeated(now: float, before: float) -> bool:
    """Whether both codes are one reading."""
    return abs(now - before) <= SAME * (1.0 + abs(now))


@compiled
def unit_of(deviation: float, imagined: float) -> float:
    """s: standard deviation of the error after so many ticks imagined, no wider than the codes' own spread."""
    spread = deviation * deviation
    return np.sqrt(min(spread * (1.0 + imagined), max(spread, 1.0)))


@compiled
def _stands_still(b: int, r: int, member: Int64, x: Float32, sensed: Bool, seen: Int64, errors: ErrorsMemory) -> bool:
    """Whether more than STILL of the members repeat themselves."""
    came, stood = 0, 0
    for c in member:
        if sensed[b, c] and seen[r, c] > 1:
            came += 1
            stood += 1 if repeated(x[b, c], errors.latest[r, c]) else 0
    return came > 1 and stood > STILL * came


@compiled
def _repetitions(b: int, r: int, c: int, x: Float32, still: bool, errors: ErrorsMemory) -> float:
    """Odds of being stuck by repetitions alone; 0 for a new reading, -1 where nearly all stands still."""
    if still:
        return -1.0
    if not repeated(x[b, c], errors.latest[r, c]):
        return 0.0
    stepped = errors.run[r, c] == 0 and errors.grade[r, c] > 0  # what repeats went there by a jump of its own
    if stepped or repeated(x[b, c], errors.rest[r, c]):
        return HAZARD
    return repeated_odds(errors.held[r, c], errors.repeats[r, c, 0], errors.repeats[r, c, 1])


@compiled
def _leave(inverse: Float64, u: Float64, size: Float64, out: Bool) -> None:
    """Let go, one by one, of what the others cannot explain: out [m] and inverse [m, m] (of those left) change."""
    count = len(u)
    for _ in range(count):
        worst, most = -1, 0.0
        for i in range(count):
            if not out[i]:
                total = 0.0
                for j in range(count):
                    if not out[j]:
                        total += inverse[i, j] * u[j]
                explained = total * total / inverse[i, i]
                if explained > most and explained > SUSPECT * SUSPECT * size[i]:
                    worst, most = i, explained
        if worst < 0:
            return
        out[worst] = True
        for i in range(count):
            if not out[i]:
                share = inverse[i, worst] / inverse[worst, worst]
                for j in range(count):
                    if not out[j]:
                        inverse[i, j] -= share * inverse[worst, j]


@compiled
def _given_the_others(near: Float64, inverse: Float64, told: Float64, place: Int64, out: Bool) -> Float64:
    """[mean, variance explained] of a member that is not among those believed; near [m]: its row of C."""
    mean, explained = 0.0, 0.0
    for a in range(len(place)):
        if not out[a]:
            mean += near[place[a]] * told[a]
            inner = 0.0
            for k in range(len(place)):
                if not out[k]:
                    inner += inverse[a, k] * near[place[k]]
            explained += near[place[a]] * inner
    return np.array([mean, explained])


@compiled
def _verdict(
    b: int,
    r: int,
    c: int,
    away: float,
    x: Float32,
    imagined: Int64,
    reground: int,
    patience: int,
    errors: ErrorsMemory,
    doubts: Doubts,
) -> None:
    """Whether a reading `away` robust deviations from what was foreseen is a fault; fills fault, odds and grade."""
    if doubts.odds[b, c] > 0.0:
        odds = min(max(doubts.odds[b, c] * unlikely(away), HAZARD), SURE)
        doubts.odds[b, c] = np.float32(odds)
        if odds * errors.passed[r, c, HELD] > errors.lasted[r, c, HELD]:
            if imagined[r, c] < patience:
                doubts.fault[b, c] = True
                return
            doubts.odds[b, c] = np.float32(HAZARD)
    grade = grade_of(away)
    doubts.grade[b, c] = np.float32(grade)
    if grade == 0 or imagined[r, c] >= reground:
        return
    if imagined[r, c] > 0 and errors.grade[r, c] > 0:
        once, again = errors.another[r, c] - doubts.foreseen[b, c], x[b, c] - doubts.foreseen[b, c]
        if once * again > 0 and 2.0 * abs(again) > abs(once):
            return  # it stays where it went: a change, not a spike
    doubts.fault[b, c] = errors.passed[r, c, grade - 1] > CAUTION * errors.lasted[r, c, grade - 1]


@compiled
def judge_rows(
    rows: Int64,
    used: Int64,
    x: Float32,
    sensed: Bool,
    expected: Float32,
    deviation: Float32,
    seen: Int64,
    imagined: Int64,
    reground: int,
    patience: int,
    errors: ErrorsMemory,
    doubts: Doubts,
) -> None:
    """Judge the measured channels of all rows: fills `doubts`, which come as if nothing stood out.

    x, sensed, expected, deviation: [B, D] of this tick. seen, imagined, errors: of the whole pool; only read.
    """
    largest = errors.together.shape[1]
    members, spaces = np.empty(largest, np.int64), np.empty(largest, np.int64)
    units, away = np.empty(largest), np.empty(largest)
    for b in range(len(rows)):
        r = rows[b]
        m = members_of(doubts.measured, used[b], members)
        member, active = members[:m], 0
        shrink = max(SHRINKAGE, m / (m + float(errors.lived[r])))
        still = _stands_still(b, r, member, x, sensed, seen, errors)
        for i in range(m):
            c = member[i]
            units[i] = unit_of(deviation[b, c], float(imagined[r, c]))
            if sensed[b, c] and seen[r, c] > 1:
                away[i] = (float(x[b, c]) - float(expected[b, c])) / units[i]
                doubts.odds[b, c] = _repetitions(b, r, c, x, still, errors)
                if doubts.odds[b, c] <= DOUBTED:
                    spaces[active] = i
                    active += 1
        place, out = spaces[:active], np.zeros(active, np.bool_)
        near, inverse = (1.0 - shrink) * errors.together[r].astype(np.float64), np.empty((active, active))
        u, size, told = np.empty(active), np.empty(active), np.zeros(active)
        matrix = np.empty((active, active))
        for a in range(active):
            u[a], size[a] = away[place[a]], errors.size[r, member[place[a]]]
            for k in range(active):
                matrix[a, k] = near[place[a], place[k]]
            matrix[a, a] += shrink
        inverted(matrix, active, inverse)
        _leave(inverse, u, size, out)
        for a in range(active):
            for k in range(active):
                if not (out[a] or out[k]):
                    told[a] += inverse[a, k] * u[k]
        for i in range(m):
            c = member[i]
            if seen[r, c] == 0:
                continue
            among = -1
            for a in range(active):
                if place[a] == i and not out[a]:
                    among = a
            if among >= 0:
                variance = 1.0 / inverse[among, among]
                mean = u[among] - told[among] * variance
            else:
                found = _given_the_others(near[i], inverse, told, place, out)
                mean, variance = found[0], max(near[i, i] + shrink - found[1], 1e-3)
            doubts.foreseen[b, c] = np.float32(float(expected[b, c]) + units[i] * mean)
            doubts.doubt[b, c] = np.float32(units[i] * units[i] * variance)
            if sensed[b, c] and seen[r, c] > 1:
                robust = (away[i] - mean) / np.sqrt(variance * errors.size[r, c])
                _verdict(b, r, c, robust, x, imagined, reground, patience, errors, doubts)
