"""How an answer, anomalous or not for each row, agrees with the labels.

As the benchmark does, all scored rows of all files are counted together. Letters: T rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from plastic_core.state import Bool

FIGURES = ("f1", "false_alarm_rate", "missed_alarm_rate", "delay_rows", "found", "end_delay_rows")
HEADS = ("F1", "false alarms", "missed", "delay", "found", "end delay")
"""FIGURES in a table's columns."""


def figures(answers: Sequence[Bool], labels: Sequence[Bool], first: int) -> dict[str, float]:
    """FIGURES over the rows from `first` on of files with bool[T] answers and labels.

    delay_rows: mean rows from the beginning of a labelled stretch to the first row in it said anomalous; its length
    where none is. found: share of stretches with such a row. end_delay_rows: mean rows after a stretch's end until one
    is said normal, the rest of the file where none is.
    """
    said = np.concatenate([answer[first:] for answer in answers])
    true = np.concatenate([label[first:] for label in labels])
    hits, false, missed = int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum())
    starts: list[int] = []
    ends: list[int] = []
    found: list[bool] = []
    for answer, label in zip(answers, labels, strict=True):
        for begin, stop in stretches(label[first:]):
            told = answer[first:]
            starts.append(_until(told[begin:stop]))
            found.append(starts[-1] < stop - begin)
            ends.append(_until(~told[stop:]))
    return {
        "f1": 2 * hits / max(2 * hits + false + missed, 1),
        "false_alarm_rate": false / max(int((~true).sum()), 1),
        "missed_alarm_rate": missed / max(int(true.sum()), 1),
        "delay_rows": fmean(starts) if starts else 0.0,
        "found": fmean(found) if found else 1.0,
        "end_delay_rows": fmean(ends) if ends else 0.0,
    }


def stretches(label: Bool) -> list[tuple[int, int]]:
    """First row and the one after the last of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], label, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _until(holds: Bool) -> int:
    """Rows before the first True; all where there is none."""
    places = np.flatnonzero(holds)
    return int(places[0]) if len(places) else len(holds)
