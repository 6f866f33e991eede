"""`plastream bench train`: two processes, one comparison."""

import json

import pytest

from service.bench import train
from service.errors import ActionError
from tests.service.command import plastream


def test_figures_and_their_ratios_as_json() -> None:
    asked = ["--neurons", "16", "--ticks", "5", "--streams", "2", "--episodes", "2", "--rule", "oja"]
    process = plastream("bench", "train", *asked, "--output", "json")
    said, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints.decode()
    found = json.loads(said)
    assert found["first_loss"]["ours"] == pytest.approx(found["first_loss"]["plain"], rel=1e-4)
    for figure in ("seconds_per_episode", "cpu_seconds_per_episode", "peak_bytes"):
        assert set(found[figure]) == {"ours", "plain"}
    assert found["time_ratio"] > 0
    assert {key: found[key] for key in ("rule", "neurons", "ticks", "streams")} == {
        "rule": "oja",
        "neurons": 16,
        "ticks": 5,
        "streams": 2,
    }


def test_a_process_that_fails_says_so_in_one_line() -> None:
    with pytest.raises(ActionError, match=r"the measurement of 'ours' failed: .*invalid choice"):
        train.run(rule="no such rule", neurons=8, ticks=1)
