"""How expectation and input are weighed: the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Strategy = Literal["precision", "fixed", "gate", "off"]


@dataclass(frozen=True)
class MixingSettings:
    """How expectation and input are weighed."""

    strategy: Strategy = "gate"
    """How much of an ordinary reading is believed: see plastic_core.mixing.gains. `off`: all of it, and nothing is
    ever overridden."""
    fixed_gain: float = 0.5
    """The gain of the strategy `fixed`, in (0, 1]."""
    largest_noise: float = 0.15
    """Variance that the strategy `gate` lays to a sensor's own noise at most, as a share of its channel's (code^2)."""
    memory_ticks: float = 128.0
    """Time constant of the variance and noise estimates, sensed ticks."""
    surprise_sigmas: float = 3.0
    """Errors beyond this many standard deviations raise the gain at once, by their excess."""
    override_sigmas: float = 2.0
    """`overridden` is said where what is perceived lies further than this from the input."""
    reground_ticks: int = 3
    """A reading out of line may be overridden as a spike for at most so many ticks in a row."""
    stuck_ticks: int = 64
    """A sensor that repeats itself against all expectation is believed again after so many ticks."""
    company: int = 32
    """So many of a stream's measured channels, the first ones, are expected from each other too; at least 1."""
    company_ticks: float = 512.0
    """Time constant of what errors have in common, ticks."""
    longest_imagined: int = 600
    """Ticks after which a silent channel is stale: from then on its expectation holds still."""

    def __post_init__(self) -> None:
        if self.memory_ticks < 1 or self.surprise_sigmas <= 0 or self.override_sigmas <= 0 or self.longest_imagined < 1:
            raise ValueError("mixing settings: memory_ticks and longest_imagined >= 1, sigmas > 0")
        if self.reground_ticks < 1 or self.stuck_ticks < 1 or self.company < 1 or self.company_ticks < 1:
            raise ValueError("mixing settings: reground_ticks, stuck_ticks, company and company_ticks >= 1")
        if not 0 < self.fixed_gain <= 1 or self.strategy not in ("precision", "fixed", "gate", "off"):
            raise ValueError("mixing settings: strategy precision, fixed, gate or off; fixed_gain within (0, 1]")
