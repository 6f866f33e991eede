"""Families of payloads, each with the truth about it, made from a seed: their material, and what befalls them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

START_S = 1_790_000_000
Document = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """Messages of one sender, and what must be found in them."""

    make: Callable[[Random, int], Document]
    """Message number k."""
    time: str | None
    unit: str | None
    id: str | None
    fields: dict[str, str]
    count: int = 60


def iso(second: float, separator: str = "T", end: str = "Z") -> str:
    return datetime.fromtimestamp(START_S + second, UTC).strftime(f"%Y-%m-%d{separator}%H:%M:%S") + end


def wave(r: Random, k: int, middle: float = 20.0, size: float = 5.0, digits: int = 3) -> float:
    return round(middle + size * math.sin(k / 5.0) + r.gauss(0.0, size / 20.0), digits)


def signal(r: Random, k: int, count: int) -> list[float]:
    return [round(math.sin(0.4 * n + k) + r.gauss(0.0, 0.05), 4) for n in range(count)]


def turn(r: Random, k: int) -> list[float]:
    raw = [math.cos(k / 9.0), math.sin(k / 9.0), 0.2 * math.sin(k / 4.0), r.gauss(0.0, 0.02)]
    norm = math.sqrt(sum(entry * entry for entry in raw))
    return [round(entry / norm, 5) for entry in raw]


SENTENCES = (
    "pump {0} reported a pressure spike near valve {1}",
    "operator {1} acknowledged the warning on line {0} after a short check",
    "no anomalies seen during round {0}, next one planned in {1} minutes",
    "the filter of unit {0} was replaced and runs quietly since {1}",
)


def sentence(r: Random, k: int) -> str:
    return r.choice(SENTENCES).format(k, r.randrange(100))


def disturbed(documents: list[Document], family: Family, r: Random) -> list[Document]:
    """The same with messages sent twice, late and out of order, with nulls, and with fields that are missing."""
    keys = {part.split(".")[0] for part in (family.time, family.id) if part}
    sent: list[Document] = []
    for document in documents:
        changed = dict(document)
        for key in document:
            if key not in keys and not isinstance(document[key], dict):
                fate = r.random()
                if fate < 0.05:
                    del changed[key]
                elif fate < 0.10:
                    changed[key] = None
        sent.append(changed)
        if r.random() < 0.08:
            sent.append(changed)
    for _ in range(4):
        place = r.randrange(5, len(sent) - 5)
        sent.insert(place + r.randrange(1, 5), sent.pop(place))
    return sent
