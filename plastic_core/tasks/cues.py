"""To find out which cue pays (Miconi, Rawal, Clune and Stanley 2019, sec. 4.1), from its description.

Pairs of cues are shown and asked about, again and again; which cue matters, and how each one looks, is of the episode's
own. So the answers have to be found by trial and error: what was shown must be brought together with the reward that
comes after the answer. See acting/cue_world.py for the world and acting/actor_critic.py for who acts.

What differs from the paper, for the time it takes: 64 neurons, not 200; 100 ticks, not 200, with trials of 5 to 8 ticks
at the same time, so about as many trials. And for how it is learned: an answer changes nothing that comes after its
reward, so `gamma` is 0 and the loss is taken where an answer counts; elsewhere the agent's action is always 0. The last
answer and its reward come in louder than a bit of a cue. The neuromodulator starts at zero, not at yes, and the agent
without a preference.

Letters: T ticks, B episodes, K trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.recurrent import PlasticRecurrent
from plastic_core.tasks.acting.actor_critic import ActorCritic, ActorCriticConfig, Lived, a2c_terms, lived
from plastic_core.tasks.acting.cue_world import CueTrials, CueWorld
from plastic_core.tasks.contract import Metric, Preset, Source
from plastic_core.tasks.exhibit import Line, Lines
from plastic_core.trace.contract import Tracing

Tensor = torch.Tensor

ANSWERS = 2
"""No and yes."""
UNDECIDED = 0.1
"""The agent's readouts start at this share of their usual size: nearly even choices."""
SHOWN = 200
"""Episodes that an exhibit averages over."""


class CueEpisodes(NamedTuple):
    """Some episodes side by side."""

    seen: Tensor
    """float32[T, B, O]: see CueWorld."""
    answers: Tensor
    """int64[T, B]: what is right, -1 where nothing is asked for."""
    choices: Tensor
    """float32[T, B]: uniform in [0, 1) where an answer counts, else 0, by which the action is 0."""

    @property
    def asked(self) -> Tensor:
        """float32[T, B]: 1 where an answer counts."""
        return (self.answers >= 0).float()


