"""A clamped layer is what its equations say, tick by tick, in values and gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from plastic_core.cells.clamped import ClampedConfig, ClampedRecurrent, Phase
from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.trace.catalogue import TRACINGS

B, N = 3, 7
Tensor = torch.Tensor


def cell_of(dtype: torch.dtype = torch.float64, **settings: Any) -> ClampedRecurrent:
    connections: Any = {"gain": 2.0, "alpha_gain": 2.0} | settings
    cell = ClampedRecurrent(ClampedConfig(N, ConnectionsConfig(**connections)), 0)
    return cell.to(dtype)


def phases(dtype: torch.dtype = torch.float64) -> list[Phase]:
    """Whole clamps, one after the other too, blanks with a bias, clamps that differ from stream to stream."""
    generator = torch.Generator().manual_seed(3)
    whole, nothing = torch.ones(B, N, dtype=torch.bool), torch.zeros(B, N, dtype=torch.bool)
    bias = nothing.clone()
    bias[:, -1] = True
    partly = torch.rand(B, N, generator=generator) < 0.5
    partly[0, 0], partly[1, 0] = True, False
    clamps = [(whole, 4), (bias, 2), (whole, 1), (whole, 3), (nothing, 1), (whole, 20), (partly, 3)]
    return [Phase(torch.rand(B, N, generator=generator).to(dtype) * 2 - 1, clamped, n) for clamped, n in clamps]


def tick_by_tick(cell: ClampedRecurrent, lived: list[Phase]) -> Tensor:
    """The slow way, for rule hebb: every tick reads and writes, and the trace is a matrix a stream."""
    synapses, ends = cell.connections.synapses(), list[Tensor]()
    eta = synapses.leak[0, 0]
    hidden, trace = torch.zeros(B, N, dtype=torch.float64), torch.zeros(B, N, N, dtype=torch.float64)
    for phase in lived:
        for _ in range(phase.ticks):
            free = torch.tanh(torch.einsum("bi,bij->bj", hidden, synapses.fixed + synapses.alpha * trace))
            after = torch.where(phase.clamped, phase.given, free)
            trace = (1 - eta) * trace + eta * hidden[:, :, None] * after[:, None, :]
            hidden = after
        ends.append(hidden)
    return torch.stack(ends)


def gradients(cell: ClampedRecurrent, ends: Tensor) -> list[Tensor]:
    weights = [weight for weight in cell.parameters() if weight.requires_grad]
    return list(torch.autograd.grad((ends * torch.linspace(-1, 1, N, dtype=ends.dtype)).square().sum(), weights))


@pytest.mark.parametrize("alpha", ["synapse", "neuron", "scalar"])
@pytest.mark.parametrize("eta", [0.0, 0.1, 0.7, 1.0])
def test_phases_are_what_their_ticks_are(alpha: Any, eta: float) -> None:
    cell = cell_of(alpha=alpha, eta_start=eta)
    ends, _ = cell(phases(), cell.begin(B))
    wanted = tick_by_tick(cell, phases())
    torch.testing.assert_close(ends, wanted, rtol=1e-10, atol=1e-12)
    found, expected = gradients(cell, ends), gradients(cell, wanted)
    assert len(found) == 3
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("tracing", sorted(TRACINGS))
@pytest.mark.parametrize("alpha", ["synapse", "scalar"])
def test_every_tracing_gives_the_same(tracing: str, alpha: Any) -> None:
    cell = cell_of(torch.float32, alpha=alpha, eta_start=0.1)
    ends, _ = cell(phases(torch.float32), cell.begin(B, TRACINGS[tracing]))
    wanted, _ = cell(phases(torch.float32), cell.begin(B))
    torch.testing.assert_close(ends, wanted, rtol=1e-4, atol=1e-5)
    for one, other in zip(gradients(cell, ends), gradients(cell, wanted), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_the_trace_is_what_the_ticks_wrote() -> None:
    cell, shown = cell_of(eta_start=0.2), phases()[:1]
    _, state = cell(shown, cell.begin(B))
    p = shown[0].given
    trace = state.trace.settled(state.write).trace  # four ticks: the first from nothing, three from p to p
    torch.testing.assert_close(trace, (1 - 0.8**3) * p[:, :, None] * p[:, None, :])


def test_an_episode_goes_on_where_it_stopped() -> None:
    cell, lived = cell_of(eta_start=0.1), phases()
    wanted, _ = cell(lived, cell.begin(B))
    first, state = cell(lived[:2], cell.begin(B))
    rest, _ = cell(lived[2:], state)
    torch.testing.assert_close(torch.cat([first, rest]), wanted)


def test_without_plasticity_the_past_is_gone_after_a_whole_clamp() -> None:
    cell, lived = cell_of(rule="none"), phases()
    ends, _ = cell(lived, cell.begin(B, TRACINGS["adjoint"]))
    last, _ = cell(lived[-2:], cell.begin(B))
    torch.testing.assert_close(ends[-2:], last)
    assert len(gradients(cell, ends)) == 1


def test_settings_that_make_no_clamped_layer_are_refused() -> None:
    for wrong in (ConnectionsConfig("oja"), ConnectionsConfig(eta="neuron"), ConnectionsConfig(tied=False)):
        with pytest.raises(ValueError, match="a clamped layer"):
            ClampedConfig(N, wrong)
    with pytest.raises(ValueError, match="neurons are at least 1, not 0"):
        ClampedConfig(0)
