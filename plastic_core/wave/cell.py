"""The plastic cell, differentiable: what the engines compute, in torch, with the trace written at once.

    h_t = tanh(W_in m_t + (w + alpha * H_{t-1})^T h_{t-1} + b)
    H_t = rule(H_{t-1}, h_{t-1}, h_t)

Letters: B streams, I inputs, N neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch

from plastic_core.rules import RULES, WRITE_BOUND, written
from plastic_core.slow import SlowWeights


class CellState(NamedTuple):
    """What a cell remembers; the state passed to `step` is used up."""

    hidden: torch.Tensor
    """h, [B, N]."""
    trace: torch.Tensor
    """H, [B, N, N]."""


class PlasticCell(Protocol):
    """A network with slow weights, fixed here, and fast ones, in the state. Rows never touch each other."""

    def initial(self, count: int) -> CellState:
        """Zero activity and trace for `count` streams."""
        ...

    def step(self, inputs: torch.Tensor, state: CellState, rate: torch.Tensor | None = None) -> CellState:
        """One tick on inputs [B, I]; rate [B] in [0, 1] scales the learning rate of the trace."""
        ...


@dataclass(frozen=True)
class RecurrentCell:
    """The plastic recurrent cell; gradients flow to each of its tensors that asks for them. See PlasticCell."""

    input: torch.Tensor
    """W_in, [I, N]; a core's I inputs are three of each channel, see SlowWeights."""
    recurrent: torch.Tensor
    """w, [N, N]."""
    alpha: torch.Tensor
    """[N, N], or anything that broadcasts to it: [1, N] per neuron, [1, 1] scalar."""
    eta: torch.Tensor
    """[N] or [1]."""
    bias: torch.Tensor
    """b, [N]."""
    rule: str = "oja"

    @staticmethod
    def of(slow: SlowWeights, rule: str, dtype: torch.dtype = torch.float32) -> RecurrentCell:
        """The cell with these slow weights, copied."""
        return RecurrentCell(**{k: torch.tensor(v, dtype=dtype) for k, v in slow.arrays().items()}, rule=rule)

    def initial(self, count: int) -> CellState:
        """See PlasticCell."""
        neurons = self.bias.shape[0]
        return CellState(self.bias.new_zeros(count, neurons), self.bias.new_zeros(count, neurons, neurons))

    def activity(self, inputs: torch.Tensor, state: CellState) -> torch.Tensor:
        """h_t, [B, N]."""
        inward = (state.hidden[:, :, None] * (self.recurrent + self.alpha * state.trace)).sum(1)
        return torch.tanh(inputs @ self.input + inward + self.bias)

    def share(self, pre: torch.Tensor, post: torch.Tensor, rate: torch.Tensor) -> torch.Tensor:
        """[B]: the part of `rate` that keeps the write within WRITE_BOUND."""
        return rate * WRITE_BOUND / torch.sqrt(torch.clamp(self.squared_norm(pre, post), min=WRITE_BOUND**2))

    def squared_norm(self, pre: torch.Tensor, post: torch.Tensor) -> torch.Tensor:
        """[B]: squared Frobenius norm of eta x y^T."""
        return (pre * pre).sum(1) * ((self.eta * post) * (self.eta * post)).sum(1)

    def write(self, state: CellState, post: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
        """H_t, [B, N, N], from h_{t-1} and H_{t-1} in `state`, h_t and the share [B] of eta to be used."""
        eta = (self.eta * share[:, None])[:, None, :]
        return written(state.trace, state.hidden, RULES[self.rule].drive(post, torch.ones_like(post)), eta, eta)

    def step(self, inputs: torch.Tensor, state: CellState, rate: torch.Tensor | None = None) -> CellState:
        """See PlasticCell."""
        post = self.activity(inputs, state)
        share = self.share(state.hidden, post, post.new_ones(post.shape[0]) if rate is None else rate)
        return CellState(post, self.write(state, post, share))
