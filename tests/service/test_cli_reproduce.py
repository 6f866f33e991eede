"""`plastream reproduce`, and `eval --ship`, as a user types them."""

from __future__ import annotations

import fcntl
import signal
from pathlib import Path

import numpy as np
import orjson
import pytest

from plastic_core.train import checkpoint, loading
from plastic_core.train.keeping import LOCK
from service.cli.main import execute
from tests.plastic_core.test_omniglot_runs import write_runs
from tests.service.command import plastream
from tests.service.test_cli_train import PATIENCE_S, complaint, output_of, stored, until_saved

Captured = pytest.CaptureFixture[str]
TINY = ("--set", "task.bits=12", "--set", "task.patterns=2", "--set", "train.batch=2", "--set", "train.episodes=8")
TWENTY = ("--set", "task.channels=4", "--set", "task.ways=20")
COMMAND = ("reproduce", "patterns", *TINY, "--seeds", "2", "--arm", "rnn", "--arm", "plastic", "--episodes", "20")


FOUR = ((1, "rnn", 0), (2, "plastic", 0), (3, "rnn", 1), (4, "plastic", 1))


def complaints(captured: Captured, *arguments: str, code: int) -> str:
    """All that is said on stderr."""
    assert execute(arguments) == code
    return " ".join(captured.readouterr().err.split())


