"""The activity function of the compiled kernels."""

from __future__ import annotations

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.state import Float32


@compiled
def squash(values: Float32) -> None:
    """Tanh in place, to 4e-7, from + * / alone: the same bits on every machine, and vectorised.

    Lambert's continued fraction on a quarter of the argument, then tanh 2y = 2 t / (1 + t^2) twice; as fractions
    n / d all the way, t = n / d giving 2 n d / (n^2 + d^2), since a division takes longer than all the rest.
    """
    quarter, one, two = np.float32(0.25), np.float32(1), np.float32(2)
    for j in range(len(values)):
        y = min(max(values[j], np.float32(-9.5)), np.float32(9.5)) * quarter
        s = y * y
        over = y * (np.float32(135135) + s * (np.float32(17325) + s * (np.float32(378) + s)))
        under = np.float32(135135) + s * (np.float32(62370) + s * (np.float32(3150) + s * np.float32(28)))
        over, under = two * over * under, over * over + under * under
        t = two * over * under / (over * over + under * under)
        values[j] = min(max(t, -one), one)
