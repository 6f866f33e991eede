"""What is remembered of a wave's errors: their correlation, their size, what came of readings out of line, repetitions.

Letters: B rows of the wave, C rows of the pool, D channels, M channels in company.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.compiled import compiled
from plastic_core.mixing.judging_kernel import HAZARD, HELD, members_of, repeated, unit_of
from plastic_core.mixing.memory import ErrorsMemory
from plastic_core.mixing.mixture import Doubts

CLIP, CONSISTENT = 2.25, 1.0 / 0.823
"""Squared residuals count for at most 2.25 times their mean, which of a normal distribution keeps 0.823."""
LARGEST = 3.0
"""Sigmas at which an error counts for what errors have in common."""
FADING = 0.97
"""Factor by which outcomes are forgotten at each new one."""
REPEAT_TICKS = 256.0
LEARNED_RUN = 3
"""Of a run of repetitions only the first ones teach how usual they are, so that a stuck sensor teaches little."""
MIDDLE_TICKS = 128.0
"""Time constant of the running mean of readings."""


@compiled
def _outcome(errors: ErrorsMemory, r: int, c: int, k: int, gone: bool) -> None:
    """Count what came of a reading of class k."""
    errors.passed[r, c, k] = FADING * errors.passed[r, c, k] + (1.0 if gone else 0.0)
    errors.lasted[r, c, k] = FADING * errors.lasted[r, c, k] + (0.0 if gone else 1.0)


@compiled
def _size(errors: ErrorsMemory, r: int, c: int, squared: float, share: float) -> None:
    """Follow the robust size of residuals."""
    ratio = min(squared, CLIP * errors.size[r, c])
    size = errors.size[r, c] + share * (CONSISTENT * ratio - errors.size[r, c])
    errors.size[r, c] = np.float32(min(max(size, 1e-3), 1e3))


@compiled
def _last_outlier(
    errors: ErrorsMemory, r: int, c: int, now: float, foreseen: float, level: float, doubted: bool
) -> None:
    """Whether the last reading out of line is gone or has lasted. doubted: it was not believed."""
    there, origin = (errors.another[r, c], foreseen) if doubted else (level, errors.another[r, c])
    _outcome(errors, r, c, int(errors.grade[r, c]) - 1, abs(now - origin) < abs(now - there))


@compiled
def _repetition(
    errors: ErrorsMemory, r: int, c: int, now: float, foreseen: float, n: int, imagined: int, odds: float, fault: bool
) -> None:
    """Learn how usual repetitions are, and whether a sensor held to be stuck was."""
    same, gone = n > 0 and repeated(now, errors.latest[r, c]), False
    blamed = imagined > 0 and errors.held[r, c] * errors.passed[r, c, HELD] > errors.lasted[r, c, HELD]
    if blamed and not (same and fault):
        gone = abs(now - foreseen) < abs(now - errors.latest[r, c])
        _outcome(errors, r, c, HELD, gone)
    if errors.run[r, c] >= 2 and not (same or gone):
        errors.rest[r, c] = errors.latest[r, c]
    if n > 0 and not (same and odds < 0):
        rate, k = max(1.0 / (n + 3.0), 1.0 / REPEAT_TICKS), 1 if errors.run[r, c] > 0 else 0
        if errors.run[r, c] < LEARNED_RUN:
            errors.repeats[r, c, k] += np.float32(rate * ((1.0 if same else 0.0) - errors.repeats[r, c, k]))
        errors.run[r, c] = errors.run[r, c] + np.float32(1) if same else np.float32(0)
        errors.held[r, c] = max(odds, HAZARD) if same else 0.0


@compiled
def _follow(
    errors: ErrorsMemory, r: int, c: int, now: float, foreseen: float, n: int, ticks: float, in_line: bool
) -> None:
    """Take a reading into the regression of the learned gate; see gains.learned."""
    if n == 0:
        errors.middle[r, c] = now
    errors.middle[r, c] += np.float32(max(1.0 / (n + 1.0), 1.0 / MIDDLE_TICKS) * (now - errors.middle[r, c]))
    past, miss = errors.before[r, c, 0] - errors.middle[r, c], errors.before[r, c, 1]
    if n > 2 and in_line and miss != 0.0:
        y, fade = now - errors.middle[r, c], max(1.0 / (n + 1.0), 1.0 / ticks)
        products = (past * past, past * miss, miss * miss, past * y, miss * y)
        for k in range(5):
            errors.moments[r, c, k] += np.float32(fade * (products[k] - errors.moments[r, c, k]))
    errors.before[r, c, 0] = foreseen
    errors.before[r, c, 1] = now - foreseen if in_line else 0.0


@compiled
def _together(errors: ErrorsMemory, r: int, u: Float64, doubt: Float64, ticks: float) -> None:
    """Follow the correlation of errors u [m]; doubt [m]: variance of those that were only foreseen."""
    errors.lived[r] = min(errors.lived[r] + 1.0, 1e6)
    share = max(1.0 / (errors.lived[r] + 1.0), 1.0 / ticks)
    for i in range(len(u)):
        for j in range(len(u)):
            errors.together[r, i, j] += np.float32(share * (u[i] * u[j] - errors.together[r, i, j]))
        errors.together[r, i, i] += np.float32(share * doubt[i])


@compiled
def remember_rows(
    rows: Int64,
    used: Int64,
    x: Float32,
    sensed: Bool,
    expected: Float32,
    deviation: Float32,
    level: Float32,
    seen: Int64,
    imagined: Int64,
    ticks: float,
    company_ticks: float,
    doubts: Doubts,
    errors: ErrorsMemory,
) -> None:
    """Take this tick's doubts into `errors`, in place; before `expect` changes the levels. See judge_rows."""
    largest = errors.together.shape[1]
    members, errs, open_ = np.empty(largest, np.int64), np.zeros(largest), np.ones(largest)
    for b in range(len(rows)):
        r = rows[b]
        m = members_of(doubts.measured, used[b], members)
        for i in range(m):
            c = members[i]
            errs[i], open_[i] = 0.0, 1.0
            if seen[r, c] > 1:
                believed = sensed[b, c] and not doubts.fault[b, c]
                unit = unit_of(deviation[b, c], float(imagined[r, c]))
                away = ((x[b, c] if believed else doubts.foreseen[b, c]) - expected[b, c]) / unit
                errs[i] = min(max(away, -LARGEST), LARGEST)
                open_[i] = 0.0 if believed else min(doubts.doubt[b, c] / (unit * unit), 1.0)
        _together(errors, r, errs[:m], open_[:m], company_ticks)
        for c in range(used[b]):
            if not doubts.measured[c]:
                continue
            if not sensed[b, c]:
                errors.before[r, c, 1] = np.float32(0)
                continue
            n, now, foreseen = seen[r, c], x[b, c], doubts.foreseen[b, c]
            fault, grade = doubts.fault[b, c], doubts.grade[b, c]
            if n > 1 and not (fault and grade == 0):
                share = max(1.0 / n, 1.0 / ticks)
                _size(errors, r, c, (now - foreseen) ** 2 / doubts.doubt[b, c], share)
            if errors.grade[r, c] > 0:
                _last_outlier(errors, r, c, now, foreseen, level[r, c], imagined[r, c] > 0)
            _repetition(errors, r, c, now, foreseen, n, imagined[r, c], doubts.odds[b, c], fault)
            errors.grade[r, c] = grade
            errors.another[r, c] = now if fault else foreseen
            errors.latest[r, c] = now
            _follow(errors, r, c, now, foreseen, n, company_ticks, not fault and grade == 0)
