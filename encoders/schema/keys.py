"""Finding the time key and the id key among the columns of the first messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from encoders.instant import SECONDS_PER, event_seconds, is_iso, is_zoned
from encoders.schema.columns import ANY_RANGE_S, Column, Observed
from encoders.schema.names import NEVER_NAMES, depth, id_score, last_part, time_score
from encoders.schema.topic import IdKey, TimeKey, TimeUnit

NAMELESS_RANGE_S = (1_420_070_400.0, 2_208_988_800.0)
"""2015 to 2040: where the numbers of a field with no telling name count as time, if they rise evenly."""
MOSTLY = 0.9
"""Share of the values that must agree where the name says nothing."""
MAJORITY = 0.6
"""The same where it does, and share of the messages that must hold a key."""
FEWEST_TO_JUDGE = 8
"""Values below which nothing is said from how they repeat or rise."""
_LONGEST_ID = 128
_LABEL = re.compile(
    r"^(?:[A-Za-z]+[-_:./]?\d+|[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})$"
)
"""sensor-7, eth0, DEHH008; a MAC address; a UUID."""
_BARE = {"id", "uuid", "guid", "name", "uid"}
"""Names that messages use for themselves as often as for their sender."""


def time_key(observed: Observed) -> TimeKey | None:
    """The likeliest time key, None where no field is one."""
    best: TimeKey | None = None
    rank = (0.0, 0)
    for path, column in observed.columns.items():
        unit, trust = _unit(column)
        own = (trust * (0.5 + 0.5 * len(column.values) / observed.count), -depth(path))
        if unit is not None and own > rank:
            best, rank = TimeKey(path=path, unit=unit, confidence=round(min(own[0], 1.0), 3)), own
    return best


def id_key(observed: Observed, time: TimeKey | None) -> IdKey | None:
    """The likeliest id key, None where no field is one."""
    best: IdKey | None = None
    rank = (0.0, 0)
    for path, column in observed.columns.items():
        if time is not None and path == time.path:
            continue
        own = (round(_id_trust(column, observed.count), 6), -depth(path))
        if own[0] > 0.0 and own > rank:
            best, rank = IdKey(path=path, confidence=round(own[0], 3)), own
    return best


def names_streams(column: Column) -> bool:
    """Whether nearly all values of a column could be the name of something."""
    return sum(map(_may_name, column.values)) >= MOSTLY * len(column.values)


def unit_of(column: Column) -> TimeUnit | None:
    """The unit in which most of a column's values are moments, the first one of equals; None for no moments.

    A sender that changes its unit on the way is still one.
    """
    votes: Counter[TimeUnit] = Counter(unit for unit in map(_unit_of_value, column.values) if unit is not None)
    if not votes or sum(votes.values()) < MAJORITY * len(column.values):
        return None
    return max(votes, key=lambda unit: votes[unit])


def _unit_of_value(value: object) -> TimeUnit | None:
    if isinstance(value, str) and is_iso(value):
        return "iso" if is_zoned(value) else "iso-local"
    for unit in SECONDS_PER:
        if ANY_RANGE_S[0] <= event_seconds(value, unit) <= ANY_RANGE_S[1]:
            return unit
    return None


def _unit(column: Column) -> tuple[TimeUnit | None, float]:
    """The unit in which these values are time, and how sure that is."""
    unit, name = unit_of(column), time_score(column.path)
    if unit is None:
        return None, 0.0
    seconds = [event_seconds(value, unit) for value in column.values]
    seconds = [second for second in seconds if second == second]
    still = 0.5 if len(seconds) >= FEWEST_TO_JUDGE and len(set(seconds)) == 1 else 1.0
    if unit in ("iso", "iso-local"):
        return unit, still * (0.45 + 0.45 * name + 0.1 * _rising(seconds))
    if name > 0.0:
        return unit, still * (0.3 + 0.5 * name + 0.2 * _rising(seconds))
    seldom = any(isinstance(value, str) for value in column.values) or len(seconds) < MOSTLY * len(column.values)
    return (unit, 0.4) if _even(seconds) and not seldom else (None, 0.0)


def _rising(seconds: Sequence[float]) -> float:
    """Share of steps that do not go back; a half where there is no step."""
    steps = [later >= earlier for earlier, later in pairwise(seconds)]
    return sum(steps) / len(steps) if steps else 0.5


def _even(seconds: Sequence[float]) -> bool:
    """Whether the moments mostly rise in steps of much the same size, as a clock's would."""
    steps = [later - earlier for earlier, later in pairwise(seconds)]
    forward = sorted(step for step in steps if step > 0.0)
    if len(steps) < FEWEST_TO_JUDGE or len(forward) < 0.8 * len(steps):
        return False
    if not all(NAMELESS_RANGE_S[0] <= second <= NAMELESS_RANGE_S[1] for second in seconds):
        return False
    middle = forward[len(forward) // 2]
    return sum(middle / 2.0 <= step <= middle * 2.0 for step in forward) >= MOSTLY * len(forward)


def _id_trust(column: Column, readings: int) -> float:
    """How sure it is that these values name the thing that measures; 0 where they do not."""
    path, values = column.path, column.values
    symbols = [str(value) for value in values if _may_name(value)]
    if not names_streams(column) or len(values) < MAJORITY * readings:
        return 0.0
    different, name = len(set(symbols)), id_score(path)
    judged = len(symbols) >= FEWEST_TO_JUDGE
    repeated = 1.0 - (different - 1) / len(symbols)
    if judged and repeated < 0.4 and (_counts_up(values) or last_part(path).lower() in _BARE):
        return 0.0
    if judged and repeated < 0.5 and name < 0.9 and not any(isinstance(value, str) for value in values):
        return 0.0  # whole numbers that hardly repeat are measured (motor: 1480)
    if name > 0.0:
        return (0.8 * name + 0.1 * repeated + 0.1 * len(values) / readings) * (1.0 if repeated >= 0.4 else 0.9)
    if not judged or NEVER_NAMES.search(last_part(path).lower()):
        return 0.0
    labels = all(_LABEL.match(symbol) for symbol in symbols)
    return 0.4 * repeated if labels and 2 * different <= len(symbols) else 0.0


def _may_name(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_ID and not is_iso(value) and len(value.split()) <= 4
    return isinstance(value, int) and not isinstance(value, bool)


def _counts_up(values: Sequence[object]) -> bool:
    """A sequence number: whole numbers, also as text, mostly above the one before."""
    try:
        numbers = [int(str(value)) for value in values]
    except ValueError:
        return False
    steps = [later > earlier for earlier, later in pairwise(numbers)]
    return sum(steps) >= 0.8 * len(steps)


def taken(time: TimeKey | None, identity: IdKey | None) -> Mapping[str, str]:
    """Path -> role of the fields that are keys."""
    return {key.path: role for key, role in ((time, "event time"), (identity, "stream id")) if key is not None}
