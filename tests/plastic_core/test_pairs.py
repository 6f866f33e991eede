"""Traces as pairs: what they keep, and what they refuse."""

from typing import Any

import pytest
import torch

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.rules import RULES
from plastic_core.trace.contract import Fast, Synapses, nothing_written
from plastic_core.trace.pairs import PairsTrace, pairs_trace
from plastic_core.trace.plain import PlainTrace
from plastic_core.trace.still import StillTrace

N, M, B, T = 4, 3, 2, 6


def synapses_of(rule: str, leaks: int = 1, rates: int = 1) -> Synapses:
    weights = torch.full((N, M), 0.1)
    return Synapses(RULES[rule], weights, weights, torch.full((leaks, M), 0.1), torch.full((rates, M), 0.1))


@pytest.mark.parametrize(
    "synapses",
    [
        *(synapses_of(rule) for rule in ("clipped", "modulated", "retroactive")),
        *(synapses_of("hebb", *n) for n in [(N, 1), (1, N)]),
    ],
)
def test_what_is_no_sum_of_writes_is_refused(synapses: Synapses) -> None:
    with pytest.raises(ValueError, match="use adjoint"):
        pairs_trace(synapses, nothing_written(synapses, B))


def test_traces_that_begin_with_nothing_are_never_formed() -> None:
    synapses = synapses_of("hebb")
    blank, some = pairs_trace(synapses, nothing_written(synapses, B)), pairs_trace(synapses, Fast(torch.ones(B, N, M)))
    assert isinstance(blank, PairsTrace)
    assert blank.beginning is None
    assert isinstance(some, PairsTrace)
    assert some.beginning is not None
    assert isinstance(pairs_trace(synapses_of("none"), nothing_written(synapses, B)), StillTrace)


@pytest.mark.parametrize("alpha", ["synapse", "neuron"])
def test_a_cut_episode_goes_on_as_plain_traces_do(alpha: Any) -> None:
    cell = PlasticRecurrent(RecurrentConfig(3, N, ConnectionsConfig("oja", alpha=alpha, eta_start=0.2)), 0).double()
    inputs = torch.randn(2, T, B, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found: list[tuple[torch.Tensor, ...]] = []
    for tracing in (pairs_trace, PlainTrace):
        _, state = cell(inputs[0], cell.begin(B, tracing))
        activity, _ = cell(inputs[1], cell.cut(state, tracing))
        found.append((activity, *torch.autograd.grad(activity.square().sum(), list(cell.parameters()))))
    torch.testing.assert_close(found[0], found[1])


def test_gradients_of_gradients() -> None:
    found: list[tuple[torch.Tensor, ...]] = []
    for tracing in (pairs_trace, PlainTrace):
        cell = PlasticRecurrent(RecurrentConfig(3, N, ConnectionsConfig("hebb", eta_start=0.2)), 0).double()
        activity, _ = cell(torch.ones(T, B, 3, dtype=torch.float64), cell.begin(B, tracing))
        weights = list(cell.parameters())
        first = torch.autograd.grad(activity.square().sum(), weights, create_graph=True)
        found.append(torch.autograd.grad(sum((each.square().sum() for each in first), torch.zeros(())), weights))
    torch.testing.assert_close(found[0], found[1])
