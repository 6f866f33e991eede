"""Judging columns of text: numbers in disguise, moments, truth, symbols, or prose."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from encoders.instant import is_iso
from encoders.schema.judgement import Case, Judgement
from encoders.schema.names import last_part, words

NONE_SIGNS = {"", "-", "--", "---", "n/a", "na", "nan", "null", "none", "nil", "?", "#n/a", "unknown", "missing", "."}
"""What senders write for "no value", in lower case."""
NUMERIC_SHARE = 0.6
"""Of values sent as text that are no sign for "none", the share that must be numbers."""
_NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_CODE = re.compile(r"[+-]?0\d")
"""Leading zeros: a code, not a number."""
_CODE_WORDS = {"version", "fw", "hw", "sw", "firmware", "model", "code", "type", "revision", "rev", "zip", "postcode"}
_PROSE_WORDS = {
    *("message", "msg", "text", "log", "comment", "note", "notes", "description", "remark", "body", "line"),
    *("bemerkung", "kommentar", "beschreibung", "meldung", "sentence", "details", "detail", "transcript"),
}
_WORDS_OF_PROSE, _CHARACTERS_OF_PROSE = 3.0, 16.0
_TRUTH = {"true", "false"}


def numeral(value: object) -> float | None:
    """The number that a value is or says; None for others, codes with leading zeros among them."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return None
    if not isinstance(value, str):
        return None
    text = value.strip()
    return float(text) if len(text) <= 40 and _NUMERAL.fullmatch(text) and not _CODE.match(text) else None


def is_none_sign(value: object) -> bool:
    """Whether a value is text that says that there is none."""
    return isinstance(value, str) and value.strip().lower() in NONE_SIGNS


def numbers_of(path: str, values: Sequence[object]) -> list[float] | None:
    """The numbers that these values are or say; None where too few of them do."""
    told = [value for value in values if not is_none_sign(value)]
    numbers = [number for number in map(numeral, told) if number is not None and math.isfinite(number)]
    if not numbers or len(numbers) < NUMERIC_SHARE * len(told):
        return None
    as_text = [value for value in told if isinstance(value, str)]
    if len(as_text) > len(told) / 2 and (
        any(_CODE.match(text.strip()) for text in as_text) or _CODE_WORDS.intersection(words(last_part(path)))
    ):
        return None
    return numbers


def judged_text(case: Case) -> Judgement:
    """What a column is of which most values are text, and not numbers as text."""
    texts = [value for value in case.column.values if isinstance(value, str)]
    share = len(texts) / len(case.column.values)
    moments = sum(map(is_iso, texts))
    if moments >= 0.6 * len(texts):
        return Judgement("datetime", share * moments / len(texts), ("dates with times",))
    if all(text.lower() in _TRUTH for text in texts):
        return Judgement("boolean", share, ("the words true and false",))
    different = len(set(texts))
    counted = sum(len(text.split()) for text in texts) / len(texts)
    length = sum(map(len, texts)) / len(texts)
    shown = f"{different} different in {len(texts)}, {counted:.1f} words each"
    if counted >= _WORDS_OF_PROSE and length >= _CHARACTERS_OF_PROSE:
        named = bool(_PROSE_WORDS.intersection(words(last_part(case.path))))
        if named or different > max(1.0, 0.3 * len(texts)) or (len(texts) == 1 and counted >= 5):
            return Judgement("text", share * (0.9 if named else 0.75), (f"sentences: {shown}",))
    return Judgement("category", share, (f"symbols: {shown}",))
