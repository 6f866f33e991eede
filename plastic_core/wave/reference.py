"""The engine `reference`: the definitions of cell.py and reference_readout.py, carried out on a pool in float64.

Slow and obvious; the measure for every other engine. Results are rounded to the memory's float32. See WaveEngine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plastic_core.arrays import Bool, Float32, Float64, Int64
from plastic_core.clock import ClockSettings
from plastic_core.readout import LARGEST_CODE, ReadoutSettings
from plastic_core.slow import INPUTS, SlowWeights
from plastic_core.state import Memory
from plastic_core.wave import reference_clock as clock
from plastic_core.wave import reference_readout as define
from plastic_core.wave.cell import CellState, RecurrentCell
from plastic_core.wave.contract import Told


def _exact(values: npt.NDArray[Any]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _rounded(values: Tensor) -> Float32:
    return values.to(torch.float32).numpy()


@dataclass(frozen=True)
class ReferenceWave:
    """See WaveEngine."""

    slow: SlowWeights
    rule: str
    settings: ReadoutSettings
    clock: ClockSettings

    @property
    def name(self) -> str:
        """See WaveEngine."""
        return "reference"

    def step(self, memory: Memory, told: Told, rate: Float32) -> Float32:
        """See WaveEngine."""
        rows = told.rows
        cell = RecurrentCell.of(self.slow, self.rule, torch.float64)
        hidden = _exact(memory.hidden[rows])
        before = CellState(_exact(memory.previous[rows]), _exact(memory.trace[rows]))
        trace = cell.write(before, hidden, _exact(memory.pending[rows]))
        after = cell.activity(_exact(_inputs(memory, told)), CellState(hidden, trace))
        share = cell.share(hidden, after, _exact(rate))
        memory.trace[rows] = _rounded(trace)
        memory.previous[rows] = memory.hidden[rows]
        memory.hidden[rows] = _rounded(after)
        memory.pending[rows] = _rounded(share)
        return _rounded(share * torch.sqrt(cell.squared_norm(hidden, after)))

    def learn(self, memory: Memory, told: Told) -> None:
        """See WaveEngine."""
        self._visit(memory, told)
        b, c = np.nonzero(_foretold(told) & told.sensed & (memory.sensed[told.rows] > 0))
        r, settings, readout = told.rows[b], self.settings, memory.readout
        change = _exact(told.x[b, c]) - _exact(memory.level[r, c])
        q, own = _exact(readout.short[r, c]), _exact(readout.own[r, c])
        losses = define.judged(
            _exact(readout.losses[r, c]),
            _exact(readout.parts[r, c]),
            change,
            _exact(memory.sensed[r, c]),
            settings.horizon_ticks,
        )
        missed = change - (own * q).sum(1)
        root, gain = define.decorrelated(_exact(readout.own_root[r, c]), q, settings.forgetting, settings.ceiling)
        reach = torch.maximum(_exact(readout.reach[r, c]) * settings.reach_forgetting, change.abs())
        readout.losses[r, c], readout.reach[r, c] = _rounded(losses), _rounded(reach)
        readout.own[r, c], readout.own_root[r, c] = _rounded(own + gain * missed[:, None]), _rounded(root)
        if settings.joint and len(b):
            self._learn_joint(memory, c, r, missed)

    def expect(self, memory: Memory, told: Told) -> None:
        """See WaveEngine."""
        fresh = memory.sensed[told.rows] == 0
        moved = self._take_in(memory, told)
        b, c = np.nonzero(_foretold(told) & (memory.sensed[told.rows] > 0))
        r, readout = told.rows[b], memory.readout
        level, first = _exact(memory.level[r, c]), _exact(fresh[b, c])
        averages = _exact(readout.averages[r, c])
        averages = averages + (level[:, None] - averages) * torch.maximum(_exact(self.settings.shares), first[:, None])
        ahead, now = (_exact(_recalled(memory, r, c, hand[b], memory.level[r, c])) for hand in (told.ahead, told.now))
        episodes = _exact(memory.episodes.recalled[r, c]), _exact(memory.episodes.moved[r, c])
        features, percept = self.settings.features(episodes[0].shape[1]), _exact(told.mixed[b, c])
        q = define.remembered(
            _exact(readout.short[r, c, :features]), averages, level, percept, _exact(moved[b, c]), ahead, now, *episodes
        )
        own = (_exact(readout.own[r, c, :features]) * q).sum(1)
        added = (_exact(readout.joint[r, c]) * _features(memory, r)).sum(1)
        added = added * define.heed_of(_exact(readout.heed[r, c])) * self.settings.joint
        bank = _exact(_of_the_bank(memory, r, c - told.given[b]))
        reach = _exact(readout.reach[r, c])
        parts = define.candidates(averages - level[:, None], ahead - level, bank, own, added, reach)
        change = (define.trust(_exact(readout.losses[r, c])) * parts).sum(1) * (1 - _exact(told.stale[b, c]))
        memory.expected[r, c] = _rounded(torch.clamp(level + change, -LARGEST_CODE, LARGEST_CODE))
        readout.short[r, c, :features], readout.parts[r, c] = _rounded(q), _rounded(parts)
        readout.averages[r, c] = _rounded(averages)

    def _take_in(self, memory: Memory, told: Told) -> Float64:
        """Levels and counts of this tick; returns [B, D], by how much a level moved. Given channels expect theirs."""
        channels: Int64 = np.arange(told.x.shape[1], dtype=np.int64)
        b, c = np.nonzero((channels < told.used[:, None]) & (told.sensed | (memory.sensed[told.rows] > 0)))
        r, now = told.rows[b], told.sensed[b, c]
        level = np.where(now, told.x[b, c], told.mixed[b, c])
        moved = np.zeros(told.x.shape)
        moved[b, c] = (level.astype(np.float64) - memory.level[r, c]) * (memory.sensed[r, c] > 0)
        memory.level[r, c] = level
        memory.sensed[r, c] += now
        memory.imagined[r, c] = np.where(now, 0, memory.imagined[r, c] + 1)
        given: Bool = c < told.given[b]
        memory.expected[r[given], c[given]] = level[given]
        return moved

    def _learn_joint(self, memory: Memory, c: Int64, r: Int64, missed: Tensor) -> None:
        """The neurons' readout towards what the own readouts missed; one root a stream with anything sensed."""
        settings, readout = self.settings, memory.readout
        features, weights = _features(memory, r), _exact(readout.joint[r, c])
        added = (weights * features).sum(1)
        heed = define.heeded(
            _exact(readout.heed[r, c]), added, missed, _exact(settings.prior), settings.heed_forgetting
        )
        root, gain = define.decorrelated(
            _exact(readout.joint_root[r]), features, settings.joint_forgetting, settings.ceiling
        )
        readout.heed[r, c] = _rounded(heed)
        readout.joint[r, c] = _rounded(weights + gain * (missed - added)[:, None])
        readout.joint_root[r] = _rounded(root)

    def _visit(self, memory: Memory, told: Told) -> None:
        """The clock's places learn what was sensed."""
        for b, r in enumerate(told.rows):
            for c in range(told.given[b], told.used[b]):
                if told.sensed[b, c] and told.now[b] >= 0:
                    profile, visits = (
                        values[r, c].astype(np.float64) for values in (memory.clock.profile, memory.clock.visits)
                    )
                    clock.visit(
                        profile, visits, told.now[b], float(told.x[b, c]), float(told.share[b]), self.clock.rate
                    )
                    memory.clock.profile[r, c], memory.clock.visits[r, c] = profile, visits


