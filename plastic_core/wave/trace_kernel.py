"""The fused step of neurons and trace: one pass over N x N per stream and tick.

The write of tick t waits until tick t + 1 reads the trace: decay, rank-1 write and read are one pass then, and each
synapse is loaded and stored once.
"""

from __future__ import annotations

import math

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.clock import ClockMemory
from plastic_core.compiled import compiled
from plastic_core.squash import squash
from plastic_core.wave.clock_kernel import recalled
from plastic_core.wave.contract import Told


@compiled
def step_rows(
    told: Told,
    rate: Float32,
    decay: Float32,
    gain: Float32,
    bound: np.float32,
    into: Float32,
    recurrent: Float32,
    alpha: Float32,
    eta: Float32,
    bias: Float32,
    hidden: Float32,
    previous: Float32,
    pending: Float32,
    trace: Float32,
    clock: ClockMemory,
    norms: Float32,
) -> None:
    """WaveEngine.step for all rows; decay, gain [B, N]: the columns of the pending pair; norms [B]: the result."""
    neurons = len(bias)
    drive = np.empty(neurons, np.float32)
    zero = np.float32(0)
    width = told.x.shape[1]
    for b in range(len(told.rows)):
        r = told.rows[b]
        now, before, H = hidden[r], previous[r], trace[r]
        drive[:] = bias
        for c in range(told.used[b]):
            m = told.mixed[b, c]
            for j in range(neurons):
                drive[j] += m * into[c, j]
        for c in range(told.given[b], told.used[b]):
            m, s = told.mixed[b, c], told.surprise[b, c]
            d = recalled(clock.profile[r, c], clock.visits[r, c], told.ahead[b], m) - m
            for j in range(neurons):
                drive[j] += s * into[width + c, j] + d * into[2 * width + c, j]
        if pending[r] > zero:
            for i in range(neurons):
                x, x_before = now[i], before[i]
                for j in range(neurons):
                    synapse = H[i, j] * decay[b, j] + x_before * gain[b, j]
                    H[i, j] = synapse
                    drive[j] += x * (recurrent[i, j] + alpha[i, j] * synapse)
        else:
            for i in range(neurons):
                x = now[i]
                for j in range(neurons):
                    drive[j] += x * (recurrent[i, j] + alpha[i, j] * H[i, j])
        squash(drive)
        pre, post = zero, zero
        for j in range(neurons):
            before[j] = now[j]
            now[j] = drive[j]
            pre += before[j] * before[j]
            post += (eta[j] * now[j]) * (eta[j] * now[j])
        norm = np.float32(math.sqrt(pre)) * np.float32(math.sqrt(post))
        share = rate[b] * (bound / max(norm, bound))
        pending[r] = share
        norms[b] = share * norm
