"""The mind as a detector: files side by side, as streams of one rig.

Letters: T rows of a file, B streams.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from plastic_core.core import Core
from plastic_core.state import Float64
from service.bench.nab.corpus import Series
from service.bench.rig import Rig, side_by_side

COLUMN = "value"
LONGER = 1.25
"""Files of one rig differ in length by at most this factor: streams that have ended cost as much as others."""


@dataclass(frozen=True)
class Lived:
    """What the mind said of every row of every file."""

    onsets: Sequence[Float64]
    """float64[T] each, in [0, 1): that something unseen begins there."""
    errors: Sequence[Float64]
    """float64[T] each: value less what was expected; NaN where nothing was."""
    events_per_s: float
    """Rows a CPU second."""


def lived(core: Core, files: Sequence[Series], progress: Callable[[float], None] = lambda _share: None) -> Lived:
    """Every file once, row by row. progress: told the share done."""
    scores, errors = ([np.zeros(len(file.values)) for file in files] for _ in range(2))
    total, done, began = sum(map(len, scores)), 0, time.process_time()
    for members in alike(files):
        rig = Rig(core, [COLUMN], len(members))
        values, times = (side_by_side([getattr(files[m], name) for m in members]) for name in ("values", "times"))
        for row in range(len(values)):
            belief = rig.tick(values[row][:, None], times[row])
            for stream, member in enumerate(members):
                if row < len(scores[member]):
                    scores[member][row] = belief.onset[stream]
                    errors[member][row] = values[row, stream] - belief.expected[stream, 0]
            if row % 500 == 0:
                progress((done + row * len(members)) / total)
        done += sum(len(scores[member]) for member in members)
    return Lived(scores, errors, total / max(time.process_time() - began, 1e-9))


def alike(files: Sequence[Series]) -> list[list[int]]:
    """Places of the files, in groups of about the same length."""
    groups: list[list[int]] = []
    for place in sorted(range(len(files)), key=lambda place: len(files[place].values)):
        if groups and len(files[place].values) <= LONGER * len(files[groups[-1][0]].values):
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups
