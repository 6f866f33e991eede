"""Next-tick prediction on a mixture of synthetic streams: what a plastic layer is worth beside lags.

Each episode is a stream that the network has never seen, of one of twelve families (families/catalogue.py), its
channels in slots by chance. The layer lives through all of it; a readout of lags and one of lags and the layer's reads
learn from the first half, as a service's readouts do, and are tried on the second. What is lowered is the logarithm of
the squared error of the second over that of the first, so every family counts alike, whatever can be predicted in it.
Half of the weight lies on what the family asks for: regimes that return and motifs that come back after others came in
between, delayed outcomes, hidden values. Such old-task terms after new-task data are what keeps a network that learns
in context from forgetting (Irie, Csordas and Schmidhuber, TMLR 2025).

Letters: T ticks, B streams, D slots, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.recurrent import RecurrentConfig
from plastic_core.episodes import EpisodeSettings
from plastic_core.health import effective_rank
from plastic_core.rules import WRITE_BOUND
from plastic_core.tasks.contract import Metric, Preset, Source
from plastic_core.tasks.exhibit import Pictures
from plastic_core.tasks.streams.episodic import EpisodicHeads
from plastic_core.tasks.streams.families.catalogue import FAMILIES
from plastic_core.tasks.streams.mixture import MIXTURE, Drawn, drawn
from plastic_core.tasks.streams.network import EpisodicReads, RecurrentReads, StreamEpisodes, StreamNetwork
from plastic_core.trace.contract import Tracing

Tensor = torch.Tensor

STARTS = EpisodeSettings(
    joint=((0.0, 0.05), (0.6, 0.05), (0.9, 0.15), (0.97, 0.2)), own=((0.0, 0.05), (0.8, 0.1)), doubt=0.003
)
"""The episodic head before training; how many heads it has is part of a checkpoint's shape."""
FLOOR = 1e-3
"""Share of a channel's variance below which an error does not count as smaller."""
EARLY = 0.1
"""Share of the ticks that no readout learns from."""
SHOWN_TICKS, ROWS = 48, 3
"""Of an exhibit: ticks, and rows of pixels a channel."""


def _recurrent_arm(rule: str) -> Preset:
    """A recurrent layer of this rule: it has many more numbers to learn, and needs more episodes."""
    train = {"episodes": 16_000, "batch": 16, "learning_rate": 2e-3, "evaluate_every": 4000, "save_every": 2000}
    return Preset(task={"layer": "recurrent", "rule": rule}, train=train)


