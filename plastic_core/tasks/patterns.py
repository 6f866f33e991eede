"""Completion of binary patterns from one look (Miconi, Clune and Stanley 2018, sec. 4.1), from its description.

A few random +-1 patterns are shown one after another, each for some ticks, with blank ticks between, all of them once a
cycle in an order of the cycle's own. Then one comes back with part of its bits zeroed, and at the last tick the
activity is to be the whole pattern. Each episode has patterns of its own: what is learned is how to store, and the
storing is the trace's. A network without plasticity can only keep the bits that are shown.

One neuron a bit and one more, the bias unit, whose input is always one; inputs come in times `input_scale`, so a bit
that is shown holds its neuron there. 2,004,003 numbers are trained by default: w, alpha, and one eta.

Controls: the same network without plasticity, and an LSTM of about as many trained numbers that is told the same, bits
and bias, and answers by a linear readout of its last output.

Letters: T ticks, B episodes, N neurons = bits + 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import torch

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.control import ControlLSTM, cells_for
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.tasks.contract import Metric, Preset, Source
from plastic_core.tasks.exhibit import Pictures
from plastic_core.trace.contract import Tracing
from plastic_core.trace.still import StillTrace

Tensor = torch.Tensor
Model = PlasticRecurrent | ControlLSTM

SHOWN = 6
"""Episodes of an exhibit."""


class PatternEpisodes(NamedTuple):
    """Some episodes side by side."""

    inputs: Tensor
    """float32[T, B, N]: +-1 or 0, and 1 for the bias unit."""
    target: Tensor
    """float32[B, bits]: the whole pattern, +-1."""
    zeroed: Tensor
    """bool[B, bits]: what has to be completed."""


def check_zeroed(zeroed: float, bits: int) -> None:
    """Raise ValueError for a share of zeroed bits that takes none or all."""
    if not 0 < zeroed < 1 or not 1 <= round(zeroed * bits) < bits:
        raise ValueError(f"zeroed is a share that leaves some of {bits} bits and takes some, not {zeroed}")


def completing(bits: int, connections: ConnectionsConfig, input_scale: float) -> RecurrentConfig:
    """A network with a neuron a bit and one for the bias, each driven by its own channel."""
    neurons = bits + 1
    return RecurrentConfig(neurons, neurons, connections, input="direct", input_scale=input_scale)


@dataclass(frozen=True)
class Patterns:
    """See Task. Raises ValueError where a number is out of its range."""

    bits: int = 1000
    patterns: int = 5
    cycles: int = 2
    """How often each pattern is shown."""
    shown: int = 6
    """Ticks, each time."""
    blank: int = 4
    """Ticks without input after each showing."""
    test: int = 6
    """Ticks of the pattern that comes back."""
    zeroed: float = 0.5
    """Share of its bits that are zero then; which ones is drawn anew in each episode."""
    input_scale: float = 20.0
    rule: str = "hebb"
    """Key of plastic_core.rules.RULES; none is the control: the same network, plasticity off."""
    alpha: Literal["synapse", "neuron", "scalar"] = "synapse"
    """What has an alpha of its own."""
    eta: float = 0.01
    """Where the learned learning rate of the traces starts."""
    cell: Literal["recurrent", "lstm"] = "recurrent"
    """lstm is the other control; rule, alpha, eta and input_scale say nothing about it but its size."""

    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 1000,
            "batch": 1,
            "learning_rate": 3e-4,
            "evaluate_every": 100,
            "evaluate_episodes": 20,
            "save_every": 100,
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"bits": 50, "patterns": 2},
        train={
            "episodes": 800,
            "batch": 4,
            "learning_rate": 3e-3,
            "evaluate_every": 200,
            "evaluate_episodes": 50,
            "evaluate_batch": 50,
            "save_every": 400,
        },
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "plastic": Preset(),
        "rnn": Preset(task={"rule": "none"}),
        "lstm": Preset(  # a step of 16 episodes costs it what one of 1 costs the plastic network
            task={"cell": "lstm"},
            train={
                "episodes": 12_800,
                "batch": 16,
                "learning_rate": 3e-3,
                "evaluate_every": 1600,
                "save_every": 1600,
            },
        ),
    }
    published: ClassVar[str] = (
        "under 1% wrong bits after some 200 episodes; on 2 patterns of 50 bits an RNN fails and an LSTM takes 500,000"
        " episodes where plasticity takes 2,000 (Miconi, Clune and Stanley 2018, sec. 4.1)"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("wrong_zeroed", "lower", "share of wrong bits among the zeroed ones; guessing gives 0.5", 0.5),
        Metric("wrong", "lower", "share of wrong bits among all; guessing the zeroed half gives 0.25", 0.25),
    )
    data: ClassVar[str] = "random +-1 patterns, drawn from the seed"

    def __post_init__(self) -> None:
        """Check ranges; rule, alpha and eta are checked where the network is made."""
        for name in ("bits", "patterns", "cycles", "shown", "test"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.blank < 0:
            raise ValueError(f"blank is at least 0, not {self.blank}")
        check_zeroed(self.zeroed, self.bits)
        if self.cell not in ("recurrent", "lstm"):
            raise ValueError(f"cell is recurrent or lstm, not {self.cell!r}")
        self._network()

    @property
    def ticks(self) -> int:
        """T."""
        return self.cycles * self.patterns * (self.shown + self.blank) + self.test

    def _network(self) -> RecurrentConfig:
        connections = ConnectionsConfig(rule=self.rule, alpha=self.alpha, eta_start=self.eta)
        return completing(self.bits, connections, self.input_scale)

    def model(self, seed: int) -> Model:
        """See Task."""
        if self.cell == "lstm":
            width, numbers = self.bits + 1, 2 * (self.bits + 1) ** 2 + 1
            return ControlLSTM(width, cells_for(numbers, width, self.bits), self.bits, seed)
        network = PlasticRecurrent(self._network(), seed)
        network.bias.requires_grad_(False)  # the bias unit's connections are the biases here
        return network

    def episodes(self, source: Source, numbers: Sequence[int]) -> PatternEpisodes:
        """See Task."""
        inputs = np.zeros((self.ticks, len(numbers), self.bits + 1), np.float32)
        inputs[:, :, -1] = 1.0
        target = np.zeros((len(numbers), self.bits), np.float32)
        zeroed = np.zeros((len(numbers), self.bits), np.bool_)
        for row, number in enumerate(numbers):
            generator = source.generator(number)
            patterns = generator.integers(0, 2, (self.patterns, self.bits)) * 2 - 1
            tick = 0
            for _ in range(self.cycles):
                for pattern in generator.permutation(self.patterns):
                    inputs[tick : tick + self.shown, row, :-1] = patterns[pattern]
                    tick += self.shown + self.blank
            target[row] = patterns[generator.integers(self.patterns)]
            zeroed[row, generator.permutation(self.bits)[: round(self.zeroed * self.bits)]] = True
            inputs[tick:, row, :-1] = np.where(zeroed[row], 0, target[row])
        return PatternEpisodes(torch.tensor(inputs), torch.tensor(target), torch.tensor(zeroed))

    def loss(self, model: Model, batch: PatternEpisodes, tracing: Tracing) -> Tensor:
        """See Task: the squared error at the last tick, summed over bits."""
        return ((self._answer(model, batch, tracing) - batch.target) ** 2).sum(1)

    def evaluate(self, model: Model, batch: PatternEpisodes, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task. An activity of exactly zero is wrong."""
        wrong = (self._answer(model, batch, tracing) * batch.target <= 0).float()
        return {"wrong_zeroed": (wrong * batch.zeroed).sum(1) / batch.zeroed.sum(1), "wrong": wrong.mean(1)}

    def exhibit(self, model: Model, source: Source, tracing: Tracing) -> Pictures:
        """See Task: what was shown, what came back, what was answered, and where that is wrong (white)."""
        batch = self.episodes(source, range(SHOWN))
        answer = self._answer(model, batch, tracing)
        wrong = torch.where(answer * batch.target <= 0, 1.0, -1.0)
        columns = {
            "shown": batch.target,
            "came back": batch.inputs[-1, :, :-1],
            "answer": answer.clamp(-1, 1),
            "wrong": wrong,
        }
        images = torch.stack([values.reshape(SHOWN, *rectangle(self.bits)) for values in columns.values()], 1)
        return Pictures(f"Patterns of {self.bits} bits, completed", tuple(columns), images.numpy())

    def _answer(self, model: Model, batch: PatternEpisodes, tracing: Tracing) -> Tensor:
        """The activity at the last tick, or the LSTM's readout of it, [B, bits]."""
        if isinstance(model, ControlLSTM):
            return model(batch.inputs)
        state = model.begin(len(batch.target), StillTrace if self.rule == "none" else tracing)
        activity, _ = model(batch.inputs, state)
        return activity[-1, :, :-1]


def rectangle(pixels: int) -> tuple[int, int]:
    """Height and width of the rectangle of so many pixels that comes nearest to a square; no higher than wide."""
    height = next(side for side in range(math.isqrt(pixels), 0, -1) if pixels % side == 0)
    return height, pixels // height
