"""Judging columns of numbers: places, angles, truth, settings, codes, counters, moments; else plain numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from encoders.schema.angles import judged_angle, judged_place
from encoders.schema.counts import judged_counter
from encoders.schema.judgement import Case, Judgement
from encoders.schema.keys import FEWEST_TO_JUDGE, unit_of
from encoders.schema.names import last_part, says_truth, time_score, words
from encoders.schema.texts import numeral

MOST_CODES = 12
"""Different whole numbers in a field that is named like a state, up to which they are symbols."""
_SETTING = re.compile(
    r"^(fs|sr|odr|fps|df|dt|n|gain|scale|offset|sensitivity|resolution|length|size|samples|bins|hop|bits|channels|width"
    r"|height|exposure|decimation|interval|period|rate|freq|frequency|step|increment|start|stop|full_?scale|lsb|order)$"
    r"|sampl|^n_|num_|_(count|len|size|bits|channels|increment|step|min|max|resolution|gain|scale|rate)$|window|fft"
    r"|bit_?depth|range_(min|max)|angle_(min|max)|scan_time|full_scale|abtast|(start|stop|center|centre|min|max)_?freq"
)
_SAMPLING = re.compile(r"^(fs|sr|odr)$|^fs_|_fs$|sampl(e|ing)?_?(rate|freq|frequency|hz|interval|period)|abtastrate")
_CODES = {
    "state",
    "status",
    "mode",
    "code",
    "class",
    "category",
    "zustand",
    "modus",
    "gear",
    "error_code",
    "type",
    "stage",
}
_MEASURES = {
    "count",
    "num",
    "n",
    "level",
    "value",
    "temp",
    "rain",
    "index",
    "total",
    "speed",
    "score",
    "charge",
    "usage",
}


def judged_number(case: Case, numbers: Sequence[float], *, as_text: bool) -> Judgement:
    """What a column is whose values are numbers, or say them."""
    told = ("numbers as text",) if as_text else ()
    found = (
        _setting(case)
        or judged_place(case, numbers)
        or judged_angle(case, numbers)
        or _truth(case, numbers)
        or _moment(case)
        or _code(case, numbers)
        or judged_counter(case, numbers)
    )
    if found is not None:
        return Judgement(found.type, found.trust, (*told, *found.why), found.settings)
    share = len(numbers) / len(case.column.values)
    kept = "" if share == 1.0 else f", {len(case.column.values) - len(numbers)} values that are none"
    return Judgement("number", 0.8 if as_text else share, (*told, f"from {min(numbers):g} to {max(numbers):g}{kept}"))


def _setting(case: Case) -> Judgement | None:
    """A setting of the measurement: it never changes within a stream, and its name says so."""
    name = "_".join(words(last_part(case.path)))
    certain = _SAMPLING.search(name) is not None
    if not certain and not (case.has_array and _SETTING.search(name)):
        return None
    if any(len(set(map(numeral, series))) > 1 for series in case.observed.series(case.column)):
        return None
    beside = ("beside a list of numbers",) if case.has_array else ()
    return Judgement(
        "constant", 0.9 if case.has_array else 0.75, ("the name of a setting", "it never changes", *beside)
    )


def _truth(case: Case, numbers: Sequence[float]) -> Judgement | None:
    """0 and 1 as no and yes."""
    if not set(numbers) <= {0.0, 1.0} or any(isinstance(value, float) for value in case.column.values):
        return None
    if says_truth(case.path):
        return Judgement("boolean", 0.8, ("only 0 and 1", "the name"))
    said = set(words(last_part(case.path)))
    if len(set(numbers)) == 2 and len(numbers) >= FEWEST_TO_JUDGE and not said & (_CODES | _MEASURES):
        return Judgement("boolean", 0.6, ("only 0 and 1, both of them",))
    return None


def _moment(case: Case) -> Judgement | None:
    """Seconds since 1970 of something else than the measurement."""
    if time_score(case.path) > 0.0 and unit_of(case.column) == "s":
        return Judgement("datetime", 0.8, ("the name", "seconds since 1970"))
    return None


def _code(case: Case, numbers: Sequence[float]) -> Judgement | None:
    """Whole numbers that stand for states."""
    if not _CODES.intersection(words(last_part(case.path))) or any(number != int(number) for number in numbers):
        return None
    if len(set(numbers)) > min(MOST_CODES, max(1, len(numbers) // 2)):
        return None
    return Judgement("category", 0.7, ("whole numbers", "the name of a state"), {"numbers": True})
