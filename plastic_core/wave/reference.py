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

from plastic_core.readout import LARGEST_CODE, ReadoutSettings
from plastic_core.slow import SlowWeights
from plastic_core.state import Bool, Float32, Int64, Memory
from plastic_core.wave import reference_readout as define
from plastic_core.wave.cell import CellState, RecurrentCell


def _exact(values: npt.NDArray[Any]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _rounded(values: Tensor) -> Float32:
    return values.to(torch.float32).numpy()


def _in_use(used: Int64, width: int) -> Bool:
    return np.arange(width)[None, :] < used[:, None]


@dataclass(frozen=True)
class ReferenceWave:
    """See WaveEngine."""

    slow: SlowWeights
    rule: str
    settings: ReadoutSettings

    @property
    def name(self) -> str:
        """See WaveEngine."""
        return "reference"

    def step(self, memory: Memory, rows: Int64, mixed: Float32, used: Int64, rate: Float32) -> Float32:
        """See WaveEngine."""
        cell = RecurrentCell.of(self.slow, self.rule, torch.float64)
        x = _exact(np.where(_in_use(used, mixed.shape[1]), mixed, 0))
        hidden = _exact(memory.hidden[rows])
        before = CellState(_exact(memory.previous[rows]), _exact(memory.trace[rows]))
        trace = cell.write(before, hidden, _exact(memory.pending[rows]))
        after = cell.activity(x, CellState(hidden, trace))
        share = cell.share(hidden, after, _exact(rate))
        memory.trace[rows] = _rounded(trace)
        memory.previous[rows] = memory.hidden[rows]
        memory.hidden[rows] = _rounded(after)
        memory.pending[rows] = _rounded(share)
        return _rounded(share * torch.sqrt(cell.squared_norm(hidden, after)))

    def learn(self, memory: Memory, rows: Int64, x: Float32, sensed: Bool, used: Int64) -> None:
        """See WaveEngine."""
        chosen = sensed & _in_use(used, x.shape[1]) & (memory.sensed[rows] > 0)
        b, c = np.nonzero(chosen)
        r, settings = rows[b], self.settings
        change = _exact(x[b, c]) - _exact(memory.level[r, c])
        parts = _exact(memory.parts[r, c])
        losses = define.judged(
            _exact(memory.losses[r, c]), parts, change, _exact(memory.sensed[r, c]), settings.horizon_ticks
        )
        readout = define.corrected_neurons(
            _exact(memory.readout[r, c]), _exact(memory.hidden[r]), change - parts[:, -1], settings.rate
        )
        own, inverse = define.corrected_own(
            _exact(memory.own_readout[r, c]),
            _exact(memory.inverse[r, c]),
            _exact(memory.short[r, c]),
            change,
            settings.forgetting,
            settings.ceiling,
        )
        reach = torch.maximum(_exact(memory.reach[r, c]) * settings.reach_forgetting, change.abs())
        memory.losses[r, c], memory.readout[r, c] = _rounded(losses), _rounded(readout)
        memory.own_readout[r, c], memory.inverse[r, c] = _rounded(own), _rounded(inverse)
        memory.reach[r, c] = _rounded(reach)

    def expect(
        self, memory: Memory, rows: Int64, x: Float32, mixed: Float32, sensed: Bool, used: Int64, still: Bool
    ) -> None:
        """See WaveEngine."""
        chosen = _in_use(used, x.shape[1]) & (sensed | (memory.sensed[rows] > 0))
        b, c = np.nonzero(chosen)
        r = rows[b]
        now = sensed[b, c]
        first = _exact(memory.sensed[r, c] == 0)
        level = _exact(np.where(now, x[b, c], mixed[b, c]))
        moved = (level - _exact(memory.level[r, c])) * (1 - first)
        averages = _exact(memory.averages[r, c])
        averages = averages + (level[:, None] - averages) * torch.maximum(_exact(self.settings.shares), first[:, None])
        q = define.remembered(_exact(memory.short[r, c]), averages, level, _exact(mixed[b, c]), moved)
        own = (_exact(memory.own_readout[r, c]) * q).sum(1)
        neurons = (_exact(memory.readout[r, c]) * _exact(memory.hidden[r])).sum(1)
        parts = define.candidates(q, own, neurons, _exact(memory.reach[r, c]), averages.shape[1])
        change = (define.trust(_exact(memory.losses[r, c])) * parts).sum(1) * (1 - _exact(still[b, c]))
        memory.expected[r, c] = _rounded(torch.clamp(level + change, -LARGEST_CODE, LARGEST_CODE))
        memory.short[r, c], memory.parts[r, c], memory.averages[r, c] = _rounded(q), _rounded(parts), _rounded(averages)
        memory.level[r, c] = _rounded(level)
        memory.sensed[r, c] += now
        memory.imagined[r, c] = np.where(now, 0, memory.imagined[r, c] + 1)
