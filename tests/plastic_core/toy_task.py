"""A task that takes microseconds, with episodes whose loss is not finite where a test wants it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import nn

from plastic_core.tasks.contract import Metric, Source, Split
from plastic_core.trace.contract import Tracing


class Points(NamedTuple):
    x: torch.Tensor
    y: torch.Tensor


@dataclass(frozen=True)
class Line:
    """To find y = 2 x_0 - x_1; the loss of training episodes in `bad` is NaN."""

    width: int = 2
    bad: tuple[int, ...] = ()

    metrics: ClassVar[tuple[Metric, ...]] = (Metric("error", "lower", "squared error"),)
    data: ClassVar[str] = "drawn"

    def model(self, seed: int) -> nn.Linear:
        model = nn.Linear(self.width, 1)
        with torch.no_grad():
            for weight in model.parameters():
                weight.copy_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed)))
        return model

    def episodes(self, source: Source, numbers: Sequence[int]) -> Points:
        x = np.stack([source.generator(number).standard_normal(self.width) for number in numbers])
        y = 2 * x[:, 0] - x[:, 1]
        if source.split is Split.TRAINING:
            y[[number in self.bad for number in numbers]] = np.nan
        return Points(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))

    def loss(self, model: nn.Linear, batch: Points, tracing: Tracing) -> torch.Tensor:
        del tracing
        return (model(batch.x)[:, 0] - batch.y) ** 2

    def evaluate(self, model: nn.Linear, batch: Points, tracing: Tracing) -> Mapping[str, torch.Tensor]:
        return {"error": self.loss(model, batch, tracing)}
