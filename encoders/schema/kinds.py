"""What a column is: the one judgement, for the first messages of a topic and for a field that comes later."""

from __future__ import annotations

import math
from dataclasses import replace

from encoders.reading import SILENT
from encoders.schema.columns import Column, Observed
from encoders.schema.judgement import Case, Judgement
from encoders.schema.lists import is_listed, judged_list
from encoders.schema.numbers import judged_number
from encoders.schema.texts import is_none_sign, judged_text, numbers_of

MAJORITY = 0.6
"""Share of the values that must be of a kind."""


def judged(case: Case) -> Judgement:
    """Type, trust and reasons; never raises."""
    values = case.column.values
    told = [value for value in values if not is_none_sign(value)]
    kinds = {
        "list": sum(map(is_listed, told)),
        "truth": sum(isinstance(value, bool) for value in told),
        "text": sum(isinstance(value, str) for value in told),
        "number": sum(isinstance(value, int | float) and not isinstance(value, bool) for value in told),
    }
    kind = max(kinds, key=lambda name: kinds[name])
    if kind == "list" and kinds["list"]:
        return judged_list(case)
    if kind == "truth" and kinds["truth"]:
        return Judgement("boolean", kinds["truth"] / len(values), ("yes and no",))
    numbers = numbers_of(case.path, values)
    if numbers is not None:
        return judged_number(case, numbers, as_text=kinds["text"] > kinds["number"])
    if any(isinstance(value, str) for value in values):
        return judged_text(case)
    if kinds["number"]:
        return Judgement("number", kinds["number"] / len(values), ("numbers",))
    return Judgement("unsupported", 1.0, (f"values of type {type(values[0]).__name__}",))


def judged_alone(path: str, value: object) -> Judgement:
    """The judgement of one value, of a field that nothing is known of but its name."""
    column = Column(path, [value], [0])
    case = Case(column, Observed({path: column}, 1, [""], [math.nan], {0: SILENT}))
    found = judged(case)
    return replace(found, trust=0.5 * found.trust)
