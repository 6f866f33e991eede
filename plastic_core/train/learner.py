"""What training changes: a model's weights, its optimizer, how far they have come; as tensors by name for storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import torch
from torch import nn

from plastic_core.tasks.contract import Task
from plastic_core.train.settings import TrainSettings

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Plan:
    """What is trained, and how."""

    name: str
    """Key of plastic_core.tasks.catalogue.TASKS."""
    task: Task[Any, Any]
    settings: TrainSettings
    arm: str | None = None
    """The task's arm that it began as; None where nobody said."""

    def config(self) -> dict[str, Any]:
        """The task's own numbers, as JSON values; where its data lie is none of them."""
        task: Any = self.task
        elsewhere = {field.name for field in fields(task) if field.metadata.get("elsewhere")}
        return {name: value for name, value in asdict(task).items() if name not in elsewhere}


@dataclass(frozen=True)
class Learner:
    """Changed in place by a step."""

    model: nn.Module
    optimizer: torch.optim.Adam

    @classmethod
    def new(cls, plan: Plan) -> Learner:
        """Untrained, from the plan's seed."""
        model: nn.Module = plan.task.model(plan.settings.seed)
        return cls(model, torch.optim.Adam(trained(model).values(), lr=plan.settings.learning_rate))

    @property
    def size(self) -> int:
        """How many numbers are trained."""
        return sum(weight.numel() for weight in trained(self.model).values())

    def tensors(self) -> tuple[Tensors, Tensors]:
        """Model and optimizer, by name."""
        states = {name: self.optimizer.state[weight] for name, weight in trained(self.model).items()}
        moments = {f"{key}/{name}": value for name, state in states.items() for key, value in state.items()}
        return self.model.state_dict(), moments

    def restore(self, model: Tensors, optimizer: Tensors) -> None:
        """Take over what `tensors` gave. Raises ValueError in one line where a name, shape or type is another one."""
        _same(self.model.state_dict(), model)
        weights = trained(self.model)
        expected: dict[str, torch.Tensor] = {}
        for key in optimizer:
            name = key.partition("/")[2]
            if name not in weights:
                raise ValueError(f"the optimizer's {key} belongs to no weight of this model")
            moment = weights[name]
            expected |= {f"step/{name}": torch.zeros(()), f"exp_avg/{name}": moment, f"exp_avg_sq/{name}": moment}
        _same(expected, optimizer)
        self.model.load_state_dict(dict(model))
        for key, value in optimizer.items():
            kind, _, name = key.partition("/")
            # a copy of its own: where a file's bytes happen to lie in memory must not change a sum's order
            self.optimizer.state[weights[name]][kind] = value.clone()


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The weights that learn, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def _same(expected: Tensors, found: Tensors) -> None:
    if set(expected) != set(found):
        odd = sorted(set(expected) ^ set(found))
        raise ValueError(f"{odd[0]} is {'missing' if odd[0] in expected else 'unknown to this model'}")
    for name, tensor in found.items():
        wanted = expected[name]
        if tensor.shape != wanted.shape or tensor.dtype != wanted.dtype:
            raise ValueError(
                f"{name} is {tensor.dtype} {list(tensor.shape)}, this model's is {wanted.dtype} {list(wanted.shape)}"
            )


@dataclass(frozen=True)
class Taken:
    """What one step did."""

    loss: float
    """Mean over the batch, before the step."""
    grad_norm: float
    """Before clipping."""
    learning_rate: float
    skipped: bool
    """Loss or gradient was not finite, and the weights were left as they were."""


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    """Batches behind it."""
    episode: int = 0
    """Episodes behind it, and so the number of the next one."""
    skipped: int = 0
    """Steps without a finite loss and gradient."""
    bad_in_a_row: int = 0
    seconds: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of the last evaluation."""
    best: float | None = None
    """The task's first metric at its best."""
    best_episode: int | None = None

    def after(self, taken: Taken, episodes: int, seconds: float) -> Progress:
        """Once another batch of so many episodes has been lived through."""
        return replace(
            self,
            step=self.step + 1,
            episode=self.episode + episodes,
            skipped=self.skipped + taken.skipped,
            bad_in_a_row=self.bad_in_a_row + 1 if taken.skipped else 0,
            seconds=seconds,
        )
