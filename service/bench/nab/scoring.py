"""How the benchmark scores a detector, from its description (Lavin and Ahmad 2015, ICMLA; Ahmad et al. 2017).

A row is a detection where its anomaly score reaches the threshold. A labelled window counts once, by its earliest
detection, for up to +1 at its first row, less towards its end; a detection outside costs up to the profile's false
positive weight, less where it follows shortly upon a window; a window without any costs the weight of a miss. The
first part of a file is not scored. The sum over all files is normalised: 0 for a detector that never speaks, 100 for
a perfect one. One threshold serves all files, the best for the profile.

Letters: T rows of a file, R scored rows of all files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plastic_core.state import Float64, Int64
from service.bench.nab.corpus import Series

PROBATION = 0.15
LONGEST_PROBATION = 750
"""Rows at the start of a file that are not scored: this share of it, at most this many."""
STEEPNESS = 5.0
FURTHEST = 3.0
"""Window widths after a window from which on a false detection costs all that it can."""


@dataclass(frozen=True)
class Profile:
    """What detections, false ones and misses count."""

    false_positive: float
    miss: float


PROFILES = {"standard": Profile(0.11, 1.0), "low_fp": Profile(0.22, 1.0), "low_fn": Profile(0.11, 2.0)}


@dataclass(frozen=True)
class Judged:
    """The scored rows of a file as the benchmark sees them."""

    first: int
    """Rows of probation before them."""
    worth: Float64
    """float64[T - first]: of a detection, in (0, 1] within a window, in [-1, 0) elsewhere, before weights."""
    window: Int64
    """int64[T - first]: which window a row lies in, -1 for none."""
    windows: int


def judged(series: Series) -> Judged:
    """What a detection at each row of a file would be worth."""
    rows = len(series.values)
    first = int(PROBATION * min(rows, LONGEST_PROBATION / PROBATION))
    worth, window = np.full(rows, -1.0), np.full(rows, -1, np.int64)
    for number, (start, stop) in enumerate(series.windows):
        width = stop - start + 1
        inside = np.arange(start, stop + 1)
        worth[inside] = _sigmoid(-(stop - inside + 1) / width) / _sigmoid(np.array(-1.0))
        window[inside] = number
        after = np.arange(stop + 1, rows)
        worth[after] = _sigmoid((after - stop) / max(width - 1, 1))
    worth, window = worth[first:], window[first:]
    return Judged(first, worth, window, len(np.unique(window[window >= 0])))


def _sigmoid(position: Float64) -> Float64:
    """1 far before, 0 at the window's end, -1 far after; position in window widths from its end."""
    return np.where(position > FURTHEST, -1.0, 2.0 / (1.0 + np.exp(STEEPNESS * np.minimum(position, FURTHEST))) - 1.0)


@dataclass(frozen=True)
class Sweep:
    """All scored rows of all files by falling score, and what each adds when a falling threshold comes to it."""

    heights: Float64
    """float64[R]: anomaly scores, falling."""
    gains: Float64
    """float64[R]: raw score of the row's file with it, less that without."""
    owners: Int64
    """int64[R]: the row's file."""
    last: Int64
    """Places of the last row of each height: rows of equal score are detected together."""
    windows: Int64
    """int64[F]: scored windows of each file."""
    profile: Profile

    def best(self, copies: Float64) -> tuple[float, float]:
        """The best threshold and the normalised score there; infinity and 0 where silence is best.

        copies: float64[F], how often each file counts.
        """
        points = np.cumsum(self.gains * copies[self.owners])[self.last]
        place = int(np.argmax(points)) if len(points) else 0
        if not len(points) or points[place] <= 0:
            return np.inf, 0.0
        return float(self.heights[self.last[place]]), self._normalised(float(points[place]), copies)

    def at(self, threshold: float, copies: Float64) -> float:
        """The normalised score at a given threshold; copies as for `best`."""
        reached = int(np.searchsorted(-self.heights, -threshold, side="right"))
        return self._normalised(float((self.gains[:reached] * copies[self.owners[:reached]]).sum()), copies)

    def _normalised(self, points: float, copies: Float64) -> float:
        """0 for silence, 100 for perfection; 0 where no file has a window."""
        windows = float((self.windows * copies).sum())
        return 100.0 * points / (windows * (1.0 + self.profile.miss)) if windows else 0.0


def sweep(files: Sequence[Judged], scores: Sequence[Float64], profile: Profile) -> Sweep:
    """The sweep over these files. scores: float64[T] each, of all rows."""
    told = [_gains(file, np.asarray(own)[file.first :], profile) for file, own in zip(files, scores, strict=True)]
    heights = np.concatenate([height for height, _ in told])
    gains = np.concatenate([gain for _, gain in told])
    owners = np.repeat(np.arange(len(files)), [len(height) for height, _ in told])
    order = np.argsort(-heights, kind="stable")
    heights = heights[order]
    last = np.flatnonzero(np.append(heights[1:] != heights[:-1], True))
    return Sweep(heights, gains[order], owners[order], last, np.array([file.windows for file in files]), profile)


def _gains(file: Judged, scores: Float64, profile: Profile) -> tuple[Float64, Float64]:
    """Thresholds and what the score gains when a falling threshold comes to each.

    A window gains when a row earlier than all before is reached, and a miss less at the first.
    """
    outside = file.window < 0
    heights, gains = [scores[outside]], [file.worth[outside] * profile.false_positive]
    for number in np.unique(file.window[~outside]):
        inside = np.flatnonzero(file.window == number)
        inside = inside[np.argsort(-scores[inside], kind="stable")]
        best = np.maximum.accumulate(file.worth[inside])
        heights.append(scores[inside])
        gains.append(np.diff(best, prepend=-profile.miss))
    return np.concatenate(heights), np.concatenate(gains)
