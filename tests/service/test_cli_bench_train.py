"""`plastream bench train`: two processes, one comparison."""

import json

import pytest

from service.bench import train
from service.cli.main import execute
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
    with pytest.raises(ActionError, match=r"the measurement 'ours' failed: .*invalid choice"):
        train.run(rule="no such rule", neurons=8, ticks=1)


def test_a_process_that_is_gone_is_told() -> None:
    """A broken pipe of our own making is not the reader of our output that went away."""
    with train._started("ours", {"neurons": 8, "ticks": 2, "episodes": 2}) as process:
        assert train._said("ours", process) == "0\n"
        process.kill()
        process.wait()
        with pytest.raises(ActionError, match="the measurement 'ours' failed: it ended without a word"):
            train._after_an_episode("ours", process)


def test_a_failure_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(train, "FORMULATIONS", ("nobodys",))
    assert execute(["bench", "train", "--neurons", "8", "--ticks", "1", "--episodes", "1"]) == 1
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith("plastream: the measurement 'nobodys' failed")
    assert said.out == ""
