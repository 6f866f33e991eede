"""The heads that engines share: episodes and regimes, by compiled kernels, each held to a reference of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from plastic_core.episodes import EpisodeSettings
from plastic_core.regimes import RegimeRates, RegimeSettings
from plastic_core.state import Memory
from plastic_core.wave.contract import Told
from plastic_core.wave.episode_kernel import EpisodeRates, rates_of, recall_rows
from plastic_core.wave.regime_kernel import regimes_expect_rows, regimes_learn_rows


@dataclass(frozen=True)
class Heads:
    """What is remembered beside network and readout; changes the named rows in place."""

    episodes: EpisodeSettings
    regimes: RegimeSettings

    def learn(self, memory: Memory, told: Told) -> None:
        """The bank judges its slots by what came, and lets the leader learn."""
        regimes_learn_rows(told, self._regime_rates, memory.regimes)

    def recall(self, memory: Memory, told: Told) -> None:
        """Percepts go into memory; what followed moments like this one comes out, and what each slot expects."""
        recall_rows(told, self._episode_rates, memory.episodes)
        regimes_expect_rows(told, self._regime_rates, memory.regimes)

    @cached_property
    def _episode_rates(self) -> EpisodeRates:
        return rates_of(self.episodes)

    @cached_property
    def _regime_rates(self) -> RegimeRates:
        return self.regimes.rates
