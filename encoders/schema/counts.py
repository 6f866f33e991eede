"""Judging columns of numbers as counters: they rise stream by stream, and begin again now and then."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from encoders.schema.judgement import Case, Judgement
from encoders.schema.names import last_part, words
from encoders.schema.texts import numeral

FEWEST_STEPS = 6
"""Steps from which rising alone, without a telling name, makes a counter."""
_CERTAIN = {
    *("total", "counter", "cumulative", "odometer", "seq", "sequence", "uptime", "zaehlerstand", "zaehler", "sqn"),
    *("seqno", "seqnum", "seqnr", "fcnt", "cnt", "betriebsstunden", "mileage", "kilometerstand", "totalizer"),
}
_LIKELY = {
    *("count", "bytes", "octets", "packets", "pkts", "pulses", "ticks", "runtime", "cycles", "kwh", "wh", "mwh"),
    *("energy", "energie", "elapsed", "errors", "drops", "dropped", "hours", "steps", "frames", "requests", "rx"),
    *("tx", "produced", "revolutions", "restarts", "starts", "writes", "reads", "index", "number", "num", "interrupts"),
}
_MEASURED = {
    *("temp", "temperature", "pressure", "hpa", "alt", "altitude", "height", "level", "speed", "velocity", "rpm"),
    *("humidity", "rh", "hum", "voltage", "volt", "current", "power", "load", "soc", "battery", "position", "pos"),
    *("depth", "distance", "dist", "weight", "price", "rate", "hr", "bpm", "pct", "percent", "ppm", "lux", "flow"),
    *("signal", "rssi", "snr", "free", "used", "usage", "memory", "mem", "c", "f", "v", "a", "w", "mm", "cm", "hz"),
    *("torque", "force", "torr", "co", "pm", "noise", "db", "dbm", "moisture", "radiation", "uv", "age", "frequency"),
}


def judged_counter(case: Case, numbers: Sequence[float]) -> Judgement | None:
    """A counter; None for what is none. numbers: all of the column."""
    said = set(words(last_part(case.path)))
    certain, likely, measured = bool(said & _CERTAIN), bool(said & _LIKELY), bool(said & _MEASURED)
    if min(numbers) < 0.0 or (measured and not certain):
        return None
    whole = all(number == int(number) for number in numbers)
    up, down, resets = _steps(case)
    steps = up + down
    moves = f"rises in {up} of {up + down} steps, falls in {down}"
    if certain and not steps and (whole or len(numbers) == 1):
        return Judgement("counter", 0.6, ("the name", "it has not moved"))
    if certain and up > 0 and down <= max(1.0, 0.3 * steps):
        return Judgement("counter", 0.95, ("the name", moves))
    if likely and up > 1 and down <= max(1.0, 0.15 * steps):
        return Judgement("counter", 0.9, ("the name", moves))
    if whole and up >= FEWEST_STEPS and down == resets and down <= max(1.0, 0.1 * steps) and not _is_still(case, up):
        return Judgement("counter", 0.8, ("whole numbers", moves))
    return None


def _steps(case: Case) -> tuple[int, int, int]:
    """Steps up and down over all streams, and how many of those down lose more than half: a new beginning."""
    up = down = resets = 0
    for series in case.observed.series(case.column):
        numbers = [number for number in map(numeral, series) if number is not None]
        for before, after in pairwise(numbers):
            up += after > before
            down += after < before
            resets += after < before / 2.0
    return up, down, resets


def _is_still(case: Case, up: int) -> bool:
    """Whether it stands still so often that it is a level that happens to rise."""
    return up < 0.3 * max(len(case.column.values) - len(case.observed.series(case.column)), 1)
