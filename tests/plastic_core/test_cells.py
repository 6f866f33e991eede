"""What single cells promise besides tests/contracts/test_cells.py: their equations, their starts, their refusals."""

from typing import Any

import numpy as np
import pytest
import torch

from plastic_core.cells.connections import Connections, ConnectionsConfig, within
from plastic_core.cells.lstm import LSTMConfig, PlasticLSTM
from plastic_core.cells.readout import PlasticReadout, PlasticReadoutConfig
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.network import blank
from plastic_core.rules import RULES
from plastic_core.trace.contract import Synapses

D, N, T, B = 4, 6, 5, 3


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(*size: int) -> torch.Tensor:
    return torch.randn(*size, generator=generator(9))


def connections(seed: int = 0, n: int = N, m: int = N, **settings: Any) -> Connections:
    config = ConnectionsConfig(**settings)
    return Connections(config, RULES[config.rule], n, m, generator(seed))


def test_eta_is_held_in_range_and_finds_back() -> None:
    eta = torch.tensor([-0.5, 0.0, 0.3, 1.0, 1.5], requires_grad=True)
    assert within(eta).tolist() == [0, 0, pytest.approx(0.3), 1, 1]
    for direction, kept in [(1.0, [0, 0, 1, 1, 1]), (-1.0, [-1, -1, -1, 0, 0])]:
        (grad,) = torch.autograd.grad((within(eta) * direction).sum(), eta)
        assert grad.tolist() == kept, "descent may lead back inside, never further out"


@pytest.mark.parametrize("alpha", ["synapse", "neuron", "scalar", "low_rank"])
def test_alpha_and_eta_have_the_shapes_asked_for(alpha: Any) -> None:
    made = connections(n=8, m=5, alpha=alpha, alpha_rank=2, eta="synapse", tied=False)
    counts = {"synapse": 40, "neuron": 5, "scalar": 1, "low_rank": 26}
    plastic = [values.numel() for name, values in made.named_parameters() if name.startswith("alpha")]
    assert sum(plastic) == counts[alpha]
    synapses = made.synapses()
    assert synapses.fixed.shape == synapses.leak.shape == synapses.rate.shape == (8, 5)
    assert synapses.alpha.shape == ((8, 5) if alpha in ("synapse", "low_rank") else (1, 5))


def test_starts_have_the_size_that_is_written_down() -> None:
    made = connections(n=1000, m=1000, alpha="low_rank")
    synapses = made.synapses()
    assert synapses.fixed.std().item() == pytest.approx(0.0095, rel=0.02)
    assert synapses.alpha.std().item() == pytest.approx(0.0095, rel=0.1)
    assert connections(n=900, alpha="scalar").synapses().alpha.tolist() == [[pytest.approx(0.01)] * N]


def test_sparse_alpha_stays_sparse() -> None:
    made = connections(n=100, m=100, alpha="scalar", alpha_density=0.2)
    synapses = made.synapses()
    assert (synapses.alpha != 0).float().mean().item() == pytest.approx(0.2, abs=0.02)
    synapses.alpha.sum().backward()
    assert made.alpha.grad is not None
    assert made.alpha.grad.item() == (synapses.alpha != 0).sum().item()


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"alpha_density": 0.0}, {"alpha_density": 1.1}, {"eta_start": -0.1}, {"alpha_rank": 0}):
        with pytest.raises(ValueError, match="|".join(wrong)):
            ConnectionsConfig(**wrong)
    with pytest.raises(ValueError, match="no plasticity rule 'hebbian'"):
        RecurrentConfig(D, N, ConnectionsConfig("hebbian"))
    with pytest.raises(ValueError, match="direct input"):
        RecurrentConfig(D, N, input="direct")
    with pytest.raises(ValueError, match="at least 1"):
        RecurrentConfig(0, N)
    with pytest.raises(ValueError, match="at least 1"):
        LSTMConfig(D, 0)
    for config in (RecurrentConfig, LSTMConfig):
        with pytest.raises(ValueError, match="needs a modulator"):
            config(D, N, ConnectionsConfig("modulated"), modulated=False)
    with pytest.raises(ValueError, match="inputs and outputs are at least 1, not 0 and 3"):
        PlasticReadoutConfig(0, 3)
    with pytest.raises(ValueError, match="no rule 'delta' of a readout"):
        PlasticReadoutConfig(N, D, ConnectionsConfig("delta"))
    synapses = connections().synapses()
    loud = Synapses(synapses.rule, synapses.fixed, synapses.alpha, synapses.leak + 1, synapses.rate)
    with pytest.raises(ValueError, match="leak lies in"):
        connections().take(loud)


def test_a_start_of_another_count_is_refused() -> None:
    cell, lstm = PlasticRecurrent(RecurrentConfig(D, N), 0), PlasticLSTM(LSTMConfig(D, N), 0)
    with pytest.raises(ValueError, match="a state of 3 streams, not of 2"):
        cell.begin(2, state=blank(cell.network(), B))
    with pytest.raises(ValueError, match="a memory of 3 streams"):
        lstm.begin(2, memory=lstm.memory(lstm.begin(B)))
    readout = PlasticReadout(PlasticReadoutConfig(N, D), 0)
    with pytest.raises(ValueError, match="traces are"):
        readout.begin(2, fast=readout.fast(readout.begin(B)))


