"""The engine `cpu`: fused numba kernels, one thread, no GIL, in place on the pool. See WaveEngine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from plastic_core.arrays import Float32
from plastic_core.clock import ClockSettings
from plastic_core.readout import LARGEST_CODE, ReadoutSettings
from plastic_core.rules import RULES, WRITE_BOUND, columns
from plastic_core.slow import SlowWeights
from plastic_core.state import Memory
from plastic_core.wave.contract import Told
from plastic_core.wave.readout_kernel import Rates, expect_rows, learn_rows
from plastic_core.wave.trace_kernel import step_rows


@dataclass(frozen=True)
class CpuWave:
    """See WaveEngine."""

    slow: SlowWeights
    rule: str
    settings: ReadoutSettings
    clock: ClockSettings

    @property
    def name(self) -> str:
        """See WaveEngine."""
        return "cpu"

    @cached_property
    def _rates(self) -> Rates:
        settings = self.settings
        return Rates(
            shares=settings.shares,
            lags=settings.lags,
            forgetting=np.float32(settings.forgetting),
            joint_forgetting=np.float32(settings.joint_forgetting),
            joint=settings.joint,
            ceiling=np.float32(settings.ceiling),
            heed_prior=settings.prior,
            heed_forgetting=np.float32(settings.heed_forgetting),
            horizon=np.float32(settings.horizon_ticks),
            reach_forgetting=np.float32(settings.reach_forgetting),
            clock_rate=np.float32(self.clock.rate),
            limit=np.float32(LARGEST_CODE),
        )

    def learn(self, memory: Memory, told: Told) -> None:
        """See WaveEngine."""
        learn_rows(told, self._rates, memory.hidden, memory.level, memory.sensed, memory.readout, memory.clock)

    def step(self, memory: Memory, told: Told, rate: Float32) -> Float32:
        """See WaveEngine."""
        slow, rows = self.slow, told.rows
        eta = slow.eta * memory.pending[rows][:, None]
        written = columns(RULES[self.rule].drive(memory.hidden[rows], np.float32(1)), eta, eta)
        shape = (len(rows), len(slow.bias))
        norms = np.zeros(len(rows), np.float32)
        step_rows(
            told,
            rate,
            np.ascontiguousarray(np.broadcast_to(written.decay, shape)),
            np.ascontiguousarray(np.broadcast_to(written.gain, shape)),
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
            memory.clock,
            norms,
        )
        return norms

    def expect(self, memory: Memory, told: Told) -> None:
        """See WaveEngine."""
        expect_rows(
            told,
            self._rates,
            memory.hidden,
            memory.level,
            memory.expected,
            memory.sensed,
            memory.imagined,
            memory.readout,
            memory.clock,
            memory.episodes,
            memory.regimes,
        )
