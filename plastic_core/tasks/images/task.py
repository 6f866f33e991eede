"""Reconstruction of natural images from one half (Miconi, Clune and Stanley 2018, sec. 4.2), from its description.

A few gray pictures are shown one after another, each for some ticks, with blank ticks between, all of them once a cycle
in an order of the cycle's own. Then the top or the bottom half of one comes back, and at the last tick the activity is
to be the whole picture. Each picture has zero mean and lies in -1..1; the pictures at test were never trained on.

One neuron a pixel and one more, the bias, which is one throughout. Inputs clamp (cells/clamped.py): a pixel that is
told is its neuron's activity. 2,101,251 numbers are trained by default: w, alpha, and one eta.

Controls: the same network without plasticity, which is left with what one half of a picture says of the other; an LSTM
of about as many trained numbers; one alpha for the whole layer. The LSTM has no clamp and nothing to gain from ticks of
the same input: it is told the same clamps, each phase for at most LSTM_TICKS ticks.

Letters: B episodes, K pictures in each, S x S pixels, P = S * S, N neurons = P + 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import torch

from plastic_core.cells.clamped import ClampedConfig, ClampedRecurrent, Phase
from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.control import ControlLSTM, cells_for
from plastic_core.data.errors import DataUnusable
from plastic_core.data.gray import SIDE
from plastic_core.data.places import folder_of
from plastic_core.tasks.contract import ELSEWHERE, Metric, Preset, Source, Split
from plastic_core.tasks.exhibit import Pictures
from plastic_core.tasks.images.figures import METRICS, figures, squared_error
from plastic_core.tasks.images.pictures import Float32, blobs, gallery, normalised
from plastic_core.trace.contract import Tracing

Tensor = torch.Tensor
Model = ClampedRecurrent | ControlLSTM

SHOWN = 6
"""Episodes of an exhibit."""
LSTM_TICKS = 3


class ImageEpisodes(NamedTuple):
    """Some episodes side by side."""

    images: Tensor
    """float32[B, K, P], -1..1."""
    orders: Tensor
    """int64[cycles, K, B]: which picture is shown when."""
    asked: Tensor
    """int64[B]: which one comes back."""
    missing: Tensor
    """bool[B, P]: the half that is to be answered."""
    mean: Tensor
    """float32[P]: the mean of all training pictures."""

    @property
    def truth(self) -> Tensor:
        """What is to be answered, [B, P]."""
        return self.images[torch.arange(len(self.images)), self.asked]


@dataclass(frozen=True)
class Images:
    """See Task. Raises ValueError where a number is out of its range."""

    images: int = 3
    """K."""
    cycles: int = 3
    """How often each picture is shown."""
    shown: int = 20
    """Ticks, each time."""
    blank: int = 2
    """Ticks after each showing in which only the bias is told."""
    test: int = 3
    """Ticks of the half that comes back."""
    pixels: int = 32
    """S; pictures of the file are reduced to it, so there it divides 32."""
    source: Literal["cifar", "blobs"] = "cifar"
    """Where pictures come from: a file of CIFAR-10 in gray, or smooth random ones, for which no file is needed."""
    folder: str = field(default="", metadata=ELSEWHERE)
    """Where the file lies; empty for where `plastream data fetch images` puts it."""
    rule: Literal["hebb", "none"] = "hebb"
    """none is a control: the same network, plasticity off."""
    alpha: Literal["synapse", "neuron", "scalar"] = "synapse"
    """What has an alpha of its own."""
    eta: float = 0.01
    """Where the learned learning rate of the traces starts."""
    cell: Literal["recurrent", "lstm"] = "recurrent"
    """lstm is another control; rule, alpha and eta say nothing about it but its size."""

    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 64_000,
            "batch": 8,
            "learning_rate": 4e-4,
            "schedule": "cosine",
            "warm_up_steps": 50,
            "evaluate_every": 4000,
            "evaluate_episodes": 50,
            "evaluate_batch": 10,
            "save_every": 4000,
            "tracing": "pairs",
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"source": "blobs", "pixels": 12},
        train={
            "episodes": 3200,
            "batch": 8,
            "learning_rate": 2e-3,
            "evaluate_every": 800,
            "evaluate_episodes": 50,
            "evaluate_batch": 50,
            "save_every": 1600,
        },
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "plastic": Preset(),
        "rnn": Preset(task={"rule": "none"}),
        "lstm": Preset(task={"cell": "lstm"}, train={"learning_rate": 1e-3}),
        "shared_alpha": Preset(task={"alpha": "scalar"}),
    }
    published: ClassVar[str] = (
        "pictures only, no figure: an alpha of each synapse reconstructs, a shared alpha less well, a network without"
        " plasticity not at all (Miconi, Clune and Stanley 2018, sec. 4.2)"
    )
    metrics: ClassVar[tuple[Metric, ...]] = METRICS
    data: ClassVar[str] = (
        "CIFAR-10 in gray, the last tenth of the file held out; or smooth random pictures from the seed"
    )

    def __post_init__(self) -> None:
        """Check ranges; whether there is a file is asked when episodes are."""
        for name in ("images", "cycles", "shown", "test"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.blank < 0:
            raise ValueError(f"blank is at least 0, not {self.blank}")
        if self.source not in ("cifar", "blobs"):
            raise ValueError(f"source is cifar or blobs, not {self.source!r}")
        if self.cell not in ("recurrent", "lstm"):
            raise ValueError(f"cell is recurrent or lstm, not {self.cell!r}")
        if self.pixels < 2 or self.pixels % 2 or (self.source == "cifar" and SIDE % self.pixels):
            raise ValueError(
                f"pixels is even, so that there are halves, and for cifar divides {SIDE}: not {self.pixels}"
            )
        self._network()

    @property
    def _size(self) -> int:
        """P."""
        return self.pixels**2

    def _network(self) -> ClampedConfig:
        return ClampedConfig(self._size + 1, ConnectionsConfig(rule=self.rule, alpha=self.alpha, eta_start=self.eta))

    def model(self, seed: int) -> Model:
        """See Task."""
        width = self._size + 1
        if self.cell == "lstm":
            return ControlLSTM(width, cells_for(2 * width**2 + 1, width, self._size), self._size, seed)
        return ClampedRecurrent(self._network(), seed)

    def episodes(self, source: Source, numbers: Sequence[int]) -> ImageEpisodes:
        """See Task. Raises DataMissing, DataUnusable."""
        B, K, P = len(numbers), self.images, self._size
        images, orders = np.zeros((B, K, P), np.float32), np.zeros((self.cycles, K, B), np.int64)
        asked, missing = np.zeros(B, np.int64), np.zeros((B, 2, P // 2), np.bool_)
        for row, number in enumerate(numbers):
            generator = source.generator(number)
            images[row] = self._drawn(source.split, generator)
            orders[:, :, row] = [generator.permutation(K) for _ in range(self.cycles)]
            asked[row] = generator.integers(K)
            missing[row, generator.integers(2)] = True
        told = (images, orders, asked, missing.reshape(B, P), self._mean())
        return ImageEpisodes(*(torch.tensor(values) for values in told))

    def _drawn(self, split: Split, generator: np.random.Generator) -> Float32:
        """K pictures, no two the same, [K, P]."""
        if self.source == "blobs":
            return normalised(blobs(generator, self.images, self.pixels))
        pictures = gallery(self._folder(), self.pixels)
        among = pictures.held_out if split == Split.HELD_OUT else pictures.training
        if len(among) < self.images:
            raise DataUnusable(f"images is at most {len(among)}, as many as are held out, not {self.images}")
        return among[generator.choice(len(among), self.images, replace=False)]

    def _mean(self) -> Float32:
        if self.source == "blobs":
            return np.zeros(self._size, np.float32)
        return gallery(self._folder(), self.pixels).mean

    def _folder(self) -> str:
        return self.folder or str(folder_of("images"))

    def loss(self, model: Model, batch: ImageEpisodes, tracing: Tracing) -> Tensor:
        """See Task: the squared error of the missing half at the last tick; the other half is right by itself."""
        return squared_error(self.answer(model, batch, tracing), batch.truth, batch.missing)

    def evaluate(self, model: Model, batch: ImageEpisodes, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task."""
        answer = self.answer(model, batch, tracing)
        return figures(answer, batch.images, batch.asked, batch.missing, batch.mean)

    def exhibit(self, model: Model, source: Source, tracing: Tracing) -> Pictures:
        """See Task: what was shown, the half that came back, the answer, the truth."""
        batch = self.episodes(source, range(SHOWN))
        answer = torch.where(batch.missing, self.answer(model, batch, tracing).clamp(-1, 1), batch.truth)
        back = batch.truth.masked_fill(batch.missing, torch.nan)
        grid = torch.cat([batch.images, torch.stack([back, answer, batch.truth], 1)], 1)
        columns = (*(f"shown {k + 1}" for k in range(self.images)), "came back", "answer", "truth")
        images = grid.reshape(SHOWN, len(columns), self.pixels, self.pixels)
        return Pictures("Pictures, completed from one half", columns, images.numpy())

    def answer(self, model: Model, batch: ImageEpisodes, tracing: Tracing) -> Tensor:
        """[B, P]."""
        if isinstance(model, ControlLSTM):
            ticks = [told for phase in self.phases(batch) for told in [told_by(phase)] * min(phase.ticks, LSTM_TICKS)]
            return model(torch.stack(ticks))
        ends, _ = model(self.phases(batch), model.begin(len(batch.asked), tracing))
        return ends[-1, :, :-1]

    def phases(self, batch: ImageEpisodes) -> list[Phase]:
        """An episode: each picture and its blank ticks, cycle after cycle, and the half that comes back."""
        B = len(batch.asked)
        rows, bias = torch.arange(B), batch.images.new_ones(B, 1)
        known = torch.ones(B, 1, dtype=torch.bool)

        def phase(pictures: Tensor, clamped: Tensor, ticks: int) -> Phase:
            return Phase(torch.cat([pictures, bias], 1), torch.cat([clamped, known], 1), ticks)

        all_of_it = torch.ones_like(batch.missing)
        episode: list[Phase] = []
        for order in batch.orders.flatten(0, 1):
            episode.append(phase(batch.images[rows, order], all_of_it, self.shown))
            if self.blank:
                episode.append(phase(torch.zeros_like(batch.truth), ~all_of_it, self.blank))
        return [*episode, phase(batch.truth, ~batch.missing, self.test)]


def told_by(phase: Phase) -> Tensor:
    """What a network without clamps is told in a phase, [B, N]: zero where nothing is given."""
    return phase.given * phase.clamped
