"""Judging columns of lists and arrays by their length, depth and content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from encoders.schema.judgement import Case, Judgement
from encoders.schema.names import last_part, words
from encoders.schema.texts import numeral

SHORTEST_WAVEFORM = 24
"""Numbers in a list from which it is taken for a stretch of a signal, unless its name says otherwise."""
SHORTEST_SIGNAL = 12
"""The same where its name, or a sampling rate beside it, says that it is one."""
FEWEST_BINS = 8
"""Numbers in a list from which it may be a spectrum or a scan."""
LARGEST_VECTOR = 4096
_UNIT_NORM = (0.98, 1.02)
_LOOKED_INTO = 64
_VECTOR = re.compile(
    r"embed|vector|vec$|feature|latent|weights|logits|descriptor|one_?hot|probab|joint|quantile|histogram"
)
_TURN = re.compile(r"^q$|quat|orient|rotation|attitude|^rot$|pose$")
_SPECTRUM = re.compile(
    r"spectr|fft|psd|freqs?_?bins|^bins$|mel|mfcc|harmonic|periodogram|third_?octave|octave|band_?power"
)
_RANGES = re.compile(r"^ranges?$|scan|lidar|laser|distances$")
_SIGNAL = re.compile(
    r"wave|acc|sample|signal|audio|ecg|eeg|ppg|emg|adc|vib|raw|trace|pcm|sound|buffer|burst|seism|mic$"
)
_RATE = {"fs", "rate", "sr", "sampling", "odr", "dt", "samplerate", "hz", "frequency"}
_RATE_HZ = re.compile(r"^(fs|sr|odr|rate)(_hz)?$|^sampl(e|ing)?_?(rate|freq|frequency)(_hz)?$")
_PLACE = re.compile(r"^lat_?(lon|lng|long)$|^latlon(g|alt)?$|^gps_?(position|pos|fix)?$|^geo_?(point|position)$")


def is_listed(value: object) -> bool:
    """Whether a value is a list or an array."""
    return isinstance(value, list | tuple | np.ndarray)


def holds_numbers(value: object) -> bool:
    """Whether a list or array holds mostly numbers, looking at its beginning."""
    if isinstance(value, np.ndarray):
        return cast("npt.NDArray[Any]", value).dtype.kind in "fiub"
    if not isinstance(value, list | tuple) or not value:
        return False
    begun = list(islice(cast("Sequence[Any]", value), _LOOKED_INTO))
    return sum(map(_is_number, begun)) >= 0.6 * len(begun)


def judged_list(case: Case) -> Judgement:
    """What a column is of which most values are lists or arrays."""
    values = [value for value in case.column.values if is_listed(value)]
    share = len(values) / len(case.column.values)
    name = "_".join(words(last_part(case.path)))
    filled = [value for value in values if len(value)]
    arrays = [value for value in filled if np.ndim(value) >= 2] if all(map(_is_array, filled)) else []
    if arrays:
        return _deep(name, arrays[0].shape, share)
    if not filled:
        return Judgement("unsupported", share, ("lists that are always empty",))
    if all(isinstance(entry, str) for value in filled for entry in islice(value, _LOOKED_INTO)):
        return Judgement("set", share, ("lists of words",))
    if all(map(is_listed, (value[0] for value in filled))):
        return _deep(name, (len(filled[0]), len(filled[0][0])), share)
    numeric = sum(map(holds_numbers, filled)) / len(filled)
    if numeric < 0.6:
        return Judgement("unsupported", share, ("lists of what no encoder takes",))
    return _numbers(case, name, filled, round(share * numeric, 3))


def _numbers(case: Case, name: str, filled: Sequence[Any], trust: float) -> Judgement:
    lengths = Counter(map(len, filled))
    length, same = lengths.most_common(1)[0]
    middle = sorted(map(len, filled))[len(filled) // 2]
    shown = f"lists of {length} numbers" if len(lengths) == 1 else f"lists of {min(lengths)} to {max(lengths)} numbers"
    if length == 4 and same >= 0.9 * len(filled) and _is_turn(name, filled):
        return Judgement("quaternion", trust, (f"{shown} of unit norm",))
    if length in (2, 3) and _PLACE.search(name) and _on_earth(filled):
        return Judgement("position", trust * 0.9, (f"{shown}, the name, the range",))
    if _SPECTRUM.search(name) and middle >= FEWEST_BINS:
        return Judgement("spectrum", trust, (f"{shown}, the name",))
    if _RANGES.search(name) and middle >= FEWEST_BINS and _not_negative(filled):
        return Judgement("ranges", trust, (f"{shown}, none negative, the name",))
    sampled = any(_RATE.intersection(words(last_part(sibling.path))) for sibling in case.siblings)
    signal = _SIGNAL.search(name) is not None or sampled
    if not _VECTOR.search(name) and (middle >= SHORTEST_WAVEFORM or (signal and middle >= SHORTEST_SIGNAL)):
        rate = _rate(case)
        beside = ("a sampling rate beside it",) if sampled else ()
        return Judgement("waveform", trust, (shown, *beside), {} if rate is None else {"rate_hz": rate})
    if length > LARGEST_VECTOR:
        return Judgement("unsupported", trust, (f"{shown}, more than a vector holds",))
    return Judgement("vector", trust * same / len(filled), (shown,), {"size": length})


def _rate(case: Case) -> float | None:
    """Samples a second as a field beside the list says, where it never changes."""
    for sibling in case.siblings:
        if _RATE_HZ.search("_".join(words(last_part(sibling.path)))):
            rates = set(map(numeral, sibling.values))
            rate = rates.pop() if len(rates) == 1 else None
            if rate is not None and 0.0 < rate <= 1e12:
                return rate
    return None


def _deep(name: str, shape: tuple[int, ...], share: float) -> Judgement:
    """Arrays of two dimensions and more, by the shape of the first."""
    shown = "arrays of " + " x ".join(map(str, shape))
    named = "point" in name or "cloud" in name
    if len(shape) == 2 and shape[1] == 3 and (named or shape[0] > 4):
        return Judgement("points", share, (shown,))
    if named:
        return Judgement("unsupported", share, (f"{shown}: points need three coordinates",))
    if len(shape) in (2, 3) and min(shape[:2]) >= 2:
        return Judgement("image", share * 0.9, (shown,))
    return Judgement("unsupported", share, (shown,))


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _floats(value: Sequence[Any]) -> list[float]:
    return [float(cast("float", entry)) for entry in value if isinstance(entry, int | float | np.integer | np.floating)]


def _is_turn(name: str, filled: Sequence[Any]) -> bool:
    """Whether lists of four are turns: nearly all of unit norm, and named so or not all alike."""
    fours = [four for four in map(_floats, filled) if len(four) == 4]
    unit = sum(_UNIT_NORM[0] <= sum(entry * entry for entry in four) ** 0.5 <= _UNIT_NORM[1] for four in fours)
    if not fours or unit < 0.9 * len(filled):
        return False
    return _TURN.search(name) is not None or (
        len(fours) >= 5 and not _VECTOR.search(name) and len({*map(tuple, fours)}) > 1
    )


def _on_earth(filled: Sequence[Any]) -> bool:
    pairs = map(_floats, filled)
    return all(len(pair) >= 2 and abs(pair[0]) <= 90.0 and abs(pair[1]) <= 180.0 for pair in pairs)


def _not_negative(filled: Sequence[Any]) -> bool:
    return all(entry >= 0.0 for value in filled for entry in _floats(list(islice(value, _LOOKED_INTO))))
