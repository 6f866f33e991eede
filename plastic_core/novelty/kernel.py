"""The judgement of a wave, row by row, in place on the pool. Equations: README.md of this package."""

from __future__ import annotations

import math

import numpy as np

from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.compiled import compiled
from plastic_core.novelty import level_kernel, visited_kernel

SMALLEST_VARIANCE = 1e-6
SMALLEST_DISTANCE = 1e-3
"""Code units; what lies nearer to a visited value is no other, nor what lies nearer than half a cell's share of the
range: more cells than there are could not tell them apart."""
FIRST_JUDGED = 4
"""Ticks of a channel before which it has no spread to be held against."""

visit, rarity, count_distance = visited_kernel.visit, visited_kernel.rarity, visited_kernel.count
furthest, tail, count_level = level_kernel.furthest, level_kernel.tail, level_kernel.count


@compiled
def onset_rows(
    rows: Int64,
    first: Int64,
    used: Int64,
    x: Float32,
    sensed: Bool,
    short_ticks: float,
    long_ticks: float,
    opening: int,
    refractory: int,
    cells: Float32,
    filled: Int64,
    grain: Float32,
    counts: Float32,
    counted: Float32,
    unit: Float32,
    means: Float32,
    ticks: Int64,
    peak: Float32,
    since: Int64,
    onset: Float64,
) -> None:
    """Onset [B] of every row; `ticks` is counted here."""
    after = np.zeros(2)
    for b in range(len(rows)):
        r = rows[b]
        least, tried = 1.0, 0
        for c in range(first[b], used[b]):
            if not sensed[b, c]:
                continue
            ticks[r, c] += 1
            youth = 1.0 / ticks[r, c]
            means[r, c, 0] += max(youth, 1.0 / short_ticks) * (x[b, c] - means[r, c, 0])
            means[r, c, 1] += max(youth, 1.0 / long_ticks) * (x[b, c] - means[r, c, 1])
            for f in range(2):
                value = x[b, c] if f == 0 else means[r, c, 0] - means[r, c, 1]
                known = filled[r, c, f]
                wide = cells[r, c, f, known - 1] - cells[r, c, f, 0] if known else 0.0
                away = visit(cells[r, c, f], filled[r, c, f], grain[r, c, f], value, after)
                filled[r, c, f], grain[r, c, f] = int(after[0]), after[1]
                tried += 1
                if ticks[r, c] > opening:
                    if away >= max(wide / (2 * cells.shape[3]), SMALLEST_DISTANCE):
                        least = min(least, rarity(counts[r, c, f], counted[r, c, f], away, unit[r, c]))
                    counted[r, c, f] = count_distance(counts[r, c, f], counted[r, c, f], away, unit[r, c])
        since[r] += 1
        if since[r] > refractory:
            peak[r] = np.float32(1)
        likelihood = np.float32(min(least * tried, 1.0)) if tried else np.float32(1)
        if likelihood < peak[r]:
            onset[b] = 1.0 - likelihood
            peak[r], since[r] = likelihood, 0


@compiled
def level_rows(
    rows: Int64,
    first: Int64,
    used: Int64,
    x: Float32,
    error: Float32,
    sensed: Bool,
    level_ticks: float,
    widest: int,
    horizon: float,
    settled: int,
    rare: float,
    consolidation: int,
    adoption: float,
    ticks: Int64,
    brief: Float32,
    normal: Float32,
    spread: Float32,
    lived: Int64,
    counts: Float32,
    counted: Float32,
    edge: Float32,
    run: Int64,
    lasting: Int64,
    novelty: Float64,
) -> None:
    """Novelty [B] of every row, by what `ticks` says of this tick already."""
    sigmas, bound = np.empty(2 * x.shape[1]), np.zeros(1)
    for b in range(len(rows)):
        r = rows[b]
        found, oldest = 0, 0
        for c in range(first[b], used[b]):
            if not sensed[b, c]:
                continue
            share = max(1.0 / ticks[r, c], 1.0 / level_ticks)
            for f in range(2):
                told = x[b, c] if f == 0 else abs(error[b, c])
                brief[r, c, f] += share * (told - brief[r, c, f])
                if lived[r, c] > FIRST_JUDGED:
                    away = brief[r, c, f] - normal[r, c, f]
                    if f == 1:  # smaller errors than usual are no fault
                        away = max(away, 0.0)
                    sigmas[found] = abs(away) / math.sqrt(spread[r, c, f] + SMALLEST_VARIANCE)
                    found += 1
            oldest = max(oldest, lived[r, c])
        level = furthest(sigmas, found, widest)
        likelihood = tail(counts[r], float(counted[r]), level, rare, bound) if 2 * counted[r] >= settled else 1.0
        novel = likelihood < rare
        if 2 * counted[r] >= settled:
            novelty[b], edge[r] = 1.0 - likelihood, bound[0]
        adopting = novel and lasting[r] > consolidation
        if novel:
            lasting[r] += 1
            run[r] += 1
        else:
            lasting[r] = 0 if lasting[r] > consolidation else max(lasting[r] - 1, 0)
            run[r] = 0
        if 2 * oldest >= settled and (not novel or run[r] <= 3 or adopting):
            # what is novel counts as if it lay at the edge, lest a tail without its end seem short
            counted[r] = count_level(counts[r], float(counted[r]), min(level, float(edge[r])) if novel else level)
        if novel and not adopting:
            continue
        for c in range(first[b], used[b]):
            if not sensed[b, c]:
                continue
            lived[r, c] += 1
            share = max(1.0 / lived[r, c], 1.0 / (adoption if adopting else horizon))
            for f in range(2):
                away = brief[r, c, f] - normal[r, c, f]
                normal[r, c, f] += share * away
                spread[r, c, f] = (1.0 - share) * (spread[r, c, f] + share * away * away)
