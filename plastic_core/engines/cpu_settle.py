"""What waits, carried out in plain loops: the arithmetic of cpu_sweep.py to the last bit, on plain arrays."""

from __future__ import annotations

import numpy as np

from plastic_core.compiled import compiled
from plastic_core.engines.lanes import fma
from plastic_core.rules import BOUND
from plastic_core.state import Float32, Int64


@compiled
def settle(
    trace: Float32,
    eligibility: Float32,
    count: Int64,
    decay: Float32,
    pre: Float32,
    gain: Float32,
    signal: Float32,
    leak: Float32,
    rate: Float32,
    bounded: bool,
) -> None:
    """In place: trace [B, N, N], eligibility likewise or empty; the others as in cpu_kernel.Fast and Slow, unpadded."""
    one, top = np.float32(1), np.float32(BOUND)
    own_leak, own_rate, eligible = len(leak) > 1, len(rate) > 1, len(eligibility) > 0
    streams, neurons, _ = trace.shape
    for b in range(streams):
        if count[b] == 0:
            continue
        for i in range(neurons):
            for j in range(neurons):
                kept = fma(-leak[i, j], decay[b, j], one) if own_leak else decay[b, j]
                before = eligibility[b, i, j] if eligible else trace[b, i, j]
                after = kept * before
                for c in range(count[b]):
                    taken = rate[i, j] * gain[b, c, j] if own_rate else gain[b, c, j]
                    after = fma(pre[b, c, i], taken, after)
                if eligible:
                    eligibility[b, i, j] = after
                    after = fma(signal[b, j], before, trace[b, i, j])
                if bounded and after > top:
                    after = top
                if bounded and after < -top:
                    after = -top
                trace[b, i, j] = after
