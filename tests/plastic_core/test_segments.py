"""Episodes in segments: the gradients of plain autograd, a state kept only between segments."""

import pytest
import torch

from plastic_core.rules import RULES, Drive
from plastic_core.trace.contract import Fast, Synapses, Trace, Write
from plastic_core.trace.plain import PlainTrace
from plastic_core.trace.segments import in_segments

Tensor = torch.Tensor
Carried = tuple[Tensor, Trace, Write | None]

B, N, T = 2, 6, 23


def leaves_of() -> list[Tensor]:
    draw = torch.Generator().manual_seed(0)
    shapes = [(N, N), (N, N), (1, N), (B, N, N), (T, B, N)]
    return [(0.3 * torch.randn(*s, generator=draw, dtype=torch.float64)).requires_grad_() for s in shapes]


def step(state: Carried, given: Tensor) -> tuple[Carried, Tensor]:
    """A rule of the user's own: the write is the cube of the activity."""
    hidden, trace, write = state
    swept = trace.sweep(write, hidden)
    post = torch.tanh(given + swept.inward)
    return (post, swept.trace, Write(hidden, Drive(torch.ones(B, 1), post**3))), post


def lived(leaves: list[Tensor], ticks: int | None) -> Tensor:
    w, alpha, eta, start, inputs = leaves
    trace = PlainTrace(Synapses(RULES["hebb"], w, alpha, eta, eta), Fast(start))
    (hidden, trace, write), activity = in_segments(step, (torch.zeros(B, N), trace, None), inputs, ticks)
    return activity.square().sum() + hidden.sum() + trace.settled(write).trace.sum()


@pytest.mark.parametrize("ticks", [None, 1, 7, 100])
def test_gradients_are_those_of_the_whole(ticks: int | None) -> None:
    found, wanted = leaves_of(), leaves_of()
    torch.testing.assert_close(torch.autograd.grad(lived(found, ticks), found), whole(wanted))


def whole(leaves: list[Tensor]) -> tuple[Tensor, ...]:
    w, alpha, eta, start, inputs = leaves
    state: Carried = torch.zeros(B, N), PlainTrace(Synapses(RULES["hebb"], w, alpha, eta, eta), Fast(start)), None
    activity: list[Tensor] = []
    for given in inputs:
        state, post = step(state, given)
        activity.append(post)
    hidden, trace, write = state
    loss = torch.stack(activity).square().sum() + hidden.sum() + trace.settled(write).trace.sum()
    return torch.autograd.grad(loss, leaves)


def kept_matrices(ticks: int) -> int:
    kept: list[int] = []

    def pack(values: Tensor) -> Tensor:
        kept.append(values.numel())
        return values

    *slow, inputs = leaves_of()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda values: values):
        lived([*slow, inputs[:ticks]], 4)
    return sum(size >= N * N for size in kept)


def test_a_segment_keeps_one_matrix() -> None:
    assert kept_matrices(T) - kept_matrices(4) == 5  # six segments of up to four ticks, and one


@pytest.mark.parametrize(("lasting", "ticks", "told"), [(0, None, "an episode has at least one tick"), (T, 0, "not 0")])
def test_segments_without_ticks_are_refused(lasting: int, ticks: int | None, told: str) -> None:
    *slow, inputs = leaves_of()
    with pytest.raises(ValueError, match=told):
        lived([*slow, inputs[:lasting]], ticks)
