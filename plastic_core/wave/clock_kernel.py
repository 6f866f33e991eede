"""The clock head of one channel, compiled. Equations: clock.py.

profile, visits: float32[K] of the channel; hand: where the clock stands, in [0, K), -1 for nowhere.
"""

from __future__ import annotations

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.compiled import inlined


@inlined
def _places(hand: np.float64, count: int) -> tuple[int, int, np.float32]:
    """The two places that a hand stands between, and the share of the second."""
    first = int(hand)
    return first, (first + 1) % count, np.float32(hand - first)


@inlined
def recalled(profile: Float32, visits: Float32, hand: np.float64, otherwise: np.float32) -> np.float32:
    """What a channel is like where the hand stands; `otherwise` where it does not stand or was never there."""
    if hand < 0:
        return otherwise
    i, j, part = _places(hand, len(profile))
    if visits[i] == 0 or (visits[j] == 0 and part > 0):
        return otherwise
    return profile[i] + part * (profile[j] - profile[i])


@inlined
def visited(
    profile: Float32, visits: Float32, hand: np.float64, x: np.float32, share: np.float32, rate: np.float32
) -> None:
    """Learn x where the hand stands; see clock.py."""
    one, zero = np.float32(1), np.float32(0)
    i, j, second = _places(hand, len(profile))
    first = one - second
    if visits[i] == zero:
        profile[i] = x
    if visits[j] == zero and second > zero:
        profile[j] = x
    miss = (x - (profile[i] + second * (profile[j] - profile[i]))) / (first * first + second * second)
    profile[i] += share * max(rate, one / (one + visits[i])) * first * miss
    profile[j] += share * max(rate, one / (one + visits[j])) * second * miss
    most = one / rate
    visits[i] = min(visits[i] + max(share * first, np.float32(1e-6)), most)
    if second > zero:
        visits[j] = min(visits[j] + max(share * second, np.float32(1e-6)), most)
