"""What a service calls: one wave of ticks for B streams at once, numpy in and out.

    mixture = core.mix(memory, rows, x, sensed, used)      # expectation meets input
    core.learn(memory, rows, mixture, used)                # the readout learns from its error
    plasticity = core.step(memory, rows, mixture, used)    # neurons and trace take one step
    expected = core.expect(memory, rows, mixture, used)    # what the next tick should bring

Each call works on the rows of the pool `memory` named by `rows`, int64[B], all different, in place. `used`, int64[B],
says how many channels of each stream are in use: blocks are given out from channel 0 on, so these are the first ones;
the others cost nothing and stay zero. A stream's result never depends on the others of its wave, to the last bit.

Letters: B streams, C rows of the pool, D channels, N neurons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from plastic_core.mixing import MixingSettings, Mixture
from plastic_core.state import Bool, Float32, Int64, Memory


@dataclass(frozen=True)
class CoreConfig:
    """What a core is made of; the same config gives the same slow weights, byte for byte."""

    neurons: int = 128
    """N."""
    width: int = 64
    """D, channels of the input vector."""
    rule: Literal["hebb", "oja"] = "oja"
    """Plasticity rule of the recurrent trace."""
    seed: int = 0
    """From which the slow weights are drawn."""
    engine: Literal["cpu", "reference"] = "cpu"
    """Kernels that step; `cpu` needs numba, `reference` torch. Does not enter the version."""
    mixing: MixingSettings = field(default_factory=MixingSettings)


@dataclass(frozen=True)
class Core:
    """Slow weights, settings and an engine; holds no stream's state. Build with `Core.build`."""

    config: CoreConfig

    @staticmethod
    def build(config: CoreConfig) -> Core:
        """Draw the slow weights from the seed and load the engine. Raises ValueError on impossible sizes or names."""
        raise NotImplementedError

    @property
    def version(self) -> str:
        """Hash (blake2b, 16 bytes, hexadecimal) of slow weights and settings: equal versions give equal results."""
        raise NotImplementedError

    def initial(self, count: int) -> Memory:
        """A pool of `count` streams that have lived through nothing yet."""
        raise NotImplementedError

    def mix(self, memory: Memory, rows: Int64, x: Float32, sensed: Bool, used: Int64) -> Mixture:
        """Weigh input against expectation; changes nothing.

        x: float32[B, D], codes of this tick. sensed: bool[B, D]; False, NaN and infinity all mean missing.
        """
        raise NotImplementedError

    def learn(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64) -> None:
        """Correct the readout and the variances by this tick's error; leave out to freeze what was learned."""
        raise NotImplementedError

    def step(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64, rate: Float32 | None = None) -> Float32:
        """Move neurons and trace one tick on what was perceived.

        rate: float32[B] in [0, 1] scales the trace's learning rate (0: frozen); None for 1.
        Returns plasticity, float32[B] >= 0: Frobenius norm of the trace's write.
        """
        raise NotImplementedError

    def expect(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64) -> Float32:
        """Take the percept into short memory and say what the next tick should bring, float32[B, D].

        The same numbers are kept in `memory.expected[rows]`; `memory.revision[rows]` goes up by one.
        """
        raise NotImplementedError

    def rescale(self, memory: Memory, rows: Int64, gain: Float32, offset: Float32) -> None:
        """Re-express memories after an encoder changed its codes: new code = gain * old code + offset.

        gain, offset: float32[B, D], gain > 0 (1 and 0 where nothing changed). What is expected, and what will be
        expected after any further input, stays the same in the sensor's unit, up to rounding. Call it between ticks:
        before `mix` with the first input in new codes.
        """
        raise NotImplementedError
