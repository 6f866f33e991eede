"""Percepts as the service writes them, made up for tests of what reads them."""

from __future__ import annotations

from typing import Any

from service.demo.track import Track


def cell(raw: Any, expected: Any, sigma: float | None = 1.0, **more: Any) -> dict[str, Any]:
    """One field; perceived halfway where that makes sense."""
    quality = "missing" if raw is None else "ok"
    usual = {"perceived": raw if raw is not None else expected, "gain": 0.5, "quality": quality, "imputed": raw is None}
    return {"raw": raw, "expected": expected, "sigma": sigma, "overridden": False} | usual | more


def percept(time: float, fields: dict[str, Any], surprise: float = 1.0, stream: str = "host-a") -> dict[str, Any]:
    """One percept."""
    return {
        "stream": stream,
        "time": time,
        "revision": 1,
        "weights": "w",
        "surprise": surprise,
        "novelty": 0.5,
        "plasticity": 0.1,
        "fields": fields,
        "source": {"topic": "host.sensors", "partition": 0, "offset": 0},
    }


def track_of(percepts: list[dict[str, Any]]) -> Track:
    """All of them, in order."""
    track = Track()
    for item in percepts:
        track.add(item)
    return track
