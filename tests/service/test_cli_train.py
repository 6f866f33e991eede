"""`plastream train` and `plastream eval` as a user types them, and what interrupts and kills leave behind."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import orjson
import pytest

from service.cli.main import execute
from tests.service.command import plastream

Captured = pytest.CaptureFixture[str]
PATIENCE_S = 180.0
SMALL = ("--set", "task.bits=30", "--set", "task.patterns=2", "--batch", "2", "--set", "train.evaluate_episodes=4")
RUN = (*SMALL, "--episodes", "400", "--set", "train.save_every=60", "--set", "train.evaluate_every=200")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """eval leaves a picture where it is run."""
    monkeypatch.chdir(tmp_path)


def output_of(captured: Captured, *arguments: str, code: int = 0) -> str:
    assert execute(arguments) == code
    return captured.readouterr().out


def complaint(captured: Captured, *arguments: str, code: int) -> str:
    """The one line on stderr of a command that fails."""
    assert execute(arguments) == code
    said = captured.readouterr()
    (line,) = said.err.strip().splitlines()
    assert line.startswith("plastream: ")
    assert said.out == ""
    return line


def stored(folder: Path) -> list[int]:
    return sorted(int(path.name) for path in (folder / "checkpoints").iterdir() if path.name.isdigit())


def tensors(folder: Path) -> list[bytes]:
    newest = folder / "checkpoints" / f"{stored(folder)[-1]:012d}"
    return [(newest / name).read_bytes() for name in ("model.safetensors", "optimizer.safetensors")]


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("train") / "calm"
    assert execute(["train", "patterns", *RUN, "--out", str(folder), "--quiet"]) == 0
    return folder


def test_train_and_evaluate(tmp_path: Path, capsys: Captured) -> None:
    config = tmp_path / "train.yaml"
    config.write_text("task: {bits: 30, patterns: 2}\ntrain: {learning_rate: 3e-3, episodes: 8, batch: 99}\n")
    options = ("-c", str(config), "--batch", "2", "--out", str(tmp_path / "run"), "--seed", "7")
    result = orjson.loads(output_of(capsys, "train", "patterns", *options, "--tensorboard", "-o", "json"))
    assert (result["task"], result["episode"], result["step"], result["complete"]) == ("patterns", 8, 4, True)
    assert set(result["metrics"]) == {"wrong_zeroed", "wrong"}
    assert (tmp_path / "run" / "curve.png").read_bytes()[:4] == b"\x89PNG"
    assert any((tmp_path / "run" / "tensorboard").iterdir())
    card = orjson.loads((Path(result["checkpoint"]) / "card.json").read_bytes())
    assert (card["seed"], card["config"]["bits"], card["settings"]["learning_rate"]) == (7, 30, 3e-3)
    shown = output_of(capsys, "eval", "patterns", "--checkpoint", result["checkpoint"])
    assert "wrong_zeroed" in shown
    assert "guessing gives 0.5" in shown
    measured = orjson.loads(output_of(capsys, "eval", "patterns", "--checkpoint", result["checkpoint"], "-o", "json"))
    assert measured["metrics"] == result["metrics"]
    fewer = ("--episodes", "3", "--seed", "5", "-o", "json")
    other = orjson.loads(output_of(capsys, "eval", "patterns", "--checkpoint", str(tmp_path / "run"), *fewer))
    assert (other["episodes"], other["seed"]) == (3, 5)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("patern",), "no task 'patern'; there are: cues, "),
        (("patterns", "--set", "task.bit=3"), "did you mean task.bits?"),
        (("patterns", "--set", "train.learning_rat=3"), "did you mean train.learning_rate?"),
        (("patterns", "--set", "learning_rate=3"), "did you mean train.learning_rate?"),
        (("patterns", "--set", "task.bits=many"), "task.bits should be a valid integer"),
        (("patterns", "--set", "task.rule=hebbian"), "hebbian"),
        (("patterns", "--set", "train.schedule=linear"), "train.schedule should be 'constant', 'cosine' or 'step'"),
        (("patterns", "--batch", "0"), "train.batch is at least 1"),
        (("patterns", "--set", "train.tracing=x"), "train.tracing is one of"),
        (("patterns", "--batch", "3", "--workers", "2"), "does not divide among 2 workers"),
        (("patterns", "-c", "nowhere.yaml"), "nowhere.yaml does not exist"),
        (("patterns", "--set", "task.rule=nope"), "task: no plasticity rule 'nope'"),
        (("patterns", "--out", __file__), "is not a folder"),
        (("patterns", "--out", f"{__file__}/run"), "cannot be made"),
    ],
)
def test_wrong_settings(tmp_path: Path, capsys: Captured, options: tuple[str, ...], told: str) -> None:
    assert told in complaint(capsys, "train", "--out", str(tmp_path / "run"), *options, code=2)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trian: 3\n", "trian is not a section; did you mean train."),
        ("task: 3\n", "task is a section of settings, not 3"),
        ("- task\n", "must hold sections of settings; there are: task, train"),
        ("trian: {seed: 3}\n", "did you mean train.seed?"),
        ("task: [1,\n", "is not YAML"),
    ],
)
def test_wrong_files(tmp_path: Path, capsys: Captured, text: str, told: str) -> None:
    config = tmp_path / "train.yaml"
    config.write_text(text)
    assert told in complaint(capsys, "train", "patterns", "-c", str(config), "--out", str(tmp_path / "run"), code=2)


def test_a_curve_without_evaluations(calm: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(calm, tmp_path / "run"))
    (run / "evaluations.csv").unlink()
    assert execute(["train", "patterns", *RUN, "--out", str(run), "--quiet"]) == 0


def test_a_run_is_not_overwritten(calm: Path, capsys: Captured) -> None:
    assert "holds a run already" in complaint(capsys, "train", "patterns", "--no-resume", "--out", str(calm), code=2)
    told = complaint(capsys, "train", "patterns", *RUN, "--set", "task.eta=0.1", "--out", str(calm), code=2)
    assert "task.eta = 0.01, not 0.1" in told


@pytest.mark.slow
def test_an_address_that_is_none(tmp_path: Path) -> None:
    process = plastream("train", "patterns", *SMALL, "--ray-address", "nonsense", folder=tmp_path)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert said.decode().splitlines()[-1].endswith("nonsense: a Ray cluster is auto, or host:port")


def test_training_that_diverges(tmp_path: Path, capsys: Captured) -> None:
    options = (*SMALL, "--set", "task.input_scale=.inf", "--set", "train.bad_steps=2", "--out", str(tmp_path))
    assert execute(["train", "patterns", *options, "--quiet"]) == 1
    assert "2 steps in a row had no finite loss" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("patterns", "--checkpoint", "nowhere"), "nowhere holds no checkpoint"),
        (("maze", "--checkpoint", "CALM"), "was trained on patterns, not on maze"),
        (("patterns", "--checkpoint", "TORN"), "not as it was written"),
    ],
)
def test_checkpoints_that_cannot_be_evaluated(
    calm: Path, tmp_path: Path, capsys: Captured, options: tuple[str, ...], told: str
) -> None:
    torn = tmp_path / "torn"
    torn.mkdir()
    (newest,) = (calm / "best").iterdir()
    for path in newest.iterdir():
        (torn / path.name).write_bytes(path.read_bytes()[: None if path.suffix == ".json" else -1])
    paths = {"CALM": str(calm), "TORN": str(torn)}
    arguments = [paths.get(option, option) for option in options]
    assert told in complaint(capsys, "eval", *arguments, code=1 if "TORN" in options else 2)


def until_saved(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        if (folder / "checkpoints").exists() and any(stored(folder)):
            return
        time.sleep(0.01)
    pytest.fail("no checkpoint came while the process ran")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_stopped_and_resumed_is_calm_to_the_bit(
    tmp_path: Path, capsys: Captured, number: signal.Signals, code: int
) -> None:
    endless = plastream("train", "patterns", *RUN, "--episodes", "1000000", "--out", str(tmp_path / "run"))
    until_saved(tmp_path / "run", endless)
    endless.send_signal(number)
    _, said = endless.communicate(timeout=PATIENCE_S)
    assert endless.returncode == code
    assert b"Traceback" not in said
    reached = stored(tmp_path / "run")[-1]
    if number is not signal.SIGKILL:
        assert f"stopped and saved after episode {reached}; the same command goes on" in said.decode()
    whole = [*RUN, "--episodes", str(reached + 100)]
    assert execute(["train", "patterns", *whole, "--out", str(tmp_path / "run")]) == 0
    assert f"going on from episode {reached} of {reached + 100}" in capsys.readouterr().err
    assert execute(["train", "patterns", *whole, "--out", str(tmp_path / "calm")]) == 0
    assert tensors(tmp_path / "run") == tensors(tmp_path / "calm")
    rows = (tmp_path / "run" / "steps.csv").read_text().splitlines()[1:]
    assert [int(row.partition(",")[0]) for row in rows] == list(range((reached + 100) // 2))
