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

from typing import NamedTuple, Protocol

from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.state import Memory

WAVE_RULES = ("hebb", "oja")
"""The rules that a wave can carry out, from plastic_core.rules.RULES: linear, without a signal."""


class Told(NamedTuple):
    """One tick of B streams, as every stage of an engine takes it."""

    rows: Int64
    """int64[B], all different, within the pool."""
    given: Int64
    """int64[B]: channels [0, given) come with the message and are not foretold (its time)."""
    used: Int64
    """int64[B]: channels in use, given <= used <= D."""
    x: Float32
    """float32[B, D]: input, 0 where nothing was sensed."""
    mixed: Float32
    """float32[B, D]: the percept."""
    surprise: Float32
    """float32[B, D]: error in standard deviations, held to [-4, 4]; 0 where nothing was sensed or expected."""
    sensed: Bool
    """bool[B, D]."""
    stale: Bool
    """bool[B, D]: channels whose expectation holds at the level."""
    now: Float64
    """float64[B] in [0, K): where the clock's hand stands; -1 where no time is known. See clock.py."""
    ahead: Float64
    """float64[B] in [0, K): where it will stand at the next tick, or -1."""
    share: Float32
    """float32[B] in [0, 1]: the part of a visit that lies behind this tick."""


class WaveEngine(Protocol):
    """Kernels bound to slow weights, a rule and settings; holds no stream's state."""

    @property
    def name(self) -> str:
        """Its key in the catalogue."""
        ...

    def learn(self, memory: Memory, told: Told) -> None:
        """Correct both readouts, judge the candidates and visit the clock's places; channels not sensed learn nothing.

        Changes memory.readout but for its short memory, and memory.clock's profile and visits. Channels never sensed
        before only visit.
        """
        ...

    def step(self, memory: Memory, told: Told, rate: Float32) -> Float32:
        """Write the pending pair into the trace, then move the neurons one tick on percept, surprise and clock.

        Changes hidden, previous, pending and trace. rate: float32[B] in [0, 1], share of eta for the new pair.
        Returns float32[B]: Frobenius norm of eta x y^T of the new pair, as far as it will be written.
        """
        ...

    def expect(self, memory: Memory, told: Told) -> None:
        """Take the percept into short memory and form the next expectation.

        `memory.episodes` and `memory.regimes` have taken it in already. Changes readout.short, parts and averages,
        level, expected, sensed and imagined. Channels never sensed stay 0.
        """
        ...
