"""The seam between the core and its number crunching: what every engine promises.

Held for every engine of the catalogue by tests/contracts/test_wave_engines.py:

- it changes the named rows of the memory in place, and no others;
- a row's result does not depend on the other rows, their number or their order: the same bytes, always (engine `cpu`;
  `reference` promises the same numbers to rounding);
- all engines agree with `reference` to float32 rounding;
- finite memories stay finite for any finite input within [-8, 8].

Letters: B rows of the wave, C rows of the pool, D channels, N neurons.
"""

from __future__ import annotations

from typing import Protocol

from plastic_core.state import Bool, Float32, Int64, Memory

WAVE_RULES = ("hebb", "oja")
"""The rules that a wave can carry out, from plastic_core.rules.RULES: linear, without a signal."""


class WaveEngine(Protocol):
    """Kernels bound to slow weights, a rule and readout settings; holds no stream's state.

    rows: int64[B], all different, within the pool. used: int64[B], channels in use, within [0, D].
    """

    @property
    def name(self) -> str:
        """Its key in the catalogue."""
        ...

    def step(self, memory: Memory, rows: Int64, mixed: Float32, used: Int64, rate: Float32) -> Float32:
        """Write the pending pair into the trace, then move the neurons one tick on mixed [B, D].

        Changes hidden, previous, pending and trace. rate: float32[B] in [0, 1], share of eta for the new pair.
        Returns float32[B]: Frobenius norm of eta x y^T of the new pair, as far as it will be written.
        """
        ...

    def learn(self, memory: Memory, rows: Int64, x: Float32, sensed: Bool, used: Int64) -> None:
        """Correct both readouts and judge the candidates by x [B, D]; channels not sensed learn nothing.

        Changes readout, own_readout, inverse, losses and reach. Channels never sensed before are left alone.
        """
        ...

    def expect(
        self, memory: Memory, rows: Int64, x: Float32, mixed: Float32, sensed: Bool, used: Int64, still: Bool
    ) -> None:
        """Take the percept into short memory and form the next expectation.

        still: bool[B, D], channels whose expectation holds at the level. Changes short, parts, averages, level,
        expected, sensed and imagined. Channels never sensed stay zero.
        """
        ...
