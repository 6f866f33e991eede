"""Every plastic cell learns in dozens of steps to recall what was shown once; the same without plasticity does not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.cells.lstm import LSTMConfig, PlasticLSTM
from plastic_core.cells.readout import READOUT_RULES, PlasticReadout, PlasticReadoutConfig
from plastic_core.cells.recurrent import PlasticRecurrent, RecurrentConfig
from plastic_core.rules import RULES

N, BITS = 32, 16
TOLD = 128
"""Episodes of the last test."""
plastic = [rule for rule in RULES if rule != "none"]


class Recall(nn.Module):
    """A cell and what it says of a pattern, [B, bits] in (-1, 1), after the last of inputs [T, B, bits]."""

    def __init__(self, cell: Any, bits: int) -> None:
        super().__init__()
        self.cell = cell
        self.reading = None
        if bits != N:
            self.reading = nn.Linear(N, bits)
            start = torch.randn(bits, N, generator=torch.Generator().manual_seed(7)) / N**0.5
            self.reading.load_state_dict({"weight": start, "bias": torch.zeros(bits)})

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        activity, _ = self.cell(inputs)
        return activity[-1] if self.reading is None else torch.tanh(self.reading(activity[-1]))


def completion(bits: int, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two random patterns shown, then about half of one: inputs [T, B, bits], the whole, and which bits were gone."""
    patterns = torch.randint(0, 2, (2, count, bits), generator=generator).float() * 2 - 1
    wanted = patterns[torch.randint(0, 2, (count,), generator=generator), torch.arange(count)]
    gone = torch.rand(count, bits, generator=generator) < 0.5
    pause, cue = torch.zeros_like(wanted), wanted * ~gone
    return torch.stack([*[patterns[0]] * 3, pause, *[patterns[1]] * 3, pause, *[cue] * 3]), wanted, gone


def final_loss(model: nn.Module, bits: int, steps: int) -> float:
    """Mean squared error at the bits that were gone, in episodes never seen."""
    generator = torch.Generator().manual_seed(5)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        inputs, wanted, gone = completion(bits, 16, generator)
        loss = (model(inputs) - wanted)[gone].square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    inputs, wanted, gone = completion(bits, TOLD, generator)
    with torch.no_grad():
        return float((model(inputs) - wanted)[gone].square().mean())


def recurrent(rule: str) -> Recall:
    connections = ConnectionsConfig(rule, alpha="scalar", eta_start=0.1, alpha_gain=1.0)
    return Recall(PlasticRecurrent(RecurrentConfig(N, N, connections, input="direct", input_scale=3.0), 0), N)


def lstm(rule: str) -> Recall:
    connections = ConnectionsConfig(rule, alpha="scalar", eta_start=0.2, alpha_gain=3.0)
    return Recall(PlasticLSTM(LSTMConfig(BITS, N, connections), 0), BITS)


CONTROLS: dict[str, float] = {}


def control(name: str, make: Callable[[str], Recall], bits: int, steps: int) -> float:
    if name not in CONTROLS:
        CONTROLS[name] = final_loss(make("none"), bits, steps)
    return CONTROLS[name]


@pytest.mark.parametrize("rule", plastic)
def test_a_recurrent_cell_completes_patterns(rule: str) -> None:
    assert final_loss(recurrent(rule), N, 40) < 0.85 * control("recurrent", recurrent, N, 40)


@pytest.mark.parametrize("rule", plastic)
def test_an_lstm_completes_patterns(rule: str) -> None:
    assert final_loss(lstm(rule), BITS, 60) < 0.96 * control("lstm", lstm, BITS, 60)


@pytest.mark.parametrize("rule", [rule for rule in READOUT_RULES if rule != "none"])
def test_a_readout_learns_classes_from_one_example_each(rule: str) -> None:
    """Five random classes, each shown once with its label; then a noisy example of one."""

    def loss(rule: str) -> float:
        generator = torch.Generator().manual_seed(5)
        connections = ConnectionsConfig(rule, alpha="scalar", eta_start=0.1, alpha_gain=10.0)
        cell = PlasticReadout(PlasticReadoutConfig(N, 5, connections), 0)
        optimizer, losses = torch.optim.Adam(cell.parameters(), lr=0.03), list[float]()
        for _ in range(40):
            classes = torch.randn(5, 16, N, generator=generator) / N**0.5
            label = torch.randint(0, 5, (16,), generator=generator)
            query = classes[label, torch.arange(16)] + torch.randn(16, N, generator=generator) / N**0.5 / 2
            _, state = cell(classes, target=torch.eye(5)[:, None].expand(5, 16, 5))
            said, _ = cell(query[None], state)
            value = nn.functional.nll_loss(torch.log(said[0]), label)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(float(value.detach()))
        return sum(losses[-5:]) / 5

    assert loss(rule) < 0.8 * loss("none")
