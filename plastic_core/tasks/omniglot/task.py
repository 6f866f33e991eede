"""One-shot recognition of characters (Miconi, Clune and Stanley 2018, sec. 4.3), from its description.

One drawing of each of a few characters is shown with its label; then another drawing of one of them is to be named.
Each episode has characters of its own: what is learned is how to look, and what to keep is the plastic layer's. Its
112,065 trained numbers are 111,424 of the convolutions, 320 weights and, of plasticity, 320 alphas and one eta.

Differences: every character of an episode is asked for (published: one), for asking writes nothing and the shown
drawings are looked at once for all; drawings are bent a little while training; pictures are ink on nothing; alphas
start positive and equal, eta at 1, weights as He et al. 2015 have it.

Letters: B episodes, K = ways x shots labelled pictures, Q asked ones, S x S pixels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.data.errors import DataUnusable
from plastic_core.data.places import folder_of
from plastic_core.tasks.contract import ELSEWHERE, Metric, Preset, Source, Split
from plastic_core.tasks.exhibit import Pictures
from plastic_core.tasks.omniglot.drawings import SIDE, Character
from plastic_core.tasks.omniglot.network import CLOSED, OneShot
from plastic_core.tasks.omniglot.splits import SPLITS, Parts, SplitName, parts
from plastic_core.tasks.omniglot.strokes import glyphs
from plastic_core.trace.contract import Tracing

Tensor = torch.Tensor
Float32 = npt.NDArray[np.float32]

QUARTERS = 4
"""Each character turned by so many quarters is as many classes."""
SHOWN = 6
"""Episodes of an exhibit."""


class OneShotEpisodes(NamedTuple):
    """Some episodes side by side; ink is 1, paper 0."""

    shown: Tensor
    """float32[B, K, S, S]."""
    labels: Tensor
    """int64[B, K]."""
    asked: Tensor
    """float32[B, Q, S, S]."""
    answers: Tensor
    """int64[B, Q]."""


@dataclass(frozen=True)
class Omniglot:
    """See Task. Raises ValueError for a number out of range; episodes raise DataMissing and DataUnusable."""

    ways: int = 5
    """Characters of an episode."""
    shots: int = 1
    """Drawings of each that are shown, one round of all characters after the other."""
    queries: int = 1
    """Drawings of each that are asked for."""
    source: Literal["omniglot", "strokes"] = "omniglot"
    """strokes: random curves, drawn from the seed, without any data; split and jitter say nothing about them."""
    split: SplitName = "small"
    """See splits.py."""
    jitter: float = 0.07
    """While training each drawing is bent: standard deviation of the numbers of an affine map; half the side is 1."""
    channels: int = 64
    rule: str = "oja"
    """oja or hebb; none is the control: the same network, plasticity off."""
    alpha: Literal["synapse", "neuron", "scalar"] = "synapse"
    """What has an alpha of its own."""
    eta: float = 1.0
    """Where the learned learning rate of the traces starts: what is shown once is kept whole."""
    alpha_gain: float = 3.0
    """Every alpha starts at alpha_gain / sqrt(channels)."""
    folder: str = field(default="", metadata=ELSEWHERE)
    """Where Omniglot's official files lie; "" for the user's own place."""

    full: ClassVar[Preset] = Preset(
        train={
            "episodes": 30_000,
            "batch": 16,
            "learning_rate": 3e-3,
            "schedule": "cosine",
            "evaluate_every": 5000,
            "evaluate_episodes": 400,
            "evaluate_batch": 50,
            "save_every": 5000,
        }
    )
    quick: ClassVar[Preset] = Preset(
        task={"source": "strokes", "channels": 32},
        train={
            "episodes": 4000,
            "evaluate_every": 1000,
            "evaluate_episodes": 100,
            "save_every": 2000,
        },
    )
    arms: ClassVar[Mapping[str, Preset]] = {
        "plastic": Preset(),
        "fixed": Preset(task={"rule": "none"}),
        "twenty_way": Preset(task={"ways": 20}),
    }
    published: ClassVar[str] = (
        "98.3 +- 0.80% right, 5-way, on the full set parted by character (Miconi, Clune and Stanley 2018, sec. 4.3)"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("accuracy", "higher", "share of right answers; guessing gives 1 / ways"),
        Metric("pixel_nearest", "higher", "of a trivial answer: the shown picture whose pixels are nearest"),
    )
    data: ClassVar[str] = "Omniglot (Lake, Salakhutdinov and Tenenbaum 2015), or random strokes drawn from the seed"

    def __post_init__(self) -> None:
        """Check ranges."""
        if self.ways < 2:
            raise ValueError(f"ways is at least 2, not {self.ways}")
        for name in ("shots", "queries", "channels"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.source not in ("omniglot", "strokes"):
            raise ValueError(f"source is omniglot or strokes, not {self.source!r}")
        if self.split not in SPLITS:
            raise ValueError(f"split is one of {', '.join(SPLITS)}, not {self.split!r}")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter lies in 0..1, not at {self.jitter}")
        if self.alpha not in ("synapse", "neuron", "scalar"):
            raise ValueError(f"alpha is synapse, neuron or scalar, not {self.alpha!r}")
        if not 0 < self.alpha_gain < math.inf:
            raise ValueError(f"alpha_gain is above 0, not {self.alpha_gain}")
        if self.rule not in CLOSED:
            raise ValueError(f"rule is {', '.join(CLOSED[:-1])} or {CLOSED[-1]}, not {self.rule!r}")
        self._connections()

    def _connections(self) -> ConnectionsConfig:
        return ConnectionsConfig(rule=self.rule, alpha=self.alpha, eta_start=self.eta, alpha_gain=self.alpha_gain)

    def model(self, seed: int) -> OneShot:
        """See Task."""
        return OneShot(self.ways, self.channels, self._connections(), seed)

    def parts(self) -> Parts:
        """The characters that are trained on and held out. Raises DataMissing, DataUnusable, OSError."""
        return parts(Path(self.folder) if self.folder else folder_of("omniglot"), self.split)

    def episodes(self, source: Source, numbers: Sequence[int]) -> OneShotEpisodes:
        """See Task."""
        generators = [source.generator(number) for number in numbers]
        if self.source == "strokes":
            images = [glyphs(generator, self.ways, self.shots + self.queries, SIDE) for generator in generators]
        else:
            characters = self.parts()[source.split]
            images = [self._drawn(generator, characters) for generator in generators]
        # classes last: a round of all characters after the other
        rounds = torch.tensor(np.stack(images)).transpose(1, 2)
        if self.source == "omniglot" and self.jitter and source.split is Split.TRAINING:
            rounds = bent(rounds, np.stack([self._bends(generator) for generator in generators]))
        shown, asked = rounds[:, : self.shots].flatten(1, 2), rounds[:, self.shots :].flatten(1, 2)
        labels = torch.arange(self.ways).expand(len(numbers), -1)
        return OneShotEpisodes(shown, labels.repeat(1, self.shots), asked, labels.repeat(1, self.queries))

    def _drawn(self, generator: np.random.Generator, characters: tuple[Character, ...]) -> Float32:
        """[ways, shots + queries, S, S]: different classes, and different drawings of each."""
        classes, count = QUARTERS * len(characters), self.shots + self.queries
        if classes < self.ways or min(len(character.drawings) for character in characters) < count:
            raise DataUnusable(
                f"split {self.split} has {len(characters)} characters: too few for {self.ways} ways of {count} drawings"
            )
        chosen = list[npt.NDArray[np.uint8]]()
        for number in generator.choice(classes, self.ways, replace=False):
            place, quarters = divmod(int(number), QUARTERS)
            drawings = characters[place].drawings
            some = drawings[generator.choice(len(drawings), count, replace=False)]
            chosen.append(np.rot90(some, quarters, (1, 2)))
        return np.stack(chosen).astype(np.float32) / np.float32(255)

    def _bends(self, generator: np.random.Generator) -> Float32:
        """[shots + queries, ways, 2, 3]: affine maps near to the one that changes nothing."""
        size = (self.shots + self.queries, self.ways, 2, 3)
        return (np.eye(2, 3) + generator.normal(0, self.jitter, size)).astype(np.float32)

    def loss(self, model: OneShot, batch: OneShotEpisodes, tracing: Tracing) -> Tensor:
        """See Task: the mean cross-entropy of the answers. The trace has a closed form: no `tracing` is needed."""
        del tracing
        logits = model(batch.shown, batch.labels, batch.asked)
        return functional.cross_entropy(logits.transpose(1, 2), batch.answers, reduction="none").mean(1)

    def evaluate(self, model: OneShot, batch: OneShotEpisodes, tracing: Tracing) -> Mapping[str, Tensor]:
        """See Task."""
        del tracing
        named = model(batch.shown, batch.labels, batch.asked).argmax(2)
        apart = torch.cdist(batch.asked.flatten(2), batch.shown.flatten(2))
        nearest = batch.labels.gather(1, apart.argmin(2))
        return {
            "accuracy": (named == batch.answers).float().mean(1),
            "pixel_nearest": (nearest == batch.answers).float().mean(1),
        }

    def exhibit(self, model: OneShot, source: Source, tracing: Tracing) -> Pictures:
        """See Task: each character as it was shown, a drawing that was asked, what was picked for it."""
        del tracing
        batch = self.episodes(source, range(SHOWN))
        rows, which = torch.arange(SHOWN), torch.arange(SHOWN) % self.ways
        picked = model(batch.shown, batch.labels, batch.asked).argmax(2)[rows, which]
        shown, asked = batch.shown[:, : self.ways], batch.asked[rows, which]
        answers, right = shown[rows, picked], (picked == batch.answers[rows, which])[:, None, None]
        told = [asked, answers.where(right, torch.nan), answers.where(~right, torch.nan)]
        # paper is white
        images = 1 - 2 * torch.cat([shown, torch.stack(told, 1)], 1)
        columns = (*(str(number + 1) for number in range(self.ways)), "asked", "picked: right", "picked: wrong")
        return Pictures(f"{self.ways} characters seen once, then named", columns, images.numpy())


def bent(images: Tensor, maps: Float32) -> Tensor:
    """Each picture of [..., S, S] through its affine map of [..., 2, 3], between pixels linear; paper around."""
    flat = images.reshape(-1, 1, *images.shape[-2:])
    places = functional.affine_grid(torch.tensor(maps).reshape(-1, 2, 3), list(flat.shape), align_corners=False)
    return functional.grid_sample(flat, places, align_corners=False).reshape(images.shape)