@dataclass(frozen=True)
class Cues:
    """See Task. Raises ValueError where a number is out of its range."""

    cues: int = 4
    bits: int = 20
    """Of a cue."""
    ticks: int = 100
    """T."""
    shortest: int = 5
    """Ticks of a trial."""
    longest: int = 8
    rule: str = "modulated"
    """Key of plastic_core.rules.RULES; none is the control: plasticity off."""
    neurons: int = 64
    eta: float = 1.0
    """Where the learned learning rate of the traces starts; at 1 it is fixed there, since the modulated rule has
    none."""
    gain: float = 0.9
    """See ConnectionsConfig: large, for the activity has to hold a pair of cues until its reward comes."""
    feedback_scale: float = 3.0
    """The last reward and the last answer come in times this, beside some twenty channels of a cue."""
    gamma: float = 0.0
    """Discount of a tick."""
    value_weight: float = 0.2
    entropy_weight: float = 0.02

    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 40_000,
            "batch": 32,
            "learning_rate": 4e-3,
            "clip_norm": 0.1,
            "evaluate_every": 4000,
            "evaluate_episodes": 200,
            "evaluate_batch": 200,
            "save_every": 8000,
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"bits": 8, "ticks": 60, "longest": 5, "neurons": 40}, train={"episodes": 10_000, "evaluate_every": 2500}
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "modulated": Preset(),
        "retroactive": Preset(task={"rule": "retroactive", "eta": 0.8}),
        "plastic": Preset(task={"rule": "hebb", "eta": 0.1}),
        "rnn": Preset(task={"rule": "none", "neurons": 87}),
    }
    published: ClassVar[str] = (
        "curves only: both modulated rules learn it with high accuracy, plastic networks without modulation and RNNs"
        " do not (Miconi, Rawal, Clune and Stanley 2019, sec. 4.1)"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric(
            "late_right", "higher", "share of right answers in the second half of the trials; guessing gives 0.5", 0.5
        ),
        Metric("right", "higher", "share of right answers in all trials", 0.5),
        Metric("reward", "higher", "mean reward of an answer, -1 to 1", 0.0),
    )
    data: ClassVar[str] = "random cues, trials and choices, drawn from the seed"

    def __post_init__(self) -> None:
        """Check ranges; the trials and the agent check their own."""
        if not 0 <= self.gamma <= 1:
            raise ValueError(f"gamma lies in [0, 1], not at {self.gamma}")
        for name in ("gain", "feedback_scale", "value_weight"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is above 0, not {getattr(self, name)}")
        if not self.entropy_weight >= 0:
            raise ValueError(f"entropy_weight is at least 0, not {self.entropy_weight}")
        self._agent()

    @property
    def trials(self) -> CueTrials:
        """How episodes are drawn."""
        return CueTrials(self.cues, self.bits, self.ticks, self.shortest, self.longest)

    def _agent(self) -> ActorCriticConfig:
        connections = ConnectionsConfig(rule=self.rule, eta_start=self.eta, eta_learned=self.eta < 1, gain=self.gain)
        return ActorCriticConfig(
            observations=self.trials.channels,
            actions=ANSWERS,
            neurons=self.neurons,
            connections=connections,
            reward_scale=self.feedback_scale,
        )

    def model(self, seed: int) -> ActorCritic:
        """See Task."""
        agent = ActorCritic(self._agent(), seed)
        with torch.no_grad():
            agent.heads.mul_(UNDECIDED)
            if isinstance(agent.body, PlasticRecurrent) and agent.body.modulator is not None:
                agent.body.modulator.bias.zero_()  # else every tick is written, and the trace is full of blanks
        return agent

    def episodes(self, source: Source, numbers: Sequence[int]) -> CueEpisodes:
        """See Task."""
        seen = np.empty((self.ticks, len(numbers), self.trials.channels), np.float32)
        answers = np.empty((self.ticks, len(numbers)), np.int64)
        choices = np.empty((self.ticks, len(numbers)), np.float32)
        for row, number in enumerate(numbers):
            generator = source.generator(number)
            seen[:, row], answers[:, row] = self.trials.drawn(generator)
            choices[:, row] = generator.random(self.ticks, np.float32)
        choices[answers < 0] = 0
        return CueEpisodes(torch.tensor(seen), torch.tensor(answers), torch.tensor(choices))

    def loss(self, model: ActorCritic, batch: CueEpisodes, tracing: Tracing) -> Tensor:
        """See Task: advantage actor-critic, the mean over the ticks at which an answer counts."""
        told, asked = self._lived(model, batch, tracing), batch.asked
        each = a2c_terms(told, self.gamma, self.value_weight, self.entropy_weight)
        return (each * asked).sum(0) / asked.sum(0)

    def evaluate(self, model: ActorCritic, batch: CueEpisodes, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task. Answers are chosen by chance, as in training."""
        rewards, asked = self._lived(model, batch, tracing).rewards, batch.asked
        right, trial = (rewards > 0).float(), asked.cumsum(0)
        late = asked * (trial > trial[-1] / 2)
        return {
            "late_right": (right * late).sum(0) / late.sum(0),
            "right": right.sum(0) / asked.sum(0),
            "reward": rewards.sum(0) / asked.sum(0),
        }

    def exhibit(self, model: ActorCritic, source: Source, tracing: Tracing) -> Lines:
        """See Task: right answers from trial to trial."""
        batch = self.episodes(source, range(SHOWN))
        trial = (batch.asked * batch.asked.cumsum(0)).long()
        trials = int(trial.amax(0).min())  # some episodes have more
        right = self._lived(model, batch, tracing).rewards > 0
        share = np.array([right[trial == number].double().mean().item() for number in range(1, trials + 1)])
        numbers = np.arange(1, trials + 1, dtype=np.float64)
        lines = {"trained": Line(numbers, share), "guessing": Line(numbers, np.full(trials, 0.5))}
        return Lines(f"Right answers, mean of {SHOWN} episodes", "trial", "share of right answers", lines)

    def _lived(self, model: ActorCritic, batch: CueEpisodes, tracing: Tracing) -> Lived:
        return lived(model, CueWorld(batch.seen, batch.answers, self.feedback_scale), batch.choices, tracing)
