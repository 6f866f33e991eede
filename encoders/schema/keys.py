"""Finding the time key and the id key among the columns of the first messages.

A column holds a field's values in order of arrival, without nulls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from encoders.instant import SECONDS_PER, event_seconds, is_iso
from encoders.schema.names import depth, id_score, time_score
from encoders.schema.topic import IdKey, TimeKey, TimeUnit

Columns = Mapping[str, Sequence[object]]

NAMED_RANGE_S = (946_684_800.0, 4_102_444_800.0)
"""2000 to 2100: where the numbers of a field with a telling name count as time. Units leave no overlap in it."""
NAMELESS_RANGE_S = (1_420_070_400.0, 2_208_988_800.0)
"""2015 to 2040: where those of a field with any other name do, if they rise evenly."""
MOSTLY = 0.9
"""Share of the values that must agree."""
FEWEST_TO_JUDGE = 8
"""Values below which nothing is said from how they repeat or rise."""
_LONGEST_ID = 128
_LABEL = re.compile(
    r"^(?:[A-Za-z]+[-_:./]?\d+|[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})$"
)
"""sensor-7, eth0, DEHH008; a MAC address; a UUID."""


def time_key(columns: Columns) -> TimeKey | None:
    """The likeliest time key, None where no field is one."""
    best: TimeKey | None = None
    rank = (0.0, 0, "")
    for path, values in columns.items():
        unit, trust = _unit(path, values)
        own = (trust, -depth(path), "")
        if unit is not None and own[:2] > rank[:2]:
            best, rank = TimeKey(path=path, unit=unit, confidence=round(min(trust, 1.0), 3)), own
    return best


def id_key(columns: Columns, messages: int, time: TimeKey | None) -> IdKey | None:
    """The likeliest id key, None where no field is one. messages: how many the columns come from."""
    best: IdKey | None = None
    rank = (0.0, 0)
    for path, values in columns.items():
        if time is not None and path == time.path:
            continue
        own = (_id_trust(path, values, messages), -depth(path))
        if own[0] > 0.0 and own > rank:
            best, rank = IdKey(path=path, confidence=round(own[0], 3)), own
    return best


def _unit(path: str, values: Sequence[object]) -> tuple[TimeUnit | None, float]:
    """The unit in which these values are time, and how sure that is."""
    name = time_score(path)
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) >= MOSTLY * len(values) and sum(map(is_iso, texts)) >= MOSTLY * len(values):
        return "iso", 0.5 + 0.4 * name + 0.1 * _rising([event_seconds(text, "iso") for text in texts])
    lowest, highest = NAMED_RANGE_S if name > 0.0 else NAMELESS_RANGE_S
    for unit in SECONDS_PER:
        seconds = [event_seconds(value, unit) for value in values]
        plausible = [second for second in seconds if lowest <= second <= highest]
        if len(plausible) < MOSTLY * len(values):
            continue
        if name > 0.0:
            return unit, 0.3 + 0.5 * name + 0.2 * _rising(plausible)
        return (unit, 0.4) if _even(plausible) and not texts else (None, 0.0)
    return None, 0.0


def _rising(seconds: Sequence[float]) -> float:
    """Share of steps that do not go back; a half where there is no step."""
    steps = [later >= earlier for earlier, later in pairwise(seconds)]
    return sum(steps) / len(steps) if steps else 0.5


def _even(seconds: Sequence[float]) -> bool:
    """Whether the moments rise in steps of much the same size, as a clock's would."""
    steps = [later - earlier for earlier, later in pairwise(seconds)]
    if len(steps) < FEWEST_TO_JUDGE or min(steps) <= 0.0:
        return False
    return max(steps) <= 2.0 * min(steps)


def _id_trust(path: str, values: Sequence[object], messages: int) -> float:
    """How sure it is that these values name the thing that measures; 0 where they do not."""
    symbols = [str(value) for value in values if _may_name(value)]
    if not symbols or len(symbols) < len(values) or len(values) < MOSTLY * messages:
        return 0.0
    different = len(set(symbols))
    name = id_score(path)
    judged = len(symbols) >= FEWEST_TO_JUDGE
    if judged and different == len(symbols) and (_counts_up(values) or _is_bare(path)):
        return 0.0
    repeated = 1.0 - (different - 1) / len(symbols)
    if name > 0.0:
        return 0.8 * name + 0.2 * repeated
    labels = all(_LABEL.match(symbol) for symbol in symbols)
    return 0.4 * repeated if judged and labels and 2 * different <= len(symbols) else 0.0


def _may_name(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_ID and not is_iso(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_bare(path: str) -> bool:
    """Names that messages use for themselves as often as for their sender."""
    return path.lower() in {"id", "uuid", "guid", "name"}


def _counts_up(values: Sequence[object]) -> bool:
    """A sequence number: whole numbers, also as text, each above the one before."""
    try:
        numbers = [int(str(value)) for value in values]
    except ValueError:
        return False
    return all(later > earlier for earlier, later in pairwise(numbers))
