"""The engine `cpu`: fused numba kernels, one thread, no GIL, in place on the pool. See WaveEngine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plastic_core.readout import LARGEST_CODE, ReadoutSettings
from plastic_core.rules import RULES, WRITE_BOUND, columns
from plastic_core.slow import SlowWeights
from plastic_core.state import Bool, Float32, Int64, Memory
from plastic_core.wave.readout_kernel import expect_rows, learn_rows
from plastic_core.wave.trace_kernel import step_rows


@dataclass(frozen=True)
class CpuWave:
    """See WaveEngine."""

    slow: SlowWeights
    rule: str
    settings: ReadoutSettings

    @property
    def name(self) -> str:
        """See WaveEngine."""
        return "cpu"

    def step(self, memory: Memory, rows: Int64, mixed: Float32, used: Int64, rate: Float32) -> Float32:
        """See WaveEngine."""
        slow = self.slow
        pending = memory.pending[rows][:, None]
        eta = slow.eta * pending
        told = columns(RULES[self.rule].drive(memory.hidden[rows], np.float32(1)), eta, eta)
        shape = (len(rows), len(slow.bias))
        norms = np.zeros(len(rows), np.float32)
        step_rows(
            rows,
            used,
            mixed,
            rate,
            np.ascontiguousarray(np.broadcast_to(told.decay, shape)),
            np.ascontiguousarray(np.broadcast_to(told.gain, shape)),
            np.float32(WRITE_BOUND),
            slow.input,
            slow.recurrent,
            slow.alpha,
            slow.eta,
            slow.bias,
            memory.hidden,
            memory.previous,
            memory.pending,
            memory.trace,
            norms,
        )
        return norms

    def learn(self, memory: Memory, rows: Int64, x: Float32, sensed: Bool, used: Int64) -> None:
        """See WaveEngine."""
        settings = self.settings
        learn_rows(
            rows,
            used,
            x,
            sensed,
            np.float32(settings.forgetting),
            np.float32(settings.ceiling),
            np.float32(1 / settings.regularisation),
            np.float32(settings.rate),
            np.float32(settings.horizon_ticks),
            np.float32(settings.reach_forgetting),
            memory.hidden,
            memory.readout,
            memory.own_readout,
            memory.inverse,
            memory.short,
            memory.parts,
            memory.losses,
            memory.reach,
            memory.level,
            memory.sensed,
        )

    def expect(
        self, memory: Memory, rows: Int64, x: Float32, mixed: Float32, sensed: Bool, used: Int64, still: Bool
    ) -> None:
        """See WaveEngine."""
        expect_rows(
            rows,
            used,
            x,
            mixed,
            sensed,
            still,
            self.settings.shares,
            np.float32(LARGEST_CODE),
            memory.hidden,
            memory.readout,
            memory.own_readout,
            memory.short,
            memory.parts,
            memory.losses,
            memory.reach,
            memory.averages,
            memory.level,
            memory.expected,
            memory.sensed,
            memory.imagined,
        )
