"""`plastream bench encode`: field values a CPU second, of formats and of encoders; see encoders/bench/speed.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from encoders.bench.messages import WRITERS
from encoders.bench.speed import of_encoder, of_format
from encoders.catalogue import build
from encoders.formats.catalogue import FORMATS, FormatError, format_named
from encoders.specimens import SPECIMENS
from service.errors import UsageError

FORMAT_FIGURES = ("values_per_s", "readings_per_s", "decoding_share", "bytes_per_reading")
ENCODER_FIGURES = ("encoded_per_s", "decoded_per_s", "numbers_per_s", "width", "state_bytes")


def run(
    *,
    formats: Sequence[str] = (),
    encoders: Sequence[str] = (),
    readings: int = 20_000,
    streams: int = 200,
    rounds: int = 5,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> dict[str, Any]:
    """Measure these, or all that can be written here. Raises UsageError for names that are not there."""
    chosen = _chosen(formats, _writable(), "format")
    shown = _chosen(encoders, list(SPECIMENS), "encoder")
    steps = len(chosen) + len(shown)
    found: dict[str, Any] = {"formats": {}, "encoders": {}}
    for place, name in enumerate(chosen):
        progress(f"format {name}", place / steps)
        figures = of_format(name, count=readings, streams=streams, rounds=rounds)
        found["formats"][name] = _rounded(figures)
    for place, name in enumerate(shown, len(chosen)):
        progress(f"encoder {name}", place / steps)
        specimen = SPECIMENS[name]
        encoder = build(name, specimen.settings)
        figures = of_encoder(encoder, specimen.values(64), batch=streams, rounds=rounds)
        found["encoders"][name] = _rounded(figures)
    return found | {"readings": readings, "streams": streams, "rounds": rounds, "fields": 8, "threads": 1}


def rows(found: dict[str, dict[str, float]], figures: Sequence[str]) -> list[tuple[object, ...]]:
    """One row a format or encoder."""
    return [(name, *(_shown(own.get(figure)) for figure in figures)) for name, own in found.items()]


def _writable() -> list[str]:
    """Formats that the bench can write and that can be read here."""
    names: list[str] = []
    for name in WRITERS:
        try:
            if name in FORMATS:
                format_named(name)
                names.append(name)
        except FormatError:
            continue
    return names


def _chosen(asked: Sequence[str], there: Sequence[str], what: str) -> list[str]:
    unknown = [name for name in asked if name not in there]
    if unknown:
        raise UsageError(f"no {what} {unknown[0]!r} to measure: choose among {', '.join(there)}")
    return list(asked) or list(there)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