@dataclass(frozen=True)
class StreamTask:
    """See Task. Raises ValueError where a number is out of its range."""

    family: str = MIXTURE
    """Key of FAMILIES, or mixture: each as likely."""
    ticks: int = 192
    """T."""
    width: int = 64
    """D."""
    most: int = 8
    """Channels of the largest stream; the smallest has 2."""
    lags: int = 4
    """Of each channel's own last values that the readout has without the layer."""
    layer: Literal["episodic", "recurrent"] = "episodic"
    """episodic: the head of plastic_core/episodes.py."""
    rule: str = "hebb"
    """Of a recurrent layer: key of plastic_core.rules.RULES; none is the control: the same network, plasticity off."""
    neurons: int = 128
    """N, of a recurrent layer."""
    reads: int = 32
    """R, of a recurrent layer."""
    eta: float = 0.03
    """Where the learned learning rates of a recurrent layer's traces start; for rule delta, what it forgets a tick."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("share", "lower", "squared error over that of lags alone, geometric mean over channels", 1.0),
        Metric("asked", "lower", "the same where the family asks; where it asks nothing, share again", 1.0),
        Metric("rank", "higher", "effective rank of what the layer offers the first channel; a dead layer has 0"),
    )
    data: ClassVar[str] = "synthetic streams of twelve families, drawn from the seed"
    published: ClassVar[str] = "no figure for this mixture"
    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 1600,
            "batch": 8,
            "learning_rate": 2e-2,
            "schedule": "cosine",
            "clip_norm": 1.0,
            "evaluate_every": 400,
            "evaluate_episodes": 120,
            "evaluate_batch": 8,
            "save_every": 400,
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"ticks": 128, "most": 6},
        train={"episodes": 160, "evaluate_every": 80, "evaluate_episodes": 96, "save_every": 80},
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "episodic": Preset(),
        "hebb": _recurrent_arm("hebb"),
        "oja": _recurrent_arm("oja"),
        "delta": _recurrent_arm("delta"),
        "none": _recurrent_arm("none"),
    }

    def __post_init__(self) -> None:
        """Check ranges; what a recurrent layer is made of is checked where it is made."""
        if self.family != MIXTURE and self.family not in FAMILIES:
            raise ValueError(f"no family {self.family!r}; there are {MIXTURE}, {', '.join(FAMILIES)}")
        if not 2 <= self.most <= self.width:
            raise ValueError(f"most lies between 2 and the {self.width} slots, not at {self.most}")
        if self.ticks < 60:
            raise ValueError(f"ticks is at least 60, not {self.ticks}")
        for name in ("lags", "reads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.layer not in ("episodic", "recurrent"):
            raise ValueError(f"layer is episodic or recurrent, not {self.layer!r}")
        self._recurrent()

    def _recurrent(self) -> RecurrentConfig:
        connections = ConnectionsConfig(rule=self.rule, alpha="synapse", eta="neuron", eta_start=self.eta, gain=0.9)
        return RecurrentConfig(self.width, self.neurons, connections, write_bound=WRITE_BOUND)

    def model(self, seed: int) -> StreamNetwork:
        """See Task."""
        if self.layer == "episodic":
            return StreamNetwork(EpisodicReads(EpisodicHeads(STARTS, seed)), self.lags)
        return StreamNetwork(RecurrentReads(self._recurrent(), self.reads, seed), self.lags)

    def episodes(self, source: Source, numbers: Sequence[int]) -> StreamEpisodes:
        """See Task."""
        return gathered([self._stream(source.generator(number)) for number in numbers], self.most, self.width)

    def _stream(self, generator: np.random.Generator) -> Drawn:
        return drawn(generator, self.family, self.ticks, self.width, self.most)

    @property
    def middle(self) -> int:
        """The tick from which on readouts are tried; they learn before."""
        return self.ticks // 2

    def loss(self, model: StreamNetwork, batch: StreamEpisodes, tracing: Tracing) -> Tensor:
        """See Task: mean logarithm of both shares."""
        share, asked = self._shares(model, batch, tracing)
        return (share + asked) / 2

    def evaluate(self, model: StreamNetwork, batch: StreamEpisodes, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task. Means over episodes are of the logarithms' exponentials."""
        share, asked = self._shares(model, batch, tracing)
        reads = model.layer(batch, tracing)[self.middle :, :, 0].numpy()
        rank = [effective_rank(reads[:, stream]) for stream in range(reads.shape[1])]
        return {"share": share.exp(), "asked": asked.exp(), "rank": torch.tensor(rank)}

    def _shares(self, model: StreamNetwork, batch: StreamEpisodes, tracing: Tracing) -> tuple[Tensor, Tensor]:
        """Logarithms of the error over that of lags alone, [B]: at ticks sensed, and where the family asks."""
        truth = batch.truth[self.middle :]
        plain, helped = [(told - truth) ** 2 for told in model(batch, tracing, round(EARLY * self.ticks), self.middle)]
        share = _log_ratio(helped, plain, batch.sensed[self.middle :], batch.used)
        asked = batch.asked[self.middle :]
        return share, torch.where(asked.any(2).any(0), _log_ratio(helped, plain, asked, batch.used), share)

    def exhibit(self, model: StreamNetwork, source: Source, tracing: Tracing) -> Pictures:
        """See Task: a stream of every family, channels downwards and ticks rightwards, and what is off."""
        streams = list[Drawn]()
        for number, family in enumerate(FAMILIES):
            streams.append(drawn(source.generator(number), family, self.ticks, self.width, self.most))
        batch = gathered(streams, self.most, self.width)
        plain, helped = model(batch, tracing, round(EARLY * self.ticks), self.middle)
        truth = batch.truth[self.middle :]
        columns = {
            "stream": truth / 2,
            "expected by lags": plain / 2,
            "and the layer": helped / 2,
            "off, lags": (plain - truth).abs() - 1,
            "off, and the layer": (helped - truth).abs() - 1,
        }
        seen = [torch.where(batch.used, values, torch.nan)[:SHOWN_TICKS] for values in columns.values()]
        images = torch.stack(seen, 0).permute(2, 0, 3, 1).clamp(-1, 1).repeat_interleave(ROWS, 2)
        return Pictures(f"Top to bottom: {', '.join(FAMILIES)}", tuple(columns), images.numpy())


def gathered(streams: Sequence[Drawn], most: int, width: int) -> StreamEpisodes:
    """Streams side by side, each one's own channels first."""
    slots, used = np.zeros((len(streams), most), np.int64), np.zeros((len(streams), most), np.bool_)
    for row, stream in enumerate(streams):
        used[row, : len(stream.slots)] = True
        slots[row, : len(stream.slots)] = stream.slots
    if slots.max(initial=0) >= width:
        raise ValueError(f"a slot beyond the {width} that there are")

    def own(part: str) -> Tensor:
        values = [np.where(used[row], getattr(stream, part)[:, slots[row]], 0) for row, stream in enumerate(streams)]
        return torch.tensor(np.stack(values, 1))

    return StreamEpisodes(
        own("read"), own("sensed").bool(), own("truth"), own("asked").bool(), torch.tensor(used), torch.tensor(slots)
    )


def _log_ratio(helped: Tensor, plain: Tensor, counted: Tensor, used: Tensor) -> Tensor:
    """Mean over channels of the logarithm of one mean error over another, [B]; errors [T, B, C] where counted.

    Channels that nothing is counted of count for nothing.
    """
    count = counted.sum(0)
    told = [torch.log((part * counted).sum(0) / count.clamp(min=1) + FLOOR) for part in (helped, plain)]
    there = used & (count > 0)
    return ((told[0] - told[1]) * there).sum(1) / there.sum(1).clamp(min=1)
