"""The readout's learning and reading, only over the channels in use.

Sums run in index order, one accumulator each, so that a stream's bits hang neither on its batch nor on the machine.
"""

from __future__ import annotations

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.state import Bool, Float32, Int64


@compiled
def _dot(left: Float32, right: Float32) -> np.float32:
    """Sum of products in eight interleaved sums, then in order."""
    lanes = np.zeros(8, np.float32)
    whole = len(left) - len(left) % 8
    for i in range(0, whole, 8):
        for k in range(8):
            lanes[k] += left[i + k] * right[i + k]
    total = np.float32(0)
    for k in range(8):
        total += lanes[k]
    for i in range(whole, len(left)):
        total += left[i] * right[i]
    return total


@compiled
def _least_squares(
    weights: Float32,
    inverse: Float32,
    q: Float32,
    change: np.float32,
    spread: Float32,
    forgetting: np.float32,
    ceiling: np.float32,
    start: np.float32,
) -> None:
    """One step of recursive least squares in place; spread [Q] is scratch for P q."""
    size = len(q)
    one, zero = np.float32(1), np.float32(0)
    power, read = zero, zero
    for i in range(size):
        total = zero
        for k in range(size):
            total += inverse[i, k] * q[k]
        spread[i] = total
        power += total * q[i]
        read += weights[i] * q[i]
    if not power >= zero:  # rounding has cost P its positive definiteness: learn anew from here
        for i in range(size):
            for k in range(size):
                inverse[i, k] = start if i == k else zero
        return
    share = one / (forgetting + power)
    diagonal = zero
    for i in range(size):
        weights[i] += spread[i] * share * (change - read)
        for k in range(size):
            inverse[i, k] -= spread[i] * spread[k] * share
        diagonal += inverse[i, i]
    if diagonal < ceiling * np.float32(size):
        grow = one / forgetting
        for i in range(size):
            for k in range(size):
                inverse[i, k] *= grow


@compiled
def learn_rows(
    rows: Int64,
    used: Int64,
    x: Float32,
    sensed: Bool,
    forgetting: np.float32,
    ceiling: np.float32,
    start: np.float32,
    rate: np.float32,
    horizon: np.float32,
    reach_forgetting: np.float32,
    hidden: Float32,
    readout: Float32,
    own_readout: Float32,
    inverse: Float32,
    short: Float32,
    parts: Float32,
    losses: Float32,
    reach: Float32,
    level: Float32,
    seen: Int64,
) -> None:
    """WaveEngine.learn for all rows."""
    one = np.float32(1)
    spread = np.empty(short.shape[2], np.float32)
    candidates = parts.shape[2]
    for b in range(len(rows)):
        r = rows[b]
        power = one + _dot(hidden[r], hidden[r])
        for c in range(used[b]):
            if not sensed[b, c] or seen[r, c] == 0:
                continue
            change = x[b, c] - level[r, c]
            fresh = max(one / np.float32(seen[r, c] + 1), one / horizon)
            for e in range(candidates):
                miss = change - parts[r, c, e]
                losses[r, c, e] += fresh * (miss * miss - losses[r, c, e])
            push = rate * (change - parts[r, c, candidates - 1]) / power
            weights = readout[r, c]
            for i in range(len(weights)):
                weights[i] += push * hidden[r, i]
            _least_squares(own_readout[r, c], inverse[r, c], short[r, c], change, spread, forgetting, ceiling, start)
            reach[r, c] = max(reach[r, c] * reach_forgetting, abs(change))


@compiled
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
    rows: Int64,
    used: Int64,
    x: Float32,
    mixed: Float32,
    now_sensed: Bool,
    still: Bool,
    shares: Float32,
    limit: np.float32,
    hidden: Float32,
    readout: Float32,
    own_readout: Float32,
    short: Float32,
    parts: Float32,
    losses: Float32,
    reach: Float32,
    averages: Float32,
    level: Float32,
    expected: Float32,
    seen: Int64,
    imagined: Int64,
) -> None:
    """WaveEngine.expect for all rows; limit is the largest code."""
    size = len(shares)
    for b in range(len(rows)):
        r = rows[b]
        for c in range(used[b]):
            first = seen[r, c] == 0
            if now_sensed[b, c]:
                seen[r, c] += 1
                imagined[r, c] = 0
                new = x[b, c]
            else:
                if first:
                    continue
                imagined[r, c] += 1
                new = mixed[b, c]
            q, part = short[r, c], parts[r, c]
            moved = np.float32(0) if first else new - level[r, c]
            level[r, c] = new
            q[0] = np.float32(1)
            q[1] = new
            q[2] = mixed[b, c] - new
            for k in range(size):
                if first:
                    averages[r, c, k] = new
                averages[r, c, k] += shares[k] * (new - averages[r, c, k])
                q[3 + k] = averages[r, c, k] - new
                part[1 + k] = q[3 + k]
            for k in range(len(q) - 1, 2 + size + 1, -1):
                q[k] = q[k - 1]
            q[3 + size] = moved
            far = reach[r, c]
            own = min(max(_dot(own_readout[r, c], q), -far), far)
            part[size + 1] = own
            part[size + 2] = min(max(own + _dot(readout[r, c], hidden[r]), -far), far)
            change = np.float32(0) if still[b, c] else _trusted_change(part, losses[r, c])
            expected[r, c] = min(max(new + change, -limit), limit)
