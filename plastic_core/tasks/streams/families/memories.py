"""Streams that can be predicted only from what happened long before: regimes that return, motifs, cues.

Letters: T ticks, C channels, R regimes, M motifs.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from plastic_core.tasks.streams.families.contract import Float64, Generator, Stream

AFTER_RETURN = 20
"""Ticks after a return during which `regimes` asks."""
RECOGNISED = 3
"""Ticks of a motif that are not asked for: by them it can be told which one it is."""
SHORTEST_DELAY, LONGEST_DELAY = 2, 12
"""Ticks between a cue and what follows."""


def regimes(generator: Generator, ticks: int, channels: int) -> Stream:
    """Three ways of moving that take turns, A B C A and on by chance; asked: the first ticks of one that returns."""
    segments = _segments(generator, ticks)
    truth, asked, seen = np.zeros((ticks, channels)), np.zeros((ticks, channels), np.bool_), set[int]()
    dynamics = [_dynamics(generator, channels) for _ in range(3)]
    pushes, before, last = generator.standard_normal((ticks, channels)), np.zeros(channels), np.zeros(channels)
    for number, (start, end) in enumerate(segments):
        regime = number % 3 if number < 4 else int(generator.integers(3))
        (near, far, centre, push) = dynamics[regime]
        asked[start : min(start + AFTER_RETURN, end)] = regime in seen
        seen.add(regime)
        for t in range(start, end):
            last, before = centre + near @ (last - centre) + far @ (before - centre) + push * pushes[t], last
            truth[t] = last
    return Stream(truth, asked)


def _segments(generator: Generator, ticks: int) -> list[tuple[int, int]]:
    """Stretches of 30 to 80 ticks, or of a twelfth to a sixth of T where that is longer."""
    shortest, longest = max(30, ticks // 12), max(80, ticks // 6)
    ends = np.cumsum(generator.integers(shortest, longest + 1, ticks // shortest + 1))
    bounds = [0, *(int(end) for end in ends if end < ticks), ticks]
    return list(pairwise(bounds))


def _dynamics(generator: Generator, channels: int) -> tuple[Float64, Float64, Float64, float]:
    """A regime: x_t = centre + near (x_{t-1} - centre) + far (x_{t-2} - centre) + push; stable, channels coupled."""
    radius = generator.uniform(0.85, 0.98, channels)
    turn = 2 * np.pi / np.exp(generator.uniform(np.log(4), np.log(40), channels))
    mixing = np.linalg.qr(np.eye(channels) + 0.5 * generator.standard_normal((channels, channels)) / channels**0.5)[0]
    near = mixing @ np.diag(2 * radius * np.cos(turn)) @ mixing.T
    return near, mixing @ np.diag(-radius * radius) @ mixing.T, generator.standard_normal(channels), 0.3


def motifs(generator: Generator, ticks: int, channels: int) -> Stream:
    """A quiet stream in which short random sequences come by, and come back; asked: all returns, but their first ticks.

    Each motif is drawn once and for all for this stream, so what follows its first ticks can only be known from having
    lived through it before: the second time, from a single look.
    """
    truth, asked = 0.3 * generator.standard_normal((ticks, channels)), np.zeros((ticks, channels), np.bool_)
    count, length = int(generator.integers(1, 5)), int(generator.integers(6, 17))
    shapes = 1.5 * generator.standard_normal((count, length, channels))
    seen, t = set[int](), int(generator.integers(5, 20))
    while t + length <= ticks:
        motif = int(generator.integers(count))
        truth[t : t + length] = shapes[motif] + 0.05 * generator.standard_normal((length, channels))
        asked[t + RECOGNISED : t + length] = motif in seen
        seen.add(motif)
        t += length + int(generator.integers(5, 25))
    return Stream(truth, asked)


def cues(generator: Generator, ticks: int, channels: int) -> Stream:
    """One of a few cues flashes; some ticks later an outcome of this cue's own follows. Asked: outcomes of known cues.

    The last channel, or the last quarter of them, carries outcomes, the others cues as random patterns.
    """
    channels = max(channels, 2)
    outcomes = max(1, channels // 4)
    count, delay = int(generator.integers(2, 5)), int(generator.integers(SHORTEST_DELAY, LONGEST_DELAY + 1))
    patterns = 2.0 * generator.choice([-1, 1], (count, channels - outcomes))
    effects = 2.0 * generator.choice([-1, 1], (count, outcomes))
    truth, asked = 0.1 * generator.standard_normal((ticks, channels)), np.zeros((ticks, channels), np.bool_)
    seen, t = set[int](), int(generator.integers(3, 10))
    while t + delay < ticks:
        cue = int(generator.integers(count))
        truth[t, :-outcomes] += patterns[cue]
        truth[t + delay, -outcomes:] += effects[cue]
        asked[t + delay, -outcomes:] = cue in seen
        seen.add(cue)
        t += delay + int(generator.integers(4, 15))
    return Stream(truth, asked)
