"""What novelty is judged by, where codes alone do not tell: values beyond the coded range, and where clocks end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from encoders.circumstances import Circumstances
from encoders.plan import EncodedRows, Plan
from encoders.reading import Fields
from plastic_core.state import Float32, Float64

FURTHEST = 1e6
"""Code units; further is as new as this."""


def reached(
    plan: Plan,
    fields: Sequence[Fields],
    times: Float64,
    came: Circumstances,
    encoded: EncodedRows,
    translation: tuple[Float64, Float64] | None,
) -> Float32:
    """float32[B, D]: the codes as they would be without limits.

    A value beyond its range ends at the limit, and widens the range at once: where a range was revised, the value's
    new code is told in old ones. translation: new = gain * old + offset, where any changed.
    """
    if translation is None:
        return encoded.x
    gain, offset = translation
    again = plan.encode(fields, times, encoded.state, came).x.astype(np.float64)
    changed = encoded.sensed & (gain > 0) & ((gain != 1) | (offset != 0))
    old = np.divide(again - offset, gain, out=encoded.x.astype(np.float64), where=changed)
    return np.clip(old, -FURTHEST, FURTHEST).astype(np.float32)