def _foretold(told: Told) -> Bool:
    """bool[B, D]: channels of which something is expected."""
    channels: Int64 = np.arange(told.x.shape[1], dtype=np.int64)
    return (channels >= told.given[:, None]) & (channels < told.used[:, None])


def _features(memory: Memory, r: Int64) -> Tensor:
    """[K, N]: the neurons of the channels' streams, as many as the readout holds."""
    hidden = _exact(memory.hidden[r])
    return torch.nn.functional.pad(hidden, (0, memory.readout.joint.shape[2] - hidden.shape[1]))


def _inputs(memory: Memory, told: Told) -> Float64:
    """[B, 3 D]: percept, surprise and what the clock recalls beyond the percept."""
    inputs = np.zeros((len(told.rows), INPUTS, told.x.shape[1]))
    in_use = np.arange(told.x.shape[1], dtype=np.int64) < told.used[:, None]
    b, c = np.nonzero(_foretold(told))
    inputs[:, 0] = np.where(in_use, told.mixed, 0)
    inputs[b, 1, c] = told.surprise[b, c]
    inputs[b, 2, c] = _recalled(memory, told.rows[b], c, told.ahead[b], told.mixed[b, c]) - told.mixed[b, c]
    return inputs.reshape(len(inputs), -1)


def _recalled(memory: Memory, r: Int64, c: Int64, hands: Float64, otherwise: Float32) -> Float64:
    """[K]: what the clock head recalls of channels c of the rows r."""
    profile, visits = (values[r, c].astype(np.float64) for values in (memory.clock.profile, memory.clock.visits))
    told = zip(profile, visits, hands.tolist(), otherwise.tolist(), strict=True)
    return np.array([clock.recalled(*channel) for channel in told], np.float64)


def _of_the_bank(memory: Memory, r: Int64, places: Int64) -> Float32:
    """[K]: what the bank of regimes expects of its channels `places`; 0 beyond them."""
    part = memory.regimes.part
    seen = places < part.shape[1]
    return np.where(seen, part[r, np.where(seen, places, 0)], np.float32(0))
