"""What every baseline promises: it learns each row once, in order, and says what it expects of the next.

Rows are numbers of any unit; methods with a prior (recursive least squares) suit values of about unit size, such as
z-scores. Nothing depends on later rows, on a clock or on chance.

Letters: C channels, H steps ahead.
"""

from __future__ import annotations

from typing import Protocol

from plastic_core.state import Float64


class Forecaster(Protocol):
    """One stream of C channels, lived through row by row."""

    def tick(self, row: Float64) -> Float64:
        """Learn this row, float64[C], NaN where a cell is missing; the expectation of the next row, float64[C].

        NaN is expected only of channels of which nothing has come yet.
        """
        ...


class FarForecaster(Protocol):
    """The same, H rows ahead: at row t only the rows up to t are known, to the learner as well."""

    def tick(self, row: Float64) -> Float64:
        """Learn this row, float64[C]; the expectation of the next H rows, float64[H, C]."""
        ...