def test_every_arm_and_seed_is_trained_measured_and_drawn(tmp_path: Path, capsys: Captured) -> None:
    found = orjson.loads(output_of(capsys, *COMMAND, "--out", str(tmp_path), "-o", "json"))
    assert list(found["arms"]) == ["rnn", "plastic"]
    for arm, told in found["arms"].items():
        assert [run["seed"] for run in told["runs"]] == [0, 1]
        values = [run["metrics"]["wrong"] for run in told["runs"]]
        assert told["mean"]["wrong"] == pytest.approx(sum(values) / 2)
        assert told["spread"]["wrong"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
        cards = [checkpoint.read_card(path.parent) for path in (tmp_path / arm).rglob("checkpoints/*/card.json")]
        assert {(card["arm"], card["seed"], card["config"]["rule"]) for card in cards} == {
            (arm, seed, "none" if arm == "rnn" else "hebb") for seed in (0, 1)
        }
    assert found["arms"]["plastic"]["parameters"] > found["arms"]["rnn"]["parameters"]
    assert orjson.loads((tmp_path / "results.json").read_bytes()) == found
    assert (tmp_path / "curves.png").read_bytes()[:4] == b"\x89PNG"
    assert orjson.loads(output_of(capsys, *COMMAND, "--out", str(tmp_path), "-o", "json")) == found
    assert "Miconi" in found["published"]


def test_two_processes_share_the_runs(tmp_path: Path, capsys: Captured) -> None:
    busy = tmp_path / "rnn" / "seed-1"
    busy.mkdir(parents=True)
    with (busy / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert execute((*COMMAND, "--out", str(tmp_path), "-o", "json")) == 0
        said = capsys.readouterr()
    found = orjson.loads(said.out)
    assert {arm: len(told["runs"]) for arm, told in found["arms"].items()} == {"rnn": 1, "plastic": 2}
    assert "rnn seed 1: another process trains it" in said.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_interrupted_it_tells_no_figures_and_goes_on_where_it_was(
    tmp_path: Path, capsys: Captured, number: signal.Signals, code: int
) -> None:
    command = (*COMMAND, "--set", "train.save_every=20", "--out", str(tmp_path), "-o", "json")
    endless = plastream(*command, "--set", "train.episodes=1000000")
    until_saved(tmp_path / "rnn" / "seed-0", endless)
    endless.send_signal(number)
    out, said = endless.communicate(timeout=PATIENCE_S)
    assert (endless.returncode, out) == (code, b"")
    assert "stopped and saved; the same command goes on from there" in said.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["rnn"]
    reached = stored(tmp_path / "rnn" / "seed-0")[-1]
    assert execute((*command, "--set", f"train.episodes={reached + 20}")) == 0
    told = capsys.readouterr()
    assert f"going on from episode {reached} of {reached + 20}" in told.err
    assert {arm: len(runs["runs"]) for arm, runs in orjson.loads(told.out)["arms"].items()} == {"rnn": 2, "plastic": 2}


def test_other_settings_in_the_same_folder_are_refused(tmp_path: Path, capsys: Captured) -> None:
    command = (*COMMAND[:-2], "--out", str(tmp_path), "--quiet")
    output_of(capsys, *command, "--episodes", "2", "-o", "json")
    before = (tmp_path / "results.json").read_bytes()
    line = complaint(capsys, *command, "--set", "task.bits=14", code=2)
    assert "the run there has task.bits = 12, not 14: give the same, or another folder" in line
    assert (tmp_path / "results.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.png", "plastic", "results.json", "rnn"]


@pytest.mark.parametrize("chosen_by", [1, 2])
def test_figures_are_told_of_episodes_by_which_no_checkpoint_was_chosen(
    tmp_path: Path, capsys: Captured, chosen_by: int
) -> None:
    one = ("reproduce", "patterns", *TINY, "--set", f"train.evaluate_seed={chosen_by}", "--seeds", "1", "--arm", "rnn")
    out = ("--set", "train.evaluate_episodes=20", "--episodes", "20", "--out", str(tmp_path), "--quiet", "-o", "json")
    (run,) = orjson.loads(output_of(capsys, *one, *out))["arms"]["rnn"]["runs"]
    card = checkpoint.read_card(loading.found_at(tmp_path / "rnn" / "seed-0"))
    assert run["episodes"] == card["episode"]
    assert run["metrics"] != card["metrics"]


def test_a_run_that_diverges_keeps_no_other_from_being_trained(tmp_path: Path, capsys: Captured) -> None:
    wild = ("--set", "task.input_scale=.inf", "--set", "train.bad_steps=2")
    line = complaints(capsys, *COMMAND, *wild, "--out", str(tmp_path), "-o", "json", code=2)
    assert [f"{number}/4 {arm} seed {seed}: 2 steps in a row" in line for number, arm, seed in FOUR] == [True] * 4
    assert "no run in" in line


def test_a_shipped_checkpoint_is_the_network_alone(tmp_path: Path, capsys: Captured) -> None:
    run, place = str(tmp_path / "run"), tmp_path / "shipped"
    output_of(capsys, "train", "patterns", *TINY, "--out", run, "--quiet")
    picture = str(tmp_path / "it.png")
    options = ("--picture", picture, "-o", "json")
    told = orjson.loads(output_of(capsys, "eval", "patterns", "--checkpoint", run, "--ship", str(place), *options))
    assert sorted(path.name for path in place.iterdir()) == ["card.json", "model.safetensors"]
    card = checkpoint.read_card(place)
    assert card["evaluation"]["metrics"] == told["metrics"]
    assert (card["arm"], card["config"]["bits"]) == ("plastic", 12)
    assert " cores" in card["machine"]
    again = orjson.loads(output_of(capsys, "eval", "patterns", "--checkpoint", str(place), *options))
    assert again == told
    assert Path(picture).read_bytes()[:4] == b"\x89PNG"
    line = complaint(capsys, "eval", "patterns", "--checkpoint", run, "--ship", str(place), *options[:2], code=2)
    assert "exists already" in line
    line = complaint(capsys, "eval", "patterns", "--checkpoint", run, "--arm", "lstm", *options[:2], code=2)
    assert "is of the arm plastic, not lstm" in line


def test_what_comes_with_plastream_is_measured_and_drawn_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    told = orjson.loads(output_of(capsys, "eval", "lifelong", "--episodes", "4", "-o", "json"))
    assert (told["arm"], told["episodes"]) == ("consolidated", 4)
    assert told["metrics"]["wrong_old"] < 0.15
    assert (tmp_path / "plastream-lifelong.png").read_bytes()[:4] == b"\x89PNG"
    other = orjson.loads(output_of(capsys, "eval", "lifelong", "--arm", "plain", "--episodes", "4", "-o", "json"))
    assert other["arm"] == "plain"
    assert "no trained rnn of lifelong comes with plastream" in complaint(
        capsys, "eval", "lifelong", "--arm", "rnn", code=2
    )


def test_a_shipped_checkpoint_is_not_gone_on_from(tmp_path: Path, capsys: Captured) -> None:
    run = tmp_path / "run"
    output_of(capsys, "train", "patterns", *TINY, "--out", str(run), "--quiet")
    (newest,) = (run / "checkpoints").glob("0*8")
    place = run / "checkpoints" / f"{9:012d}"
    options = ("--picture", str(tmp_path / "it.png"), "--quiet")
    output_of(capsys, "eval", "patterns", "--checkpoint", str(newest), "--ship", str(place), *options)
    line = complaint(capsys, "train", "patterns", *TINY, "--out", str(run), "--quiet", code=2)
    assert "for use only" in line


@pytest.mark.slow
def test_the_official_runs_of_omniglot_are_scored(tmp_path: Path, capsys: Captured) -> None:
    runs, folder = tmp_path / "runs", str(tmp_path / "twenty")
    write_runs(runs, np.random.default_rng(0))
    one = ("--set", "train.episodes=1", "--set", "train.batch=1", "--set", "train.evaluate_episodes=1", "--quiet")
    output_of(capsys, "train", "omniglot", "--quick", "--arm", "twenty_way", *TWENTY, *one, "--out", folder)
    told = orjson.loads(
        output_of(capsys, "eval", "omniglot", "--checkpoint", folder, "--runs", str(runs), "-o", "json")
    )
    assert len(told["runs"]) == 20
    assert told["mean"] == pytest.approx(sum(told["runs"].values()) / 20)
    assert "no run01" in complaint(capsys, "eval", "omniglot", "--checkpoint", folder, "--runs", folder, code=2)
    five = str(tmp_path / "five")
    output_of(capsys, "train", "omniglot", "--quick", *one, "--out", five)
    line = complaint(capsys, "eval", "omniglot", "--checkpoint", five, "--runs", str(runs), code=2)
    assert "20-way, this network is 5-way" in line


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("reproduce", "patterns", "--arm", "gru"), "patterns has no arm 'gru'; there are: plastic, rnn"),
        (("reproduce", "pattern"), "no task 'pattern'"),
        (("train", "patterns", "--data", "here"), "patterns draws its episodes from a seed: leave out --data"),
        (("eval", "patterns", "--arm", "gru"), "patterns has no arm 'gru'"),
        (("eval", "patterns", "--runs", "here"), "patterns has none"),
        (("eval", "omniglot", "--runs", "here", "--ship", "there"), "leave out --runs"),
        (("reproduce", "patterns", "--set", "train.seed=7"), "leave out --set train.seed"),
        (("reproduce", "patterns", "--out", __file__), "is not a folder: choose another --out"),
        (("reproduce", "patterns", "--out", f"{__file__}/runs"), "cannot be made"),
        (
            ("data", "fetch", "omniglot", "--to", f"{__file__}/data"),
            "cannot be made: Not a directory: choose another --to",
        ),
        (("train", "maze", "--set", "train.tracing=pairs", "--out", "run", "--quiet"), "use adjoint"),
        (("train", "patterns", "--seed", str(2**63)), "train.seed is at most"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    command: tuple[str, ...], told: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told in complaint(capsys, *command, code=2)
