"""What is special about patterns: the arms, their sizes, the exhibit, and that the quick version learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from plastic_core.cells.control import ControlLSTM, cells_for
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.patterns import Patterns, rectangle
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import trained
from tests.plastic_core.quick_run import learned

PLAIN = TRACINGS["plain"]
HELD_OUT = Source(1, Split.HELD_OUT)


def size(model: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in trained(model).values())


def arm(name: str, **settings: Any) -> Patterns:
    return Patterns(**{**settings, **Patterns.arms[name].task})


def test_the_lstm_is_as_large_as_the_plastic_network() -> None:
    assert size(arm("lstm").model(0)) == pytest.approx(2_004_003, rel=0.003)
    assert size(arm("lstm", bits=50).model(0)) == pytest.approx(2 * 51**2 + 1, rel=0.03)


@pytest.mark.parametrize("neurons", [1, 7, 40])
def test_cells_for_finds_the_number_of_cells_again(neurons: int) -> None:
    assert cells_for(size(ControlLSTM(9, neurons, 5, 0)), 9, 5) == neurons
    assert cells_for(0, 9, 5) == 1


def test_an_lstm_control_trains_nothing_plastic() -> None:
    model = arm("lstm", bits=12).model(3)
    names = set(trained(model))
    assert names == {"lstm.input", "lstm.gates", "lstm.bias", "lstm.connections.fixed", "weight", "bias"}


def test_rule_none_answers_as_any_tracing_would() -> None:
    task = arm("rnn", bits=12, patterns=2)
    model, batch = cast("Any", task.model(0)), task.episodes(HELD_OUT, range(3))
    activity, _ = model(batch.inputs, model.begin(3, PLAIN))
    torch.testing.assert_close(task.loss(model, batch, PLAIN), ((activity[-1, :, :-1] - batch.target) ** 2).sum(1))


@pytest.mark.parametrize("name", Patterns.arms)
def test_an_exhibit_shows_held_out_episodes(name: str) -> None:
    task = arm(name, bits=12, patterns=2)
    with torch.no_grad():
        pictures = task.exhibit(task.model(0), HELD_OUT, PLAIN)
    assert pictures.columns == ("shown", "came back", "answer", "wrong")
    shown, back, answer, wrong = (pictures.images[:, column] for column in range(4))
    assert shown.shape == (6, 3, 4)
    assert ((back == 0).sum((1, 2)) == 6).all()
    assert (shown[back != 0] == back[back != 0]).all()
    assert ((wrong == 1) == (answer * shown <= 0)).all()
    assert set(np.unique(wrong)) <= {-1.0, 1.0}


def test_rectangles_are_as_square_as_can_be() -> None:
    assert [rectangle(pixels) for pixels in (1000, 50, 36, 7, 1)] == [(25, 40), (5, 10), (6, 6), (1, 7), (1, 1)]


def test_a_cell_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="cell is recurrent or lstm, not 'gru'"):
        Patterns(cell="gru")  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("name", Patterns.arms)
def test_the_quick_version_learns_where_it_is_plastic(name: str, tmp_path: Path) -> None:
    found = learned("patterns", name, tmp_path)
    if name == "plastic":
        assert found["wrong_zeroed"] < 0.03
    else:
        assert 0.4 < found["wrong_zeroed"] < 0.6  # guessing gives 0.5
