"""Values that were visited before, and how rarely one lies so far from all of them; one channel's feature at a time.

Only + - * / and frexp, in a fixed order: a stream's bits hang neither on its batch nor on a mathematical library.
"""

from __future__ import annotations

import math

import numpy as np

from plastic_core.arrays import Float32, Float64
from plastic_core.compiled import compiled, inlined

LOWEST_OCTAVE = -16
MIDDLE = math.sqrt(0.5)
MOST_COUNTED = 65536.0
"""Distances counted at which all counts are halved: what is rare follows the stream, slowly."""


@compiled
def visit(cells: Float32, filled: int, grain: float, value: float, after: Float64) -> float:
    """Distance to the nearest of the first `filled` cells [K], in rising order; then `value` is one of them.

    Where all are filled, one of the nearest pair makes room, but never an end of the range. after: [2], takes the new
    `filled` and `grain`.
    """
    after[0], after[1] = filled, grain
    new = np.float32(value)
    place = np.searchsorted(cells[:filled], new)
    away = np.inf if filled else 0.0
    if place < filled:
        away = float(cells[place] - new)
    if place > 0:
        away = min(away, float(new - cells[place - 1]))
    if filled and (away == 0.0 or (filled == len(cells) and away <= grain)):
        return away
    last, room = filled, filled < len(cells)
    if not room:
        pair = _nearest_pair(cells)
        after[1] = cells[pair + 1] - cells[pair]
        if away <= after[1]:
            return away
        last = pair + 1 if pair + 2 < filled else pair
    if last < place:
        place -= 1
        for k in range(last, place):
            cells[k] = cells[k + 1]
    else:
        for k in range(last, place, -1):
            cells[k] = cells[k - 1]
    cells[place] = new
    after[0] = filled + (1 if room else 0)
    return away


@inlined
def _nearest_pair(cells: Float32) -> int:
    """Place of the first of the two neighbours that lie nearest to each other."""
    best, least = 0, cells[1] - cells[0]
    for k in range(1, len(cells) - 1):
        gap = cells[k + 1] - cells[k]
        if gap < least:
            best, least = k, gap
    return best


@compiled
def rarity(counts: Float32, counted: float, away: float, unit: float) -> float:
    """Share of the counted distances that were at least `away`, in (0, 1]: (those + 1) / (all + 1)."""
    place, share = _bin(away, unit, len(counts))
    if counted <= 0.0 or place < 0:
        return 1.0
    total = counts[place] * (1.0 - share)
    for k in range(place + 1, len(counts)):
        total += counts[k]
    return (total + 1.0) / (counted + 1.0)


@compiled
def count(counts: Float32, counted: float, away: float, unit: float) -> float:
    """Count a distance, in place; returns how many are counted now."""
    place, _ = _bin(away, unit, len(counts))
    if place >= 0:
        counts[place] += np.float32(1)
    counted += 1.0
    if counted >= MOST_COUNTED:
        for k in range(len(counts)):
            counts[k] *= np.float32(0.5)
        counted *= 0.5
    return counted


@inlined
def _bin(away: float, unit: float, bins: int) -> tuple[int, float]:
    """Half octave of a distance, and how far into it; -1 below the first."""
    if not away > 0.0:
        return -1, 0.0
    mantissa, octave = math.frexp(away / unit)
    upper = mantissa >= MIDDLE
    place = 2 * (octave - 1 - LOWEST_OCTAVE) + (1 if upper else 0)
    if place < 0:
        return -1, 0.0
    if place >= bins:
        return bins - 1, 1.0
    return place, (mantissa - MIDDLE) / (1.0 - MIDDLE) if upper else (mantissa - 0.5) / (MIDDLE - 0.5)
