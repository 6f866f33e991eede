"""Promises of trainable cells, held for every cell and every rule it can follow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.lstm import LSTMConfig, PlasticLSTM
from plastic_core.cells.readout import READOUT_RULES, PlasticReadout, PlasticReadoutConfig
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.engines.reference import ReferenceEngine
from plastic_core.network import Network, NetworkState, blank
from plastic_core.rules import RULES
from plastic_core.trace.catalogue import GENERAL, TRACINGS
from plastic_core.trace.contract import Fast

D, N, T, B = 7, 7, 6, 4


@dataclass(frozen=True)
class Cell:
    """make(connections, seed) -> module."""

    make: Callable[[ConnectionsConfig, int], Any]
    connections: ConnectionsConfig
    fixed: frozenset[str] = frozenset()
    """Parts that do not learn."""

    def built(self, seed: int = 0) -> Any:
        return self.make(self.connections, seed)


def recurrent(**settings: Any) -> Callable[[ConnectionsConfig, int], PlasticRecurrent]:
    return lambda connections, seed: PlasticRecurrent(RecurrentConfig(D, N, connections, **settings), seed)


def lstm(**settings: Any) -> Callable[[ConnectionsConfig, int], PlasticLSTM]:
    return lambda connections, seed: PlasticLSTM(LSTMConfig(D, N, connections, **settings), seed)


def readout(connections: ConnectionsConfig, seed: int) -> PlasticReadout:
    return PlasticReadout(PlasticReadoutConfig(D, 3, connections), seed)


def fixed_of(rule: str) -> frozenset[str]:
    return frozenset({"none": {"alpha", "eta"}, "delta": {"eta"}}.get(rule, set()))


EVERY = ConnectionsConfig(eta_start=0.2, alpha_gain=1.0)
OWN = replace(EVERY, eta="synapse", tied=False)
CELLS: dict[str, Cell] = {
    **{f"recurrent {rule}": Cell(recurrent(), replace(EVERY, rule=rule), fixed_of(rule)) for rule in RULES},
    **{f"lstm {rule}": Cell(lstm(), replace(EVERY, rule=rule), fixed_of(rule)) for rule in RULES},
    **{f"readout {rule}": Cell(readout, replace(EVERY, rule=rule), fixed_of(rule)) for rule in READOUT_RULES},
    "recurrent STPN": Cell(recurrent(), OWN),
    "recurrent clipped, untied in vain": Cell(recurrent(), replace(OWN, rule="clipped")),
    "recurrent alpha a neuron": Cell(recurrent(), replace(EVERY, alpha="neuron", eta="neuron")),
    "recurrent alpha a layer": Cell(recurrent(), replace(EVERY, alpha="scalar")),
    "recurrent alpha of low rank": Cell(recurrent(), replace(EVERY, alpha="low_rank", alpha_rank=2)),
    "recurrent sparse": Cell(recurrent(), replace(EVERY, alpha_density=0.5)),
    "recurrent sparse low rank": Cell(recurrent(), replace(EVERY, alpha="low_rank", alpha_density=0.5)),
    "recurrent sparse, alpha a layer": Cell(recurrent(), replace(EVERY, alpha="scalar", alpha_density=0.5)),
    "recurrent alpha fixed": Cell(recurrent(), replace(EVERY, alpha_learned=False), frozenset({"alpha"})),
    "recurrent eta fixed": Cell(recurrent(), replace(EVERY, eta_learned=False), frozenset({"eta"})),
    "recurrent direct": Cell(recurrent(input="direct", input_scale=3.0), EVERY, frozenset({"input"})),
    "recurrent direct delta": Cell(
        recurrent(input="direct", input_scale=3.0), replace(EVERY, rule="delta"), frozenset({"input", "eta"})
    ),
    "recurrent hebb with a modulator": Cell(recurrent(modulated=True), EVERY, frozenset({"fan"})),
    "recurrent oja with fan-out": Cell(recurrent(modulated=True, fan_out=True), replace(EVERY, rule="oja")),
    "recurrent retroactive with fan-out": Cell(recurrent(fan_out=True), replace(EVERY, rule="retroactive")),
    "recurrent held": Cell(recurrent(write_bound=0.1), EVERY),
    "recurrent delta held": Cell(recurrent(write_bound=0.1), replace(EVERY, rule="delta"), frozenset({"eta"})),
    "lstm low rank with fan-out": Cell(
        lstm(modulated=True, fan_out=True), replace(EVERY, alpha="low_rank", alpha_rank=2)
    ),
    "lstm STPN held": Cell(lstm(write_bound=0.1), OWN),
    "readout STPN": Cell(readout, OWN),
}
cells = pytest.mark.parametrize("name", list(CELLS))
networks = pytest.mark.parametrize("name", [name for name in CELLS if name.startswith("recurrent")])


def lived_through(seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(T, B, D, generator=generator), torch.rand(T, B, generator=generator)


def learned(cell: nn.Module) -> set[str]:
    return {name for name, _ in cell.named_parameters()}


def settled(state: Any) -> Fast:
    return state.trace.settled(state.write)


def data(cell: nn.Module) -> bytes:
    return b"".join(values.numpy().tobytes() for values in cell.state_dict().values())


@cells
@torch.no_grad()
def test_a_stream_alone_is_that_stream_of_a_batch(name: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    wanted, after = cell(x, signal=s)
    for rows in ([2], [3, 0]):
        mine, mine_after = cell(x[:, rows], signal=s[:, rows])
        torch.testing.assert_close(mine, wanted[:, rows], rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(settled(mine_after).trace, settled(after).trace[rows], rtol=1e-5, atol=1e-6)


@cells
@torch.no_grad()
def test_calls_may_be_cut_anywhere_and_nothing_given_changes(name: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    told, told_s, before = x.clone(), s.clone(), data(cell)
    wanted, after = cell(x, signal=s)
    state, parts = cell.begin(B), list[torch.Tensor]()
    for cut in (slice(0, 1), slice(1, 1), slice(1, T)):
        part, state = cell(x[cut], state, signal=s[cut])
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts), wanted, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(settled(state).trace, settled(after).trace, rtol=1e-5, atol=1e-6)
    assert torch.equal(x, told)
    assert torch.equal(s, told_s)
    assert data(cell) == before


def memory_of(cell: Any, state: Any) -> dict[str, Any]:
    """What the streams remember, as `begin` takes it."""
    if isinstance(cell, PlasticLSTM):
        return {"memory": cell.memory(state)}
    return {"state" if isinstance(cell, PlasticRecurrent) else "fast": cell.fast(state)}


@cells
@pytest.mark.parametrize("tracing", GENERAL)
@torch.no_grad()
def test_a_memory_can_be_begun_from_twice(name: str, tracing: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    wanted, _ = cell(x, signal=s)
    _, state = cell(x[:2], cell.begin(B, TRACINGS[tracing]), signal=s[:2])
    memory = memory_of(cell, state)
    for _ in range(2):
        mine, _ = cell(x[2:], cell.begin(B, TRACINGS[tracing], **memory), signal=s[2:])
        torch.testing.assert_close(mine, wanted[2:], rtol=1e-5, atol=1e-6)


@cells
@torch.no_grad()
def test_a_row_of_nan_stays_alone(name: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    clean, after = cell(x, signal=s)
    bad, others = x.clone(), [0, 1, 3]
    bad[2, 2, 0] = torch.nan
    mine, mine_after = cell(bad, signal=s)
    assert torch.equal(mine[:, others], clean[:, others])
    assert torch.equal(settled(mine_after).trace[others], settled(after).trace[others])
    assert mine[-1, 2].isnan().any()


@cells
def test_gradients_reach_what_is_learned_and_nothing_else(name: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    told = {"target": torch.eye(3).repeat(2, 1)[:T, None].expand(T, B, 3)} if name.startswith("readout") else {}
    outputs, _ = cell(x, signal=s, **told)
    outputs[-1].square().sum().backward()
    for parameter, values in cell.named_parameters():
        assert values.grad is not None, parameter
        assert values.grad.isfinite().all(), parameter
        assert values.grad.abs().sum() > 0, parameter
    assert not any(values.requires_grad for values in cell.buffers())
    parts = {parameter.rsplit(".", 1)[-1] for parameter in learned(cell)}
    assert not parts & CELLS[name].fixed
    assert {"alpha", "eta"} - CELLS[name].fixed <= parts


@cells
def test_equal_seeds_are_equal_to_the_byte_and_nothing_else_is_drawn_from(name: str) -> None:
    before = torch.get_rng_state()
    assert data(CELLS[name].built(3)) == data(CELLS[name].built(3)) != data(CELLS[name].built(4))
    assert torch.equal(torch.get_rng_state(), before)


@cells
@torch.no_grad()
def test_weights_come_back_from_safetensors(name: str, tmp_path: Path) -> None:
    cell, other, (x, s) = CELLS[name].built(3), CELLS[name].built(4), lived_through()
    save_file(cell.state_dict(), tmp_path / "cell.safetensors")
    other.load_state_dict(load_file(tmp_path / "cell.safetensors"))
    assert torch.equal(other(x, signal=s)[0], cell(x, signal=s)[0])


@cells
def test_double_precision_goes_all_the_way(name: str) -> None:
    cell, (x, s) = CELLS[name].built().double(), lived_through()
    outputs, _ = cell(x.double(), signal=s.double())
    assert outputs.dtype == torch.float64
    torch.testing.assert_close(outputs.float(), CELLS[name].built()(x, signal=s)[0], rtol=1e-4, atol=1e-5)


@cells
def test_no_ticks_and_no_streams_are_fine(name: str) -> None:
    cell, (x, _) = CELLS[name].built(), lived_through()
    width = cell(x)[0].shape[2]
    assert cell(x[:0])[0].shape == (0, B, width)
    assert cell(x[:, :0])[0].shape == (T, 0, width)


@cells
@pytest.mark.parametrize("tracing", sorted(set(GENERAL) - {"plain"}))
def test_every_tracing_gives_the_gradients_of_the_plain_one(name: str, tracing: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    wanted, after = cell(x, cell.begin(B), signal=s)
    wanted.square().sum().backward()
    plain = {parameter: values.grad for parameter, values in cell.named_parameters()}
    cell.zero_grad()
    mine, mine_after = cell(x, cell.begin(B, TRACINGS[tracing]), signal=s)
    mine.square().sum().backward()
    torch.testing.assert_close(mine, wanted, rtol=1e-5, atol=1e-6)
    for parameter, values in cell.named_parameters():
        torch.testing.assert_close(values.grad, plain[parameter], rtol=1e-3, atol=1e-5, msg=parameter)
    torch.testing.assert_close(settled(mine_after).trace, settled(after).trace, rtol=1e-5, atol=1e-6)


def arrays(network: Network) -> list[Any]:
    parts = [network.input, network.recurrent, network.bias, network.alpha, network.leak, network.rate]
    for more in (network.modulator, network.key_value):
        parts += [] if more is None else list(vars(more).values())
    return parts


def start_of(network: Network) -> NetworkState:
    r, empty = np.random.default_rng(5), blank(network, B)
    given = [empty.hidden, empty.trace, empty.eligibility]
    return NetworkState(*[r.uniform(-0.5, 0.5, values.shape).astype(np.float32) for values in given])


@networks
@torch.no_grad()
def test_a_recurrent_cell_is_its_network_under_the_reference_engine(name: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    network = cell.network()
    start = start_of(network)
    activity, state = cell(x, cell.begin(B, state=start), s)
    session = ReferenceEngine().open(network, start)
    np.testing.assert_allclose(activity.numpy(), session.advance(x.numpy(), s.numpy()), rtol=1e-4, atol=1e-5)
    mine, wanted = cell.fast(state), session.state()
    for part in ("hidden", "trace", "eligibility"):
        np.testing.assert_allclose(getattr(mine, part), getattr(wanted, part), rtol=1e-4, atol=1e-5)


@networks
def test_a_network_comes_back_to_the_byte_and_is_trainable(name: str) -> None:
    network = CELLS[name].built(2).network()
    cell = PlasticRecurrent.of(network)
    back = cell.network()
    assert (back.rule, back.write_bound) == (network.rule, network.write_bound)
    for mine, wanted in zip(arrays(back), arrays(network), strict=True):
        assert mine.tobytes() == wanted.tobytes()
    x, s = lived_through()
    cell(x, signal=s)[0][-1].square().sum().backward()
    assert all(values.grad is not None and values.grad.abs().sum() > 0 for values in cell.parameters())


@networks
def test_a_cut_keeps_the_memory_and_lets_no_gradient_back(name: str) -> None:
    cell, (x, s) = CELLS[name].built(), lived_through()
    wanted, _ = cell(x, signal=s)
    _, state = cell(x[:3], signal=s[:3])
    after, _ = cell(x[3:], cell.cut(state), s[3:])
    torch.testing.assert_close(after, wanted[3:], rtol=1e-5, atol=1e-6)
    given = x[:3].clone().requires_grad_()
    _, state = cell(given, signal=s[:3])
    after, _ = cell(x[3:], cell.cut(state), s[3:])
    after.square().sum().backward()
    assert given.grad is None


def test_every_rule_has_every_cell() -> None:
    for rule in RULES:
        assert CELLS[f"recurrent {rule}"].connections.rule == CELLS[f"lstm {rule}"].connections.rule == rule
    assert set(READOUT_RULES) == {*RULES, "error"} - {"delta"}
