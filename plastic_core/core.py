"""What a service calls: one wave of ticks for B streams at once, numpy in and out.

    mixture = core.mix(memory, rows, x, sensed, used)      # expectation meets input
    judged = core.judge(memory, rows, mixture, used)       # how new is it
    core.learn(memory, rows, mixture, used)                # the readout learns from its error
    plasticity = core.step(memory, rows, mixture, used)    # neurons and trace take one step
    expected = core.expect(memory, rows, mixture, used)    # what the next tick should bring

Each call works on the rows of the pool `memory` named by `rows`, int64[B], all different, in place. `used`, int64[B],
says how many channels of each stream are in use: blocks are given out from channel 0 on, so these are the first ones;
the others cost nothing and stay zero. A stream's result never depends on the others of its wave, to the last bit.

Letters: B streams, C rows of the pool, D channels, N neurons.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from plastic_core import clock, episodes, readout, regimes
from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.clock import ClockSettings
from plastic_core.economy import EconomySettings, followed, worth
from plastic_core.episodes import EpisodeSettings
from plastic_core.mixing import memory as mixing_memory
from plastic_core.mixing.errors import Errors, tracked
from plastic_core.mixing.judging import doubted, foretold, remember
from plastic_core.mixing.mixture import Mixture
from plastic_core.mixing.settings import MixingSettings
from plastic_core.mixing.weighing import mixture as weighed
from plastic_core.mixing.weighing import spreads
from plastic_core.novelty.memory import NoveltySettings, blank, retell
from plastic_core.readout import LARGEST_CODE, ReadoutSettings
from plastic_core.regimes import RegimeSettings
from plastic_core.rescale import rescaled
from plastic_core.slow import SlowWeights, drawn
from plastic_core.state import Memory
from plastic_core.wave.catalogue import WAVE_ENGINES, heads
from plastic_core.wave.contract import WAVE_RULES, Told, WaveEngine

if TYPE_CHECKING:
    from plastic_core.novelty.judgement import Judgement
    from plastic_core.wave.heads import Heads

FORMAT = 6
"""Counts changes of the equations: other numbers from the same weights and settings are another version."""


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
    economy: EconomySettings = field(default_factory=EconomySettings)
    readout: ReadoutSettings = field(default_factory=ReadoutSettings)
    clock: ClockSettings = field(default_factory=ClockSettings)
    episodes: EpisodeSettings = field(default_factory=EpisodeSettings)
    regimes: RegimeSettings = field(default_factory=RegimeSettings)
    novelty: NoveltySettings = field(default_factory=NoveltySettings)


@dataclass(frozen=True)
class Core:
    """Slow weights, settings and an engine; holds no stream's state. Make one with `Core.build` or `Core.of`."""

    config: CoreConfig
    slow: SlowWeights
    engine: WaveEngine
    heads: Heads
    version: str
    """Hash (blake2b, 16 bytes, hexadecimal) of slow weights, rule and settings: equal versions give equal results."""

    @staticmethod
    def build(config: CoreConfig) -> Core:
        """Draw the slow weights from the seed and load the engine. Raises ValueError on impossible sizes or names."""
        return Core.of(config, drawn(config.neurons, config.width, config.seed))

    @staticmethod
    def of(config: CoreConfig, slow: SlowWeights) -> Core:
        """A core with given slow weights, trained or drawn. Raises ValueError where they do not fit the config."""
        if config.rule not in WAVE_RULES:
            raise ValueError(f"a core has no plasticity rule {config.rule!r}; there are {', '.join(WAVE_RULES)}")
        if config.engine not in WAVE_ENGINES:
            raise ValueError(f"no engine {config.engine!r}; there are {', '.join(WAVE_ENGINES)}")
        sizes = (slow.width, slow.neurons)
        if sizes != (config.width, config.neurons):
            raise ValueError(f"slow weights are for (D, N) = {sizes}, not {(config.width, config.neurons)}")
        parts = (
            config.mixing,
            config.economy,
            config.readout,
            config.clock,
            config.episodes,
            config.regimes,
            config.novelty,
        )
        told = f"{FORMAT} {slow.version} {config.rule} {' '.join(map(str, parts))}"
        version = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
        engine = WAVE_ENGINES[config.engine](slow, config.rule, config.readout, config.clock)
        return Core(config, slow, engine, heads(config.episodes, config.regimes), version)

    def initial(self, count: int) -> Memory:
        """A pool of `count` streams that have lived through nothing yet."""
        neurons, width = self.config.neurons, self.config.width
        by_channel = (count, width)

        def zeros(*shape: int) -> Float32:
            return np.zeros(shape, np.float32)

        return Memory(
            hidden=zeros(count, neurons),
            previous=zeros(count, neurons),
            pending=zeros(count),
            trace=zeros(count, neurons, neurons),
            readout=readout.initial(count, width, neurons, self.config.episodes.heads, self.config.readout),
            clock=clock.initial(count, width, self.config.clock),
            episodes=episodes.initial(count, width, self.config.episodes),
            regimes=regimes.initial(count, width, self.config.regimes),
            level=zeros(*by_channel),
            expected=zeros(*by_channel),
            variance=zeros(*by_channel),
            alternation=zeros(*by_channel),
            last_change=zeros(*by_channel),
            errors=mixing_memory.initial(count, width, self.config.mixing.company),
            sensed=np.zeros(by_channel, np.int64),
            imagined=np.zeros(by_channel, np.int64),
            revision=np.zeros(count, np.int64),
            novelty=blank(count, width, self.config.novelty),
        )

    def mix(
        self,
        memory: Memory,
        rows: Int64,
        x: Float32,
        sensed: Bool,
        used: Int64,
        stated: Float32 | None = None,
        *,
        times: Float64 | None = None,
        given: Int64 | None = None,
        measured: Bool | None = None,
    ) -> Mixture:
        """Weigh input against expectation; changes nothing.

        x: float32[B, D], codes of this tick, held to [-8, 8]. sensed: bool[B, D]; False, NaN and infinity all mean
        missing. stated: float32[B, D], standard deviations that the sensors state for this tick, code units; 0 where
        one does not. times: float64[B], seconds since 1970, NaN where unknown. given: int64[B], so many first channels
        come with the message and are not foretold. measured: bool[D], channels of single measurements: the others tell
        what one should have been, and far out of line it may be a fault; None for no channel. Raises IndexError where
        rows or used lie outside the pool.
        """
        self._check(memory, rows, used)
        places = np.arange(self.config.width)
        sensed = sensed & np.isfinite(x) & (places < used[:, None])
        limit = np.float32(LARGEST_CODE)
        told = np.zeros(len(rows), np.int64) if given is None else given
        x = np.clip(np.where(sensed, x, np.float32(0)), -limit, limit)
        fresh = sensed & ((places < told[:, None]) | (memory.sensed[rows] == 0))
        expected = np.where(fresh, x, memory.expected[rows])
        deviation, sensor = spreads(_errors(memory, rows), stated)
        doubts = doubted(memory, rows, used, x, sensed, measured, expected, deviation, self.config.mixing)
        moments = np.full(len(rows), np.nan) if times is None else times
        return weighed(
            x,
            sensed,
            expected,
            doubts,
            deviation,
            sensor,
            memory.errors.moments[rows],
            memory.sensed[rows],
            memory.imagined[rows],
            self.config.mixing,
            foretold=foretold(expected, memory.errors.latest[rows], memory.errors.held[rows]),
            hands=clock.looked_at(memory.clock, rows, moments, self.config.clock),
            given=told,
        )

    def judge(
        self,
        memory: Memory,
        rows: Int64,
        mixture: Mixture,
        used: Int64,
        reached: Float32 | None = None,
    ) -> Judgement:
        """Say how new this tick is, and take it in; call it between `mix` and `learn`, each tick.

        Given channels are not judged (a clock never surprises). reached: float32[B, D], the input in the same codes
        where it may lie beyond their limits; None for the input as it was mixed.
        """
        from plastic_core.novelty.judge import judge  # numba loads here and nowhere before

        self._check(memory, rows, used)
        x = mixture.input if reached is None else reached
        error = mixture.error + np.subtract(x, mixture.input, dtype=np.float32)
        return judge(memory.novelty, rows, x, error, mixture.sensed, used, self.config.novelty, mixture.given)

    def learn(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64) -> None:
        """Correct readout, clock and variances by this tick's error; leave out to freeze what was learned."""
        told = self._told(memory, rows, mixture, used)
        errors = tracked(
            _errors(memory, rows),
            mixture,
            memory.level[rows],
            memory.sensed[rows],
            memory.imagined[rows],
            self.config.mixing.memory_ticks,
        )
        remember(memory, rows, used, mixture, self.config.mixing)
        memory.errors.calm[rows] = followed(mixture.surprise, memory.errors.calm[rows], self.config.economy)
        memory.variance[rows] = errors.variance
        memory.alternation[rows] = errors.alternation
        memory.last_change[rows] = errors.last_change
        told = told._replace(sensed=mixture.believed)
        self.engine.learn(memory, told)
        self.heads.learn(memory, told)

    def worth(self, memory: Memory, rows: Int64, mixture: Mixture) -> Float32:
        """float32[B]: 1 where this tick surprises enough to be written into the trace, else 0: a rate for `step`.

        Ask between `mix` and `learn`.
        """
        return worth(mixture.surprise, memory.errors.calm[rows], memory.revision[rows], self.config.economy)

    def step(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64, rate: Float32 | None = None) -> Float32:
        """Move neurons and trace one tick on what was perceived.

        rate: float32[B] in [0, 1] scales the trace's learning rate (0: frozen); None for 1.
        Returns plasticity, float32[B] >= 0: Frobenius norm of the trace's write.
        """
        told = self._told(memory, rows, mixture, used)
        return self.engine.step(memory, told, np.ones(len(rows), np.float32) if rate is None else rate)

    def expect(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64) -> Float32:
        """Take the percept into short memory and say what the next tick should bring, float32[B, D].

        The same numbers are kept in `memory.expected[rows]`; `memory.revision[rows]` goes up by one.
        """
        told = self._told(memory, rows, mixture, used)
        perceived = np.where(mixture.believed, mixture.input, mixture.mixed)
        told = told._replace(sensed=mixture.believed, mixed=perceived)
        self.heads.recall(memory, told)
        self.engine.expect(memory, told)
        clock.keep(memory.clock, rows, mixture.hands)
        memory.revision[rows] += 1
        return memory.expected[rows]

    def _told(self, memory: Memory, rows: Int64, mixture: Mixture, used: Int64) -> Told:
        """The tick as the engine takes it."""
        self._check(memory, rows, used)
        return Told(
            rows=rows,
            given=mixture.given,
            used=used,
            x=mixture.input,
            mixed=mixture.mixed,
            surprise=mixture.sigmas,
            sensed=mixture.sensed,
            stale=mixture.stale,
            now=mixture.hands.now,
            ahead=mixture.hands.ahead,
            share=mixture.hands.share,
        )

    def free_run(
        self,
        memory: Memory,
        rows: Int64,
        used: Int64,
        ticks: int,
        *,
        times: Float64 | None = None,
        x: Float32 | None = None,
        given: Int64 | None = None,
    ) -> Float32:
        """What the next ticks should bring, each expected from those before, float32[B, T, D]; changes nothing.

        times: float64[B, T], when they will come. x: float32[B, T, D], of which the given channels are read.
        """
        pool, own = memory.take(rows), np.arange(len(rows))
        told = np.zeros(len(rows), np.int64) if given is None else given
        known = np.arange(self.config.width) < told[:, None]
        nothing, still = np.zeros((len(rows), self.config.width), np.float32), np.zeros(len(rows), np.float32)
        found = np.empty((len(rows), ticks, self.config.width), np.float32)
        for tick in range(ticks):
            came = nothing if x is None else x[:, tick]
            moment = None if times is None else times[:, tick]
            mixture = self.mix(pool, own, came, known, used, times=moment, given=told)
            found[:, tick] = mixture.expected
            self.step(pool, own, mixture, used, still)
            self.expect(pool, own, mixture, used)
        return found

    def rescale(self, memory: Memory, rows: Int64, gain: Float64, offset: Float64) -> None:
        """Re-express memories after an encoder changed its codes: new code = gain * old code + offset.

        gain, offset: float64[B, D], gain >= 0 (1 and 0 where nothing changed). What is expected, and what will be
        expected after any further input, stays the same in the sensor's unit, up to rounding and the codes' limits.
        Call it between ticks: before `mix` with the first input in new codes. Raises ValueError where a gain is
        negative or a number not finite.
        """
        if not (np.isfinite(gain).all() and np.isfinite(offset).all() and (gain >= 0).all()):
            raise ValueError("rescale: gains must be finite and not negative, offsets finite")
        changed = ((gain != 1) | (offset != 0)).any(axis=1)
        chosen = rows[changed]
        ceilings = self.config.readout.ceiling, self.config.regimes.ceiling
        retold = rescaled(memory, chosen, gain[changed], offset[changed], *ceilings)
        arrays = memory.arrays()
        for name, values in retold.items():
            arrays[name][chosen] = values
        retell(memory.novelty, chosen, gain[changed], offset[changed])

    def _check(self, memory: Memory, rows: Int64, used: Int64) -> None:
        """Kernels do not look before they write: refuse rows and channels that are not there."""
        if len(rows) and (rows.min() < 0 or rows.max() >= len(memory)):
            raise IndexError(f"rows must lie within the pool of {len(memory)}")
        if len(used) != len(rows) or (len(used) and (used.min() < 0 or used.max() > self.config.width)):
            raise IndexError(f"used: one count a row, within [0, {self.config.width}]")


def _errors(memory: Memory, rows: Int64) -> Errors:
    return Errors(memory.variance[rows], memory.alternation[rows], memory.last_change[rows])
