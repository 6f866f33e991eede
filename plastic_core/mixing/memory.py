"""What is remembered of a stream's errors beyond their size: part of plastic_core.state.Memory.

Letters: C rows of a pool, D channels, M = min(D, company) channels that are expected from each other, G grades.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plastic_core.arrays import Float32, Float64, Int64
from plastic_core.economy import START
from plastic_core.new_codes import held
from plastic_core.readout import LARGEST_CODE

PASSED = (0.5, 1.0, 2.0, 4.0, 1.0)
LASTED = (1.5, 1.0, 1.0, 1.0, 1.0)
"""What is assumed to have come of earlier readings out of line, by grade."""


class ErrorsMemory(NamedTuple):
    """One row a stream; in units of the channel's own deviation but where codes are named."""

    together: Float32
    """float32[C, M, M]: mean product of the errors of the first M measured channels."""
    lived: Float32
    """float32[C]: ticks learned from."""
    size: Float32
    """float32[C, D]: mean squared residual, robust, over the variance that the correlation foretells."""
    latest: Float32
    """float32[C, D], code: the last reading that came."""
    held: Float32
    """float32[C, D]: odds of the sensor being stuck; 0 where the last reading was new."""
    repeats: Float32
    """float32[C, D, 2]: how often a reading repeats the one before it, after a new one and after a repeated one."""
    run: Float32
    """float32[C, D]: repetitions of the last reading so far."""
    rest: Float32
    """float32[C, D], code: where the channel stood still last, and was not to blame."""
    another: Float32
    """float32[C, D], code: the last reading where it was not believed, else what was foreseen in its place."""
    grade: Float32
    """float32[C, D]: how far out of line it was; 0 for not at all."""
    passed: Float32
    """float32[C, D, G]: how often, of late, readings of each grade were gone at the next tick."""
    lasted: Float32
    """float32[C, D, G]: how often they stayed."""
    moments: Float32
    """float32[C, D, 5], code^2: mean products for the learned gate, see gains.learned."""
    before: Float32
    """float32[C, D, 2], code: the last foreseen, and the reading minus that; 0 where there is none to learn from."""
    middle: Float32
    """float32[C, D], code: running mean of the readings."""
    calm: Float32
    """float32[C], sigmas: surprise up to which nothing is written into the trace, see plastic_core.economy."""


def initial(count: int, width: int, company: int) -> ErrorsMemory:
    """C streams that have erred in nothing yet."""
    largest = min(width, company)

    def zeros(*shape: int) -> Float32:
        return np.zeros((count, *shape), np.float32)

    def filled(*values: float) -> Float32:
        return np.tile(np.array(values, np.float32), (count, width, 1))

    return ErrorsMemory(
        together=np.tile(np.eye(largest, dtype=np.float32), (count, 1, 1)),
        lived=zeros(),
        size=np.ones((count, width), np.float32),
        latest=zeros(width),
        held=zeros(width),
        repeats=filled(0.3, 0.5),
        run=zeros(width),
        rest=zeros(width),
        another=zeros(width),
        grade=zeros(width),
        passed=filled(*PASSED),
        lasted=filled(*LASTED),
        moments=zeros(width, 5),
        before=zeros(width, 2),
        middle=zeros(width),
        calm=np.full(count, START, np.float32),
    )


def errors_in_new_codes(errors: ErrorsMemory, rows: Int64, gain: Float64, offset: Float64) -> dict[str, Float32]:
    """The arrays that change, for `rows`, with codes gain * old + offset, [B, D]; names as in ErrorsMemory."""
    limit = LARGEST_CODE
    before = errors.before[rows] * gain[:, :, None]
    before[:, :, 0] += offset
    return {
        "latest": held(errors.latest[rows] * gain + offset, limit),
        "rest": held(errors.rest[rows] * gain + offset, limit),
        "another": held(errors.another[rows] * gain + offset, limit),
        "middle": held(errors.middle[rows] * gain + offset, limit),
        "before": held(before, 2 * limit),
        "moments": held(errors.moments[rows] * gain[:, :, None] ** 2, 4 * limit**2),
    }
