"""The bench itself: every learner through every world, what it recalls before and after interference.

Letters: B seeds, P pairs of a kind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from plastic_core.modulation.association import Association, Associations
from service.bench.reward.learners import LEARNERS, Learner, layer_of, live
from service.bench.reward.world import GAP, KINDS, PAIRS, World, world
from service.errors import UsageError

HIT_STRENGTH = 0.2
"""Least strength of a recalled outcome that counts, of the outcome's own length."""
PHASES = ("taught", "after")
"""Before and after the life that interferes."""
FIGURES = ("hits", "strength")

Progress = Callable[[str, float], None]


def run(*, seeds: int = 12, delay: int = 20, progress: Progress = lambda _stage, _share: None) -> dict[str, Any]:
    """Figures by learner, phase and kind of pair. Raises UsageError for a delay that reaches into the next pair."""
    if not 0 <= delay < GAP:
        raise UsageError(f"a delay of {delay} ticks: rewards come within [0, {GAP - 1}] ticks")
    worlds = [world(seed, delay) for seed in range(seeds)]
    told: dict[str, Any] = {}
    ticks = seeds * sum(len(life.reward) for life in (worlds[0].taught, worlds[0].interfering))
    speeds: list[float] = []
    for place, (name, learner) in enumerate(LEARNERS.items()):
        progress(name, place / len(LEARNERS))
        began = time.process_time()
        told[name] = _lived(learner, worlds)
        speeds.append(ticks / max(time.process_time() - began, 1e-9))
    return {
        "learners": told,
        "seeds": seeds,
        "delay_ticks": delay,
        "pairs": PAIRS,
        "hit_strength": HIT_STRENGTH,
        "events_per_s": float(f"{np.median(speeds):.4g}"),
    }


def rows(found: dict[str, Any]) -> list[tuple[object, ...]]:
    """One row a learner and phase: hits of each kind, strength of each kind, share of ticks in which it wrote."""
    return [
        (
            name,
            phase,
            *(f"{own[phase][kind]['hits']:.0%}" for kind in KINDS),
            *(f"{own[phase][kind]['strength']:.2f}" for kind in KINDS),
            f"{own['written']:.1%}",
        )
        for name, own in found["learners"].items()
        for phase in PHASES
    ]


def _lived(learner: Learner, worlds: Sequence[World]) -> dict[str, Any]:
    layer = layer_of(learner)
    memory = layer.initial(len(worlds))
    live(layer, memory, learner, [each.taught for each in worlds])
    taught = _recalled(layer, memory, worlds)
    if learner.rests:
        layer.rest(memory, np.arange(len(worlds)))
    live(layer, memory, learner, [each.interfering for each in worlds])
    written = memory.writes.sum() / (memory.writes + memory.skipped).sum()
    after = _recalled(layer, memory, worlds)
    return {"taught": taught, "after": after, "written": float(f"{written:.4g}")}


def _recalled(layer: Associations, memory: Association, worlds: Sequence[World]) -> dict[str, dict[str, float]]:
    """Kind -> hits and strength, means over pairs and seeds.

    A hit: of the outcomes of all kinds the own one is recalled most, and with at least HIT_STRENGTH.
    """
    outcomes = np.stack([np.concatenate([each.pairs[kind].outcomes for kind in KINDS]) for each in worlds])
    found: dict[str, dict[str, float]] = {}
    for number, kind in enumerate(KINDS):
        own = np.arange(PAIRS) + number * PAIRS
        strengths = np.stack(
            [
                np.einsum("bk,bok->bo", layer.recall(memory, np.arange(len(worlds)), cues), outcomes)
                for cues in np.stack([each.pairs[kind].cues for each in worlds], 1)
            ]
        )
        right = strengths[np.arange(PAIRS), :, own]
        hits = (strengths.argmax(axis=2) == own[:, None]) & (right >= HIT_STRENGTH)
        found[kind] = {"hits": float(f"{hits.mean():.4g}"), "strength": float(f"{right.mean():.4g}")}
    return found
