from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from encoders.checks import Example
from tests.contracts.encoder_examples.signals import LEVELS, NO_ARRAYS, furthest


def entries_error(given: Any, back: Any) -> float:
    return furthest(np.array(given, dtype=np.float64).tolist(), back)


STRUCTURED: dict[str, Example] = {
    "vector": Example(
        values=st.lists(LEVELS, min_size=4, max_size=4),
        edges=([0, 0, 0, 0], [1e36, -1e36, 5e-324, 0.0], (1, 2, 3, 4), np.arange(4, dtype=np.int8), np.ones(4)),
        wrong=(*NO_ARRAYS, [1.0] * 3, [1.0] * 5, [1.0, 2.0, 3.0, None], np.zeros((2, 2))),
        error=entries_error,
        ramp=[[0.1 * k, 1.0, -0.1 * k, 2.0] for k in range(30)],
        history=[[0.0, 1.0, 0.0, 2.0], [3.0, 1.5, -3.0, 2.5], [1.0, 0.5, -1.0, 1.5]],
        config={"size": 4},
        hoard=lambda step: [float(step), 0.0, 1.0, -float(step)],
    ),
}