@pytest.mark.parametrize("rule", ["hebb", "retroactive"])
def test_a_memory_goes_on_where_it_stopped(rule: str) -> None:
    x = drawn(T, B, D)
    cells: list[Any] = [
        PlasticLSTM(LSTMConfig(D, N, ConnectionsConfig(rule, eta_start=0.3)), 0),
        PlasticReadout(PlasticReadoutConfig(D, 2, ConnectionsConfig(rule, eta_start=0.3)), 0),
        PlasticRecurrent(RecurrentConfig(D, N, ConnectionsConfig(rule, eta_start=0.3)), 0),
    ]
    for cell, told, keyword in zip(cells, ["memory", "fast", "fast"], ["memory", "fast", "state"], strict=True):
        wanted, _ = cell(x)
        _, state = cell(x[:2])
        after, _ = cell(x[2:], cell.begin(B, **{keyword: getattr(cell, told)(state)}))
        torch.testing.assert_close(after, wanted[2:], rtol=1e-5, atol=1e-6)


def test_without_plasticity_the_lstm_is_that_of_torch() -> None:
    cell, torchs = PlasticLSTM(LSTMConfig(D, N, ConnectionsConfig("none")), 0), torch.nn.LSTM(D, N)

    def order(values: torch.Tensor) -> torch.Tensor:
        let_in, kept, let_out, candidate = values.chunk(4, -1)
        return torch.cat([let_in, kept, candidate, let_out], -1)

    recurrent = torch.cat([cell.gates, cell.connections.fixed], 1).detach()
    with torch.no_grad():
        torchs.weight_ih_l0.copy_(order(cell.input).mT)
        torchs.weight_hh_l0.copy_(order(recurrent).mT)
        torchs.bias_ih_l0.copy_(order(cell.bias))
        torchs.bias_hh_l0.zero_()
        x = drawn(T, B, D)
        mine, state = cell(x)
        wanted, (hidden, memory) = torchs(x)
    torch.testing.assert_close(mine, wanted, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(state.hidden, hidden[0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(state.cell, memory[0], rtol=1e-5, atol=1e-6)


def test_the_lstm_is_its_equations() -> None:
    """Simple neuromodulation with Hebb's decay, one stream, in loops over numpy vectors."""
    config = LSTMConfig(D, N, ConnectionsConfig("hebb", eta="neuron", eta_start=0.2), modulated=True, fan_out=True)
    cell = PlasticLSTM(config, 3).double()
    x, s = drawn(T, 1, D).double(), torch.linspace(0.2, 1, T)[:, None].double()
    with torch.no_grad():
        outputs, state = cell(x, signal=s)
        trace = state.trace.settled(state.write).trace[0].numpy()
    slow, modulator = cell.connections.synapses(), cell.modulator
    assert modulator is not None
    numpy = {name: values.detach().numpy() for name, values in cell.named_parameters()}
    w, alpha, eta = slow.fixed.detach().numpy(), slow.alpha.detach().numpy(), slow.leak.detach().numpy()
    H, h, c = np.zeros((N, N)), np.zeros(N), np.zeros(N)
    for t in range(T):
        given = x[t, 0].numpy() @ numpy["input"] + numpy["bias"]
        i, f, o = np.split(1 / (1 + np.exp(-(given[: 3 * N] + h @ numpy["gates"]))), 3)
        z = np.tanh(given[3 * N :] + h @ (w + alpha * H))
        c = f * c + i * z
        before, h = h, o * np.tanh(c)
        m = np.tanh(h @ numpy["modulator.weight"] + numpy["modulator.bias"]) * numpy["modulator.fan"] * float(s[t, 0])
        H = (1 - eta * m) * H + eta * np.outer(before, z * m)
        np.testing.assert_allclose(outputs[t, 0].numpy(), h, atol=1e-12)
    np.testing.assert_allclose(trace, H, atol=1e-12)


@torch.no_grad()
def test_under_a_clamp_ojas_trace_is_eta_times_what_was_shown() -> None:
    """The closed form of one-shot classification: each class once, its label in place of the output."""
    cell = PlasticReadout(PlasticReadoutConfig(N, 5, ConnectionsConfig("oja", eta_start=0.25)), 0)
    shown = drawn(5, B, N)
    _, state = cell(shown, target=torch.eye(5)[:, None].expand(5, B, 5))
    torch.testing.assert_close(cell.fast(state).trace, 0.25 * shown.permute(1, 2, 0))


@torch.no_grad()
def test_the_error_modulated_readout_corrects_what_it_said() -> None:
    config = PlasticReadoutConfig(N, 2, ConnectionsConfig("error", eta_start=1.0), activation="identity")
    cell, x, wanted = PlasticReadout(config, 0), drawn(1, B, N), drawn(1, B, 2)
    cell.connections.alpha.fill_(1)
    unit = x / x.norm(dim=2, keepdim=True)
    first, state = cell(unit, target=wanted)
    assert not torch.allclose(first, wanted, atol=0.1)
    second, state = cell(unit, state)
    torch.testing.assert_close(second, wanted)
    third, _ = cell(unit, state)
    torch.testing.assert_close(third, wanted, msg="without a target nothing is learned")


@torch.no_grad()
def test_a_readouts_trace_is_left_alone_where_the_signal_is_zero() -> None:
    cell = PlasticReadout(PlasticReadoutConfig(N, 2, ConnectionsConfig("hebb", eta_start=0.5), "tanh"), 0)
    _, state = cell(drawn(3, B, N))
    before = cell.fast(state)
    _, state = cell(drawn(3, B, N), cell.begin(B, fast=before), signal=torch.zeros(3, B))
    assert torch.equal(cell.fast(state).trace, before.trace)


def test_a_network_of_mixed_shapes_is_imported() -> None:
    network = PlasticRecurrent(RecurrentConfig(D, N, ConnectionsConfig(eta="synapse", tied=False)), 0).network()
    mixed = type(network)(
        "hebb", network.input, network.recurrent, network.bias, network.alpha, network.leak[:1], network.rate
    )
    back = PlasticRecurrent.of(mixed).network()
    assert (back.leak.shape, back.rate.shape) == ((1, N), (N, N))
