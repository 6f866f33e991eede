"""What `bench train` compares is the same computation."""

import pytest
import torch

from plastic_core.bench.published import WRITTEN
from plastic_core.bench.train import FORMULATIONS, Load, Slow, measure


@pytest.mark.parametrize("rule", list(WRITTEN))
def test_formulations_agree_in_activity_and_gradients(rule: str) -> None:
    inputs, found = torch.randn(12, 2, 9, generator=torch.Generator().manual_seed(0)), []
    for formulation in FORMULATIONS.values():
        slow = Slow.drawn(9, 1)
        last = formulation(slow, rule, inputs)
        found.append((last, *torch.autograd.grad(last.square().sum(), [slow.fixed, slow.alpha, slow.eta])))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("formulation", list(FORMULATIONS))
def test_a_measurement_trains(formulation: str) -> None:
    threads = torch.get_num_threads()
    try:
        figures = measure(Load(formulation, "hebb", neurons=8, ticks=3, streams=2, episodes=3))
    finally:
        torch.set_num_threads(threads)
    assert figures["losses"][-1] < figures["losses"][0]
    assert figures["seconds_per_episode"] > 0
    assert figures["peak_bytes"] >= 0
