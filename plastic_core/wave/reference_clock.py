"""The clock head's definition: one channel, one tick, plain Python. Equations: clock.py."""

from __future__ import annotations

from plastic_core.arrays import Float64

SHORTEST_VISIT = 1e-6


def key(hand: float, places: int) -> dict[int, float]:
    """Place -> share, for a hand in [0, K)."""
    first = int(hand)
    second = hand - first
    return {first: 1 - second, (first + 1) % places: second} if second > 0 else {first: 1.0}


def recalled(profile: Float64, visits: Float64, hand: float, otherwise: float) -> float:
    """H.k, or `otherwise` where there is no hand or one of its places was never visited."""
    if hand < 0:
        return otherwise
    shares = key(hand, len(profile))
    if any(visits[place] == 0 for place in shares):
        return otherwise
    return float(sum(share * profile[place] for place, share in shares.items()))


def visit(profile: Float64, visits: Float64, hand: float, x: float, share: float, rate: float) -> None:
    """Learn x where the hand stands, in place."""
    shares = key(hand, len(profile))
    for place in shares:
        if visits[place] == 0:
            profile[place] = x
    miss = x - sum(part * profile[place] for place, part in shares.items())
    miss /= sum(part * part for part in shares.values())
    for place, part in shares.items():
        profile[place] += share * max(rate, 1 / (1 + visits[place])) * part * miss
        visits[place] = min(visits[place] + max(share * part, SHORTEST_VISIT), 1 / rate)
