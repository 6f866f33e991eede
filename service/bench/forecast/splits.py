"""Which rows are the first ones, skipped, and scored; and the given sets with theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from service.errors import UsageError


@dataclass(frozen=True)
class Split:
    """Three parts of a table, one after the other; what follows them is not looked at."""

    first: int
    """Rows whose mean and deviation make z-scores, and on which settings of baselines are chosen."""
    skip: int
    """Rows that are learned and not scored."""
    test: int
    """Rows that are scored."""

    @property
    def start(self) -> int:
        """The first scored row."""
        return self.first + self.skip

    @property
    def end(self) -> int:
        """The row after the last scored one."""
        return self.first + self.skip + self.test

    def times(self, factor: int) -> Split:
        """Every part so many times as long."""
        return Split(self.first * factor, self.skip * factor, self.test * factor)


HOURLY = Split(2880, 720, 10800)
"""Four months, one and fifteen of hourly rows: the protocol of FSNet for ETTh."""


def fifth_and_three_quarters(rows: int) -> Split:
    """The first 20%, and the last 75% as test: the protocol of FSNet for other sets."""
    first, test = rows // 5, rows * 3 // 4
    return Split(first, rows - first - test, test)


@dataclass(frozen=True)
class GivenSet:
    """A set that published figures exist for."""

    file: str
    """Name in DIR/ett."""
    split: Callable[[int], Split]
    """Of the rows in the file."""


GIVEN: dict[str, GivenSet] = {
    "ETTh1": GivenSet("ETTh1.csv", lambda _: HOURLY),
    "ETTh2": GivenSet("ETTh2.csv", lambda _: HOURLY),
    "ETTm1": GivenSet("ETTm1.csv", lambda _: HOURLY.times(4)),
    "ETTm1-14400": GivenSet("ETTm1.csv", lambda _: HOURLY),
    "ETTm2": GivenSet("ETTm2.csv", lambda _: HOURLY.times(4)),
    "WTH": GivenSet("WTH.csv", fifth_and_three_quarters),
}
"""Sets by name; ETTm1-14400 is what the papers call ETTm1, the first quarter of the file."""


def split_of(told: str) -> Split:
    """FIRST,SKIP,TEST as numbers. Raises UsageError.

    >>> split_of("2880,720,10800").start
    3600
    """
    if not re.fullmatch(r"\d+,\d+,\d+", told.replace(" ", "")):
        raise UsageError(f"--rows {told}: write FIRST,SKIP,TEST, three numbers of rows")
    return Split(*map(int, told.split(",")))


def refuse_impossible(name: str, split: Split, rows: int, horizon: int) -> None:
    """Raise UsageError where the table is too short for the split or a part of it for its purpose."""
    if split.first < 2:
        raise UsageError(f"{name}: FIRST must be at least 2 rows, they give mean and deviation")
    if split.test < horizon:
        raise UsageError(f"{name}: TEST must be at least the horizon, {horizon} rows")
    if split.start < horizon:
        raise UsageError(f"{name}: FIRST and SKIP together must be at least the horizon, {horizon} rows")
    if split.end > rows:
        raise UsageError(f"{name}: {split.end} rows are asked for, the file has {rows}")
