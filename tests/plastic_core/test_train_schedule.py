"""Learning rates, ranges of settings, and TensorBoard's files."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from plastic_core.train.events import Evaluated, Stepped
from plastic_core.train.learner import Progress
from plastic_core.train.log import NoTensorBoard, TensorBoard
from plastic_core.train.schedule import learning_rate
from plastic_core.train.settings import TrainSettings


def rates(steps: int, **settings: object) -> list[float]:
    made = TrainSettings(learning_rate=2.0, episodes=steps, **settings)  # type: ignore[arg-type]
    return [learning_rate(made, step) for step in range(steps)]


def test_constant() -> None:
    assert rates(3) == [2.0, 2.0, 2.0]


def test_warm_up_rises_in_a_line() -> None:
    assert rates(6, warm_up_steps=4) == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]


def test_step_halves() -> None:
    assert rates(6, schedule="step", step_every=2, step_factor=0.5) == [2.0, 2.0, 1.0, 1.0, 0.5, 0.5]


def test_cosine_falls_to_its_last_share_after_the_warm_up() -> None:
    found = rates(12, schedule="cosine", warm_up_steps=2, last_share=0.1)
    assert found[:3] == [1.0, 2.0, 2.0]
    assert found == sorted(found[:2]) + sorted(found[2:], reverse=True)
    assert found[7] == pytest.approx(2.0 * (0.1 + 0.9 * (1 + math.cos(math.pi * 0.5)) / 2))
    assert 0.2 < found[-1] < 0.3


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch": 0},
        {"episodes": -1},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"clip_norm": -1.0},
        {"last_share": 2.0},
        {"schedule": "linear"},
        {"keep": 0},
    ],
)
def test_settings_out_of_range_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainSettings(**wrong)  # type: ignore[arg-type]


def test_a_batch_more_than_begun_is_whole() -> None:
    assert TrainSettings(episodes=10, batch=4).steps == 3


def test_without_a_package_for_tensorboard_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("tensorboardX", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NoTensorBoard, match="pip install tensorboard"):
        TensorBoard(tmp_path, Progress())


def test_tensorboard_files_are_written(tmp_path: Path) -> None:
    log = TensorBoard(tmp_path, Progress())
    log.note(Stepped(step=0, episode=1, loss=1.5, grad_norm=2.0, learning_rate=0.1, seconds=0.0))
    log.note(Evaluated(episode=1, metrics={"wrong": 0.25}, best=True))
    log.close()
    (path,) = (tmp_path / "tensorboard").iterdir()
    data = path.read_bytes()
    assert all(name in data for name in (b"train/loss", b"train/grad_norm", b"held_out/wrong"))
