"""A life of interfering tasks without a reset: what is remembered K tasks later, with and without consolidation.

Each task shows new random +-1 patterns, each for some ticks with blank ticks after it, as in patterns.py; the traces
are never reset. After every task, patterns of the newest task and of tasks 1, 2, 4, 8 .. back are asked for, by the
pattern with part of its bits zeroed. Memory for old tasks is asked for by the loss itself, after new tasks came in
between: without such terms a network that learns in context forgets (Irie, Csordas and Schmidhuber, TMLR 2025). Every
lag counts the same, the newest as much as the farthest.

A probe goes on from the network's state of that moment and leaves no mark: nothing is written and the activity goes
back to what it was, so all probes after a task are lived through side by side.

With consolidation (consolidation.py) a slow trace takes over from the fast one at the end of each task, before the
probes; its fade, gain and strength are learned, as is the eta of the fast trace in every arm. Without, the fast trace
alone has to serve the newest task and the old ones.

Letters: L tasks, P patterns each, Q probes after a task, B lives, N neurons = bits + 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import softplus

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.cells.recurrent_tick import RecurrentState, driven, tick
from plastic_core.consolidation import CONSOLIDATIONS
from plastic_core.tasks.contract import Metric, Preset, Source
from plastic_core.tasks.exhibit import Line, Lines
from plastic_core.tasks.patterns import check_zeroed, completing
from plastic_core.trace.contract import Tracing
from plastic_core.trace.still import StillTrace

Tensor = torch.Tensor

TOLERATED = 0.1
"""Share of wrong bits under which a task counts as remembered."""
FADE_STARTS, GAIN_STARTS = -3.0, 3.0
"""l starts at .05, k at 3 / N."""
SHOWN_LIVES = 50
"""Lives of an exhibit."""


class Lives(NamedTuple):
    """Some lives side by side."""

    inputs: Tensor
    """float32[L, T, B, N]: +-1 or 0, and 1 for the bias unit; T ticks of study a task."""
    cues: Tensor
    """float32[L, Q, B, N]: what comes back after each task; probe q asks for lag q of `Lifelong.lags`."""
    targets: Tensor
    """float32[L, Q, B, bits]: the whole pattern, +-1; 0 where the life is younger than the lag."""
    zeroed: Tensor
    """bool[L, Q, B, bits]: what has to be completed."""


class Consolidation(nn.Module):
    """What is learned of the slow trace."""

    def __init__(self, kind: str, neurons: int) -> None:
        """kind: key of CONSOLIDATIONS. Raises ValueError for another one."""
        super().__init__()
        if kind not in CONSOLIDATIONS:
            raise ValueError(f"no consolidation {kind!r}; there are none, {', '.join(CONSOLIDATIONS)}")
        self.kind, self.neurons = kind, neurons
        self.fade = nn.Parameter(torch.tensor(FADE_STARTS))
        """l = sigmoid(fade)."""
        self.gain = nn.Parameter(torch.tensor(GAIN_STARTS))
        """k = softplus(gain) / N: a pattern whose trace is all ones has a norm of N."""
        self.strength = nn.Parameter(torch.ones(neurons))
        """beta, [N], one a postsynaptic neuron."""

    def flushed(self, slow: Tensor, fast: Tensor) -> Tensor:
        """S [B, N, N] after an episode that left H [B, N, N]."""
        return CONSOLIDATIONS[self.kind](slow, fast, torch.sigmoid(self.fade), softplus(self.gain) / self.neurons)


class LifelongNetwork(nn.Module):
    """A plastic recurrent layer, and a slow trace beside its fast one where there is consolidation."""

    def __init__(self, body: PlasticRecurrent, consolidation: Consolidation | None, test: int) -> None:
        super().__init__()
        self.body, self.consolidation, self.test = body, consolidation, test
        body.bias.requires_grad_(False)  # the bias unit's connections are the biases here

    def forward(self, lives: Lives, tracing: Tracing) -> list[Tensor]:
        """The activity [Q, B, N] at the end of every probe that a life is old enough for, one tensor a task."""
        count = lives.inputs.shape[2]
        answers, slow, read = list[Tensor](), None, None
        state = self.body.begin(count, tracing)
        for inputs, cues, targets in zip(lives.inputs, lives.cues, lives.targets, strict=True):
            state, fast = self._studied(inputs, state, read, tracing)
            if self.consolidation is not None:
                slow = self.consolidation.flushed(torch.zeros_like(fast) if slow is None else slow, fast)
                read = self.consolidation.strength * slow
            asked = targets[:, 0, 0] != 0
            answers.append(self._probed(cues[asked], state.hidden, fast, read))
        return answers

    def _studied(
        self, inputs: Tensor, state: RecurrentState, slow: Tensor | None, tracing: Tracing
    ) -> tuple[RecurrentState, Tensor]:
        """The state after the ticks of a task, and H with every write in it, [B, N, N]; slow: beta * S."""
        weights = self.body.weights()
        for given, driving in zip(inputs, driven(weights, inputs), strict=True):
            remembered = 0 if slow is None else (state.hidden[:, None] @ slow)[:, 0]
            state = tick(weights, state, given, drive=driving + remembered)
        fast = state.trace.settled(state.write)
        return RecurrentState(state.hidden, tracing(weights.synapses, fast), None), fast.trace

    def _probed(self, cues: Tensor, hidden: Tensor, fast: Tensor, slow: Tensor | None) -> Tensor:
        """The activity [Q, B, N] after cues [Q, B, N] from h [B, N]; nothing is written; slow: beta * S."""
        weights = self.body.weights()
        inward = weights.synapses.fixed + weights.synapses.alpha * fast
        drive = (driven(weights, cues) + weights.bias).transpose(0, 1)
        activity = hidden[:, None].expand_as(drive)
        if slow is not None:
            inward = inward + slow
        for _ in range(self.test):
            activity = torch.tanh(drive + activity @ inward)
        return activity.transpose(0, 1)


@dataclass(frozen=True)
class Lifelong:
    """See Task. Raises ValueError where a number is out of its range."""

    bits: int = 64
    tasks: int = 24
    """L."""
    patterns: int = 1
    """P, new ones each task."""
    shown: int = 3
    """Ticks."""
    blank: int = 1
    """Ticks without input after each showing."""
    test: int = 3
    """Ticks of a probe."""
    zeroed: float = 0.5
    """Share of a probe's bits that are zero; which ones is drawn anew for each."""
    farthest: int = 16
    """Lags asked for are 0 and the powers of two up to this one."""
    input_scale: float = 20.0
    rule: str = "hebb"
    """Key of plastic_core.rules.RULES; none is the control: the same network, plasticity off."""
    alpha: Literal["synapse", "neuron", "scalar"] = "neuron"
    """What has an alpha of its own."""
    eta: float = 0.1
    """Where the learned learning rate of the fast traces starts; for rule delta, what it forgets a tick."""
    consolidation: str = "corrected"
    """Key of plastic_core.consolidation.CONSOLIDATIONS, or none."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "wrong_old", "lower", "share of wrong bits among the zeroed ones, mean over lags but 0; guessing: 0.5", 0.5
        ),
        Metric("wrong_newest", "lower", "the same for the task just lived through, lag 0", 0.5),
        Metric("wrong_farthest", "lower", "the same at the farthest lag", 0.5),
        Metric("span", "higher", "tasks up to which, the newest counted, under a tenth is wrong at every lag asked"),
    )
    data: ClassVar[str] = "random +-1 patterns, drawn from the seed"
    published: ClassVar[str] = (
        "no figure for this protocol; without loss terms for old tasks after new data, learners in context forget them"
        " (Irie, Csordas and Schmidhuber, TMLR 2025)"
    )
    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 3200,
            "batch": 8,
            "learning_rate": 3e-2,
            "schedule": "cosine",
            "clip_norm": 50.0,
            "evaluate_every": 800,
            "evaluate_episodes": 100,
            "evaluate_batch": 50,
            "save_every": 800,
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"bits": 32, "tasks": 12, "farthest": 8},
        train={"episodes": 800, "evaluate_every": 400, "save_every": 400},
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "consolidated": Preset(),
        "averaged": Preset(task={"consolidation": "averaged"}, train={"learning_rate": 1e-2}),
        "plain": Preset(task={"consolidation": "none", "eta": 0.02}, train={"learning_rate": 1e-2}),
        "delta": Preset(task={"consolidation": "none", "rule": "delta", "eta": 0.01}),
        "rnn": Preset(task={"consolidation": "none", "rule": "none"}, train={"learning_rate": 1e-2}),
    }

    def __post_init__(self) -> None:
        """Check ranges; rule, alpha, eta and consolidation are checked where the network is made."""
        for name in ("bits", "tasks", "patterns", "shown", "test", "farthest"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.blank < 0:
            raise ValueError(f"blank is at least 0, not {self.blank}")
        check_zeroed(self.zeroed, self.bits)
        if self.farthest >= self.tasks:
            raise ValueError(f"farthest is a lag within a life of {self.tasks} tasks, not {self.farthest}")
        if self.rule == "none" and self.consolidation != "none":
            raise ValueError("rule none leaves nothing to consolidate: set consolidation to none as well")
        self._network()
        self._consolidation()

    @property
    def lags(self) -> tuple[int, ...]:
        """How many tasks back the probes ask, [Q]."""
        return (0, *(2**power for power in range(self.farthest.bit_length()) if 2**power <= self.farthest))

    def _network(self) -> RecurrentConfig:
        connections = ConnectionsConfig(rule=self.rule, alpha=self.alpha, eta_start=self.eta)
        return completing(self.bits, connections, self.input_scale)

    def _consolidation(self) -> Consolidation | None:
        return None if self.consolidation == "none" else Consolidation(self.consolidation, self.bits + 1)

    def model(self, seed: int) -> LifelongNetwork:
        """See Task."""
        return LifelongNetwork(PlasticRecurrent(self._network(), seed), self._consolidation(), self.test)

    def episodes(self, source: Source, numbers: Sequence[int]) -> Lives:
        """See Task."""
        return self._lives(source, numbers, self.lags)

    def _lives(self, source: Source, numbers: Sequence[int], lags: Sequence[int]) -> Lives:
        """Lives that are asked for these lags; what is shown does not depend on them."""
        lives = [self._life(source.generator(number), lags) for number in numbers]
        return Lives(*[torch.tensor(np.stack(parts, 2)) for parts in zip(*lives, strict=True)])

    def _life(self, generator: np.random.Generator, lags: Sequence[int]) -> tuple[np.ndarray, ...]:
        """The parts of Lives of one life, without B."""
        L, P, N = self.tasks, self.patterns, self.bits + 1
        patterns = (generator.integers(0, 2, (L, P, self.bits)) * 2 - 1).astype(np.float32)
        inputs = np.zeros((L, P, self.shown + self.blank, N), np.float32)
        inputs[:, :, : self.shown, :-1] = patterns[:, :, None]
        cues, targets = np.zeros((L, len(lags), N), np.float32), np.zeros((L, len(lags), self.bits), np.float32)
        zeroed = np.zeros((L, len(lags), self.bits), np.bool_)
        for task in range(L):
            for probe, lag in enumerate(lags):
                asked = patterns[task - lag, generator.integers(P)]  # drawn even where the life is too young
                gone = generator.permutation(self.bits)[: round(self.zeroed * self.bits)]
                zeroed[task, probe, gone] = True
                if lag <= task:
                    targets[task, probe] = asked
                    cues[task, probe, :-1] = np.where(zeroed[task, probe], 0, asked)
        inputs[..., -1], cues[..., -1] = 1.0, 1.0
        return inputs.reshape(L, -1, N), cues, targets, zeroed

    def loss(self, model: LifelongNetwork, batch: Lives, tracing: Tracing) -> Tensor:
        """See Task: the squared error summed over bits, mean over the probes of a lag, mean over lags."""
        found = self._answers(model, batch, tracing)
        return _by_lag(((found - batch.targets) ** 2).sum(3), batch).mean(0)

    def evaluate(self, model: LifelongNetwork, batch: Lives, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task. An activity of exactly zero is wrong."""
        wrong = self._wrong(model, batch, tracing)
        remembered = (wrong < TOLERATED).long().cumprod(0).sum(0)
        span = torch.tensor([0, *(lag + 1 for lag in self.lags)], dtype=torch.float32)
        return {
            "wrong_old": wrong[1:].mean(0),
            "wrong_newest": wrong[0],
            "wrong_farthest": wrong[-1],
            "span": span[remembered],
        }

    def exhibit(self, model: LifelongNetwork, source: Source, tracing: Tracing) -> Lines:
        """See Task: wrong bits of every lag up to the farthest."""
        lags = range(self.farthest + 1)
        wrong = self._wrong(model, self._lives(source, range(SHOWN_LIVES), lags), tracing).mean(1)
        guessed = np.full(len(lags), 0.5)
        x = np.array(lags, np.float64)
        lines = {"this network": Line(x, wrong.double().numpy()), "guessing": Line(x, guessed)}
        return Lines("What is left of a task", "tasks since", "wrong bits among the zeroed ones", lines)

    def _wrong(self, model: LifelongNetwork, batch: Lives, tracing: Tracing) -> Tensor:
        """The share of wrong bits among the zeroed ones, [Q, B]."""
        wrong = (self._answers(model, batch, tracing) * batch.targets <= 0) & batch.zeroed
        return _by_lag(wrong.float().sum(3) / batch.zeroed.sum(3), batch)

    def _answers(self, model: LifelongNetwork, batch: Lives, tracing: Tracing) -> Tensor:
        """[L, Q, B, bits]; zeros where nothing was asked."""
        answers = model(batch, StillTrace if self.rule == "none" else tracing)
        probes = batch.targets.shape[1]
        padded = [torch.cat([given, given.new_zeros(probes - len(given), *given.shape[1:])]) for given in answers]
        return torch.stack(padded)[..., :-1]


def _by_lag(values: Tensor, lives: Lives) -> Tensor:
    """The mean over the tasks that were asked for a lag, [Q, B], of values [L, Q, B]."""
    asked = lives.targets[..., 0] != 0
    return (values * asked).sum(0) / asked.sum(0)
