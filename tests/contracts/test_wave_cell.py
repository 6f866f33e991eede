"""Promises of PlasticCell, held for every rule."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.rules import WRITE_BOUND
from plastic_core.slow import INPUTS, SlowWeights, drawn
from plastic_core.wave.cell import CellState, PlasticCell, RecurrentCell
from plastic_core.wave.contract import WAVE_RULES

SHAPES = [(1, 1), (7, 5), (16, 3)]
cells = pytest.mark.parametrize("rule", WAVE_RULES)


def cell_of(rule: str, neurons: int = 7, width: int = 5) -> RecurrentCell:
    return RecurrentCell.of(drawn(neurons, width, seed=3), rule, torch.float64)


def walk(cell: PlasticCell, inputs: torch.Tensor) -> CellState:
    state = cell.initial(inputs.shape[1])
    for mixed in inputs:
        state = cell.step(mixed, state)
    return state


@cells
@pytest.mark.parametrize(("neurons", "width"), SHAPES)
def test_initial_state_is_silent_and_shaped(rule: str, neurons: int, width: int) -> None:
    state = cell_of(rule, neurons, width).initial(3)
    assert state.hidden.shape == (3, neurons)
    assert state.trace.shape == (3, neurons, neurons)
    assert not state.hidden.any()
    assert not state.trace.any()


@cells
@pytest.mark.parametrize(("neurons", "width"), SHAPES)
def test_step_is_the_written_equation(rule: str, neurons: int, width: int) -> None:
    cell = cell_of(rule, neurons, width)
    generator = torch.Generator().manual_seed(1)
    before = walk(cell, torch.randn(20, 2, INPUTS * width, generator=generator, dtype=torch.float64))
    inputs = torch.randn(2, INPUTS * width, generator=generator, dtype=torch.float64)
    after = cell.step(inputs, before)
    for b in range(2):
        for j in range(neurons):
            drive = cell.bias[j] + sum(inputs[b, c] * cell.input[c, j] for c in range(INPUTS * width))
            for i in range(neurons):
                weight = cell.recurrent[i, j] + cell.alpha[i, j] * before.trace[b, i, j]
                drive = drive + before.hidden[b, i] * weight
            y = torch.tanh(drive)
            assert after.hidden[b, j] == pytest.approx(float(y), abs=1e-12)
            for i in range(neurons):
                x, H, eta = before.hidden[b, i], before.trace[b, i, j], cell.eta[j]
                wanted = (1 - eta) * H + eta * x * y if rule == "hebb" else H + eta * y * (x - y * H)
                assert after.trace[b, i, j] == pytest.approx(float(wanted), abs=1e-12)


@cells
def test_rows_are_independent(rule: str) -> None:
    cell = cell_of(rule)
    inputs = torch.randn(10, 4, INPUTS * 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    together, alone = walk(cell, inputs), walk(cell, inputs[:, 2:3])
    torch.testing.assert_close(together.trace[2:3], alone.trace, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(together.hidden[2:3], alone.hidden, rtol=1e-12, atol=1e-14)


@cells
def test_rate_zero_freezes_the_trace_and_lets_neurons_move(rule: str) -> None:
    cell = cell_of(rule)
    before = walk(cell, torch.ones(5, 2, INPUTS * 5, dtype=torch.float64))
    after = cell.step(
        torch.ones(2, INPUTS * 5, dtype=torch.float64), before, torch.tensor([0.0, 1.0], dtype=torch.float64)
    )
    assert torch.equal(after.trace[0], before.trace[0])
    assert not torch.equal(after.trace[1], before.trace[1])
    assert not torch.equal(after.hidden[0], before.hidden[0])


@cells
def test_writes_are_bounded(rule: str) -> None:
    weights = drawn(64, 5, seed=3).arrays()
    cell = RecurrentCell.of(SlowWeights(**weights | {"eta": weights["eta"] * 100}), rule, torch.float64)
    state = walk(cell, 8 * torch.ones(2, 1, INPUTS * 5, dtype=torch.float64))
    post = cell.activity(8 * torch.ones(1, INPUTS * 5, dtype=torch.float64), state)
    share = cell.share(state.hidden, post, torch.ones(1, dtype=torch.float64))
    assert float(share) < 1
    assert float(share * torch.sqrt(cell.squared_norm(state.hidden, post))) == pytest.approx(WRITE_BOUND)


@cells
def test_gradients_flow_through_a_life_to_every_slow_weight(rule: str) -> None:
    start = cell_of(rule, neurons=4, width=3)
    inputs = torch.randn(4, 2, INPUTS * 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64)

    def life(*weights: torch.Tensor) -> torch.Tensor:
        names = ("input", "recurrent", "alpha", "eta", "bias")
        return walk(RecurrentCell(**dict(zip(names, weights, strict=True)), rule=rule), inputs).hidden

    weights = (start.input, start.recurrent, start.alpha + 0.3, start.eta + 0.1, start.bias)
    leaves = tuple(weight.clone().requires_grad_() for weight in weights)
    assert torch.autograd.gradcheck(life, leaves)
    gradients = torch.autograd.grad(life(*leaves).sum(), leaves)
    assert all(bool(gradient.abs().sum() > 0) for gradient in gradients)


@cells
@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.0, 8.0), seed=st.integers(0, 1000))
def test_state_stays_finite_and_activity_within_one(rule: str, scale: float, seed: int) -> None:
    inputs = scale * torch.sign(torch.randn(50, 1, INPUTS * 5, generator=torch.Generator().manual_seed(seed))).double()
    state = walk(cell_of(rule), inputs)
    assert bool(torch.isfinite(state.trace).all())
    assert float(state.hidden.abs().max()) <= 1
